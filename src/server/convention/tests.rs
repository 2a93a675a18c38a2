use super::*;

use crate::model::time::Time;

fn facts(data: &str) -> EventFacts<'_> {
    EventFacts {
        shown_id: "evt_1",
        event_type: "call.completed",
        occurred_at: Time::from_seconds(1_768_469_400),
        is_test: false,
        data,
    }
}

#[test]
fn every_file_that_comes_with_the_program_reads() {
    for text in file::BUILT_IN {
        parse(text).unwrap();
    }
    assert_eq!(Conventions::built_in().names().len(), file::BUILT_IN.len());
}

#[test]
fn the_standard_body_carries_the_data_as_it_was_posted() {
    let standard = Conventions::built_in().get(STANDARD).unwrap();
    let data = r#"{ "z":1, "a": 12345678901234567890.10, "é":"\u00e9" }"#;
    let body = standard.body(&facts(data));
    let expected = format!(r#"{{"type":"call.completed","timestamp":"2026-01-15T09:30:00.000Z","data":{data}}}"#);
    assert_eq!(body, expected);
    assert_eq!(body, standard.body(&facts(data)));
}

#[test]
fn the_standard_schedule_makes_ten_attempts_in_three_days() {
    let standard = Conventions::built_in().get(STANDARD).unwrap();
    assert_eq!(standard.retry_policy.max_attempts(), 10);
    let hours = (1..10).filter_map(|n| standard.retry_policy.delay_after(n)).sum::<f64>() / 3_600.0;
    assert!((75.5..75.7).contains(&hours), "{hours}");
    assert_eq!(
        standard.retry_policy.in_words(),
        "after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; gives up after 75 h 35 min"
    );
}

fn body_of(convention: &str, event_type: &str, data: &str) -> String {
    let convention = Conventions::built_in().get(convention).unwrap();
    String::from_utf8(convention.body(&EventFacts { event_type, ..facts(data) }).to_vec()).unwrap()
}

#[test]
fn each_platforms_body_has_the_shape_of_its_document() {
    for (convention, event_type, expected) in [
        (
            "callintel",
            "call.completed",
            r#"{"event_type":"call.completed","timestamp":"2026-01-15T09:30:00Z","webhook_id":"evt_1","data":{"b":85.0, "a":"é"}}"#,
        ),
        ("dialgen", "batch.completed", r#"{"event":"batch.completed","b":85,"a":"é"}"#),
        ("dialgen", "call.completed", r#"{"b":85,"a":"é"}"#),
        ("ello", "call.started", r#"{"events":"call.started","event_id":"evt_1","b":85.0, "a":"é"}"#),
        (
            "portal",
            "call.started",
            r#"{"type":"call.started","timestamp":"2026-01-15T09:30:00.000Z","data":{"b":85.0, "a":"é"}}"#,
        ),
        (
            "salpre",
            "call_ended",
            r#"{"event_type":"call_ended","timestamp_utc":1768469400,"payload":{"b":85.0, "a":"é"},"is_test":false}"#,
        ),
    ] {
        assert_eq!(body_of(convention, event_type, r#"{"b":85.0, "a":"é"}"#), expected);
    }
}

#[test]
fn each_platform_counts_success_and_retries_as_its_document_says() {
    let all = Conventions::built_in();
    let get = |name: &str| all.get(name).unwrap();
    let delays = |name: &str| get(name).retry_policy.in_words();
    assert_eq!(delays("callintel"), "after 1 min, 5 min, 15 min; gives up after 21 min");
    assert_eq!(delays("dialgen"), "after 1 s, 5 s, 25 s; gives up after 31 s");
    assert_eq!((get("callintel").timeout_seconds, get("dialgen").timeout_seconds), (10, 30));
    assert!(!get("salpre").is_success(201) && get("salpre").is_success(200) && get("ello").is_success(201));
    for (code, retried) in [(500, true), (408, true), (429, true), (404, false), (401, false)] {
        assert_eq!(get("callintel").is_worth_retrying(Outcome::Answered, Some(code)), retried, "{code}");
        assert!(get("dialgen").is_worth_retrying(Outcome::Answered, Some(code)), "{code}");
    }
    assert!(get("callintel").is_worth_retrying(Outcome::Dns, None));
}

#[test]
fn an_own_header_signs_the_body_with_the_whole_secret_as_shown() {
    let key = SigningKey::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    for (convention, name) in [("callintel", "x-callintel-signature"), ("dialgen", "x-dialgen-signature")] {
        let convention = Conventions::built_in().get(convention).unwrap();
        let facts = HeaderFacts { shown_id: "evt_1", ..HeaderFacts::default() };
        let headers = convention.headers(&facts, b"{}", std::slice::from_ref(&key));
        // printf '{}' | openssl dgst -sha256 -hmac whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
        let expected = "6cbbcdf2c8016ca85b50543b19e8e121ef16137967bdfa3ce660972922bafaeb";
        assert!(headers.contains(&(name.to_string(), expected.to_string())), "{headers:?}");
    }
}

#[test]
fn every_type_of_a_catalogue_can_be_published_with_its_example() {
    let all = Conventions::built_in();
    for convention in all.0.values() {
        for event_type in &convention.types {
            assert!(convention.takes(&event_type.name));
            let data = event_type.example.to_string();
            let body = convention.body(&EventFacts { event_type: &event_type.name, ..facts(&data) });
            serde_json::from_slice::<serde_json::Value>(&body).unwrap();
        }
    }
}

#[test]
fn a_signature_is_that_of_the_specification() {
    // Standard Webhooks' own example of secret, id, time and body, signed by its reference library.
    let key = SigningKey::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let body = br#"{"test": 2432232314}"#;
    let headers = sign::standard("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body, &[key]);
    assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn while_two_keys_live_both_sign_the_newer_first() {
    let (old, new) = (SigningKey::new("an older secret of ours"), SigningKey::new("a newer secret of ours"));
    let signed = |keys: &[SigningKey]| sign::standard("id", 1, b"{}", keys)[2].1.clone();
    let both = signed(&[old.clone(), new.clone()]);
    assert_eq!(both, format!("{} {}", signed(&[new]), signed(&[old])));
}

#[test]
fn an_envelope_that_makes_no_json_is_refused() {
    for bad in [r#"{"type":{{type}}"#, r#"{"x":{{nothing}}}"#, r#"{"x":{{data}"#, r#"{"x":"{{type}}"}"#] {
        assert!(Template::try_from(bad.to_string()).is_err(), "{bad}");
    }
    let spread = Template::try_from(r#"{"event":{{type}}{{,data}}}"#.to_string()).unwrap();
    assert_eq!(spread.render(&facts(r#" { "b":1.0 } "#)), r#"{"event":"call.completed","b":1.0}"#);
    assert_eq!(spread.render(&facts("{ }")), r#"{"event":"call.completed"}"#);
    assert_eq!(spread.render(&facts("[1]")), r#"{"event":"call.completed","data":[1]}"#);
    // The envelope's own keys are its own, however the data writes them.
    let spoof = r#"{"\u0065vent":"x", "b":1.0,"event":{"a":[2]}}"#;
    assert_eq!(spread.render(&facts(spoof)), r#"{"event":"call.completed","b":1.0}"#);
}
