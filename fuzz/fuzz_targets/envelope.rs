//! Any text as an event's data: each convention makes the same body of it twice, and JSON of JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use switchhook::{
    model::time::Time,
    server::convention::{Conventions, EventFacts},
};

static ALL: LazyLock<Conventions> = LazyLock::new(Conventions::built_in);

fuzz_target!(|data: &str| {
    let is_json = serde_json::from_str::<serde_json::Value>(data).is_ok();
    for name in ALL.names() {
        let Some(convention) = ALL.get(name) else { continue };
        let facts = EventFacts {
            shown_id: "evt_1",
            event_type: "call.completed",
            occurred_at: Time::default(),
            is_test: false,
            data,
        };
        let body = convention.body(&facts);
        assert_eq!(body, convention.body(&facts));
        assert!(!is_json || serde_json::from_slice::<serde_json::Value>(&body).is_ok());
    }
});
