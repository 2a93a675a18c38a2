//! Bytes: for any JSON, what is signed is what is sent, the same in every attempt, and what JavaScript makes of it.

use crate::{
    convention_json::{any_json, any_object, samples},
    support::{
        Answer, Receiver, TestApp,
        handler::{Handler, Language},
        receiver::Received,
    },
};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::{json, value::RawValue};
use std::collections::BTreeMap;
use switchhook::{
    model::{filter::Filters, time::Time},
    server::convention::{self, Conventions, EventFacts},
};

const CONVENTIONS: [&str; 6] = ["callintel", "dialgen", "ello", "portal", "salpre", "standard"];

fn body_of(convention: &str, event_type: &str, data: &str) -> String {
    let convention = Conventions::built_in().get(convention).unwrap();
    let facts = EventFacts {
        shown_id: "evt_1",
        event_type,
        occurred_at: Time::from_seconds(1_700_000_000),
        is_test: false,
        data,
    };
    let body = convention.body(&facts);
    assert_eq!(body, convention.body(&facts), "the same each time");
    String::from_utf8(body.to_vec()).unwrap()
}

/// A member of an object, as it was written.
fn member(body: &str, name: &str) -> String {
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(body).unwrap();
    members[name].get().to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_data_stands_in_the_envelope_as_it_was_posted(data in any_json()) {
        for (convention, event_type, name) in [
            ("callintel", "call.completed", "data"), ("portal", "call.started", "data"),
            ("standard", "a.b", "data"), ("salpre", "error", "payload"),
        ] {
            let body = body_of(convention, event_type, &data);
            prop_assert_eq!(member(&body, name), data.trim());
        }
    }

    #[test]
    fn members_that_are_spread_stay_as_they_were_and_never_take_the_envelopes_place(data in any_object()) {
        let body = body_of("ello", "call.started", &data);
        prop_assert!(body.starts_with(r#"{"events":"call.started","event_id":"evt_1""#), "{}", body);
        serde_json::from_str::<&RawValue>(&body).unwrap();
        if !data.contains("event") && !data.contains('\\') {
            let inner = data.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap().trim();
            prop_assert!(body.ends_with(&format!("{inner}}}")), "{} in {}", inner, body);
        }
    }

    #[test]
    fn what_javascript_writes_it_writes_again(data in any_json()) {
        let once = body_of("dialgen", "call.completed", &data);
        prop_assert_eq!(body_of("dialgen", "call.completed", &once), once);
    }

    #[test]
    fn no_text_harms_the_reader_of_conventions_or_filters(text in "\\PC{0,200}", filters in any_object()) {
        let _ = convention::parse(&text);
        for convention in CONVENTIONS {
            body_of(convention, "a.b", &text);
        }
        if let Ok(serde_json::Value::Object(map)) = serde_json::from_str(&filters)
            && let Ok(parsed) = Filters::parse(&map)
        {
            parsed.matches(&serde_json::Value::Object(map));
        }
    }

    #[test]
    fn a_convention_file_with_any_line_changed_reads_or_says_where_it_does_not(
        which in 0_usize..6, line in 0_usize..60, instead in "[a-z_]{0,9}( = [\\[\\]'\"{}0-9a-z,.]{0,12})?",
    ) {
        let files = ["standard", "callintel", "dialgen", "ello", "portal", "salpre"];
        let path = format!("{}/src/server/convention/files/{}.toml", env!("CARGO_MANIFEST_DIR"), files[which]);
        let text = std::fs::read_to_string(path).unwrap();
        let changed = text.lines().enumerate().map(|(n, l)| if n == line { instead.as_str() } else { l });
        if let Err(said) = convention::parse(&changed.collect::<Vec<_>>().join("\n")) {
            prop_assert!(said.starts_with("line ") && said.contains(':') && !said.contains('\n'), "{}", said);
        }
    }
}

/// Node itself says what JavaScript makes of a text.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_are_what_nodes_json_writes_whatever_the_data() {
    let mut node = Handler::start(Language::JavaScript, "stringify", "").await;
    // In lists, so that there is one request for many texts.
    for list in samples(any_json(), 4_000).chunks(400) {
        let text = format!("[{}]", list.join(","));
        let request = crate::support::browser::request("POST", &node.url("/")).body(text.clone());
        let sent = tokio::spawn(request.send());
        let node = node.accepted().await;
        sent.await.unwrap().unwrap();
        assert_eq!(body_of("dialgen", "call.completed", &text), node["text"].as_str().unwrap());
    }
}

fn hex_hmac(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

fn is_signed(request: &Received, header: &str, secret: &str) {
    assert_eq!(request.header(header), Some(hex_hmac(secret, &request.body).as_str()));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let of = |name: &str| request.header(name).unwrap().to_string();
    mac.update(format!("{}.{}.", of("webhook-id"), of("webhook-timestamp")).as_bytes());
    mac.update(&request.body);
    let standard = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, mac.finalize().into_bytes());
    assert_eq!(of("webhook-signature"), format!("v1,{standard}"));
}

async fn sent_and_signed(app: &TestApp, convention: &str, header: &str, count: usize) {
    const SECRET: &str = "a secret of our own";
    let program = app.program_of(&app.organization_of(convention, convention).await).await;
    let receiver = Receiver::start().await;
    program.post("/v1/webhooks", json!({"url": receiver.url("/"), "secret": SECRET})).await.expect(201);
    let worker = app.start_worker().await;
    let all = samples(any_object(), count);
    // Each second one fails at first, and is sent again by hand.
    receiver.next(all.iter().flat_map(|_| [Answer::ok(), Answer::status(400)]).take(count));
    for (number, data) in all.iter().enumerate() {
        let event = format!(r#"{{"event_type":"call.completed","data":{data}}}"#);
        program.post_text("/v1/events", &event).await.expect(202);
        let request = receiver.wait_for(number + 1).await.remove(number);
        is_signed(&request, header, SECRET);
        assert_eq!(request.body, body_in(convention, &request, data));
    }
    worker.stop().await.unwrap();
}

/// The body that the convention makes of this data for the event of a request.
fn body_in(convention: &str, request: &Received, data: &str) -> String {
    let body = String::from_utf8(request.body.to_vec()).unwrap();
    match convention {
        "dialgen" => body_of("dialgen", "call.completed", data),
        _ => {
            assert_eq!(member(&body, "data"), data.trim());
            assert_eq!(member(&body, "webhook_id").trim_matches('"'), request.header("webhook-id").unwrap());
            body
        }
    }
}

both_databases! {
    async fn what_is_signed_is_what_is_sent_whatever_the_data(app) {
        sent_and_signed(app, "callintel", "x-callintel-signature", 40).await;
        sent_and_signed(app, "dialgen", "x-dialgen-signature", 40).await;
    }
}
