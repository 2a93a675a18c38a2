//! Any two texts as filters and data: what reads as filters says of any data whether it matches.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use switchhook::model::filter::Filters;

fuzz_target!(|texts: (&str, &str)| {
    let (filters, data) = texts;
    if let (Ok(Value::Object(filters)), Ok(data)) = (serde_json::from_str(filters), serde_json::from_str(data))
        && let Ok(filters) = Filters::parse(&filters)
    {
        let all = filters.conditions().iter().all(|condition| condition.holds(&data));
        assert_eq!(filters.matches(&data), all);
    }
});
