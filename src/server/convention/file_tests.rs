//! Files of the operator's own: the one that the documentation walks through, and every way to be wrong.

use super::*;
use crate::model::time::Time;
use std::{fs, path::Path};

const DOCUMENT: &str = include_str!("../../../docs/CONVENTIONS.md");

/// The first block of this kind in the documentation.
fn block(kind: &str) -> &'static str {
    let (_, rest) = DOCUMENT.split_once(&format!("```{kind}\n")).unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_documents_example_reads_and_sends_what_the_document_says() {
    let parcelway = parse(block("toml")).unwrap();
    let data = r#"{"id":"p_17","weight_kg":2.5}"#;
    let occurred_at = Time::from_seconds(1_768_469_400);
    let event_type = "parcel.delivered";
    let body = parcelway.body(&EventFacts { shown_id: "evt_1", event_type, occurred_at, is_test: false, data });
    let facts = HeaderFacts { event_type, shown_id: "evt_1", seconds: 1_768_469_402, signature: "" };
    let key = SigningKey::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let mut headers = parcelway.headers(&facts, &body, &[key]);
    headers.extend(parcelway.default_headers(&facts));
    let (expected, expected_body) = block("http").split_once("\n\n").unwrap();
    for line in expected.lines() {
        let (name, value) = line.split_once(": ").unwrap();
        assert!(headers.contains(&(name.into(), value.into())), "{line} is not in {headers:?}");
    }
    assert_eq!(body, expected_body.trim_end());
    assert_eq!(parcelway.types[0].schema.as_ref().unwrap()["required"][0], "id");
    assert_eq!(parcelway.retry_policy.in_words(), "after 10 s, 1 min, 10 min; gives up after 11 min 10 s");
    assert!(!parcelway.is_worth_retrying(Outcome::Answered, Some(404)));
    assert!(parcelway.is_worth_retrying(Outcome::Answered, Some(409)));
}

#[test]
fn the_document_has_every_key_and_no_other() {
    let keys = DOCUMENT.split("## Every key").nth(1).unwrap();
    for key in [
        "name",
        "title",
        "open_catalogue",
        "delivery.timeout_seconds",
        "delivery.schedule_seconds",
        "delivery.success",
        "delivery.retried",
        "delivery.retries_failures",
        "envelope.template",
        "envelope.by_type",
        "envelope.as_javascript",
        "signature.header",
        "signature.encoding",
        "signature.signed",
        "signature.key",
        "signature.value",
        "headers.",
        "credential.header",
        "[[hooks]]",
        "[[scope]]",
        "filters.",
        "[[types]]",
    ] {
        assert!(keys.contains(&format!("`{key}")), "{key} is not described");
    }
    let wrong = parse("x = 1\nname = \"x\"").unwrap_err();
    let known = wrong.split("expected one of").nth(1).unwrap().split(',');
    for key in known.map(|key| key.trim().trim_matches('`')) {
        assert!(keys.contains(key), "{key} is not described");
    }
}

/// The example with one line changed, and what is said of it.
fn complaint(line: &str, instead: &str) -> String {
    let good = block("toml");
    assert!(good.contains(line), "{line}");
    parse(&good.replacen(line, instead, 1)).unwrap_err()
}

#[test]
fn what_is_wrong_is_said_with_line_and_key() {
    for (line, instead, place, why) in [
        ("name = \"parcelway\"", "name = \"Parcel Way\"", "line 1, name:", "lower-case"),
        ("title = \"Parcelway\"", "titel = \"Parcelway\"", "line 2, titel:", "unknown field"),
        ("timeout_seconds = 5", "timeout_seconds = 31", "line 5, delivery.timeout_seconds:", "1 to 30"),
        ("timeout_seconds = 5", "timeout_seconds = \"5\"", "line 5, delivery.timeout_seconds:", "expected u32"),
        ("[10, 60, 600]", "[10, 604801]", "line 6, delivery.schedule_seconds:", "seven days"),
        ("[10, 60, 600]", "[10, -1]", "line 6, delivery.schedule_seconds:", "-1"),
        ("success = [\"2xx\"]", "success = []", "line 7, delivery.success:", "at least one"),
        ("success = [\"2xx\"]", "success = [\"20x\"]", "line 7, delivery.success:", "20x"),
        ("retries_failures = true", "", "line 4, delivery:", "retries_failures"),
        ("{\"topic\":{{type}}", "{\"topic\":{{kind}}", "line 12, envelope.template:", "{{kind}}"),
        ("{\"topic\":{{type}}", "{\"topic\":\"{{type}}\"", "line 12, envelope.template:", "no JSON"),
        ("\"x-parcelway-signature\"", "\"webhook-signature\"", "line 15, signature.header:", "every convention"),
        ("encoding = \"hex\"", "encoding = \"rot13\"", "line 16, signature.encoding:", "rot13"),
        ("\"{{timestamp}}.{{body}}\"", "\"{{timestamp}}\"", "line 17, signature.signed:", "{{body}}"),
        ("v1={{signature}}", "v1=x", "line 14, signature:", "{{signature}}"),
        ("x-parcelway-topic = \"{{type}}\"", "x-topic = \"{{signature}}\"", "line 21, headers.x-topic:", "[signature]"),
        ("x-parcelway-topic = ", "host = ", "line 21, headers.host:", "every convention"),
        ("\"parcel.delivered\"", "\"parcel delivered\"", "line 27, types.name:", "dots"),
        ("\"parcel.returned\"", "\"parcel.delivered\"", "line 41, types.name:", "twice"),
        ("\"weight_kg\": 2.5", "\"weight_kg\": 2,5", "line 30, types.example:", "no JSON"),
        ("  \"type\": \"object\",", "  type: \"object\",", "line 34, types.schema:", "no JSON"),
        ("description = \"Nobody was at home, three times.\"", "", "line 40, types:", "description"),
        ("title = \"Parcelway\"", "title = Parcelway", "line 2, title:", ""),
        ("[filters]", "[filters", "line 23", ""),
    ] {
        let said = complaint(line, instead);
        assert!(said.contains(place) && said.contains(why) && said.lines().count() == 1, "{instead}: {said}");
    }
}

#[test]
fn hooks_and_scopes_are_held_to_the_catalogue() {
    for (more, place, why) in [
        ("[[hooks]]\nname = \"onX\"\nevent_type = \"x.y\"", "hooks.event_type:", "x.y"),
        ("[[hooks]]\nname = \"on X\"\nevent_type = \"parcel.returned\"", "hooks.name:", "letters"),
        ("[[scope]]\nkey = \"min_x\"\nlabel = \"X\"", "scope.key:", "field of the data"),
        ("[envelope.by_type]\n\"x.y\" = '{{data}}'", "envelope.by_type.x.y:", "x.y"),
    ] {
        let said = parse(&format!("{}\n{more}\n", block("toml"))).unwrap_err();
        assert!(said.contains(place) && said.contains(why), "{said}");
    }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn load(folder: &Path) -> Result<Conventions, String> {
    Conventions::load(Some(folder))
}

#[test]
fn a_folders_files_are_there_beside_the_built_in_ones() {
    let seventh = block("toml");
    let eighth = seventh.replace("name = \"parcelway\"", "name = \"other\"");
    let ours = folder(&[
        ("a.toml", seventh),
        ("b.toml", &eighth),
        ("notes.md", "no TOML"),
        (".a.toml.swp.toml", "["),
        ("c.tml", "["),
    ]);
    let all = load(ours.path()).unwrap();
    assert_eq!(all.names().len(), file::BUILT_IN.len() + 2);
    assert_eq!(all.get("parcelway").unwrap().title, "Parcelway");
    assert_eq!(Conventions::load(None).unwrap().names().len(), file::BUILT_IN.len());
}

#[test]
fn a_name_that_is_taken_and_a_file_that_cannot_be_read_end_the_start_with_the_files_name() {
    let good = block("toml");
    let built_in = good.replace("name = \"parcelway\"", "name = \"salpre\"");
    for (files, words) in [
        (vec![("a.toml", built_in.as_str())], ["a.toml: line 1, name:", "“salpre” comes with the program"]),
        (vec![("a.toml", good), ("b.toml", good)], ["b.toml: line 1, name:", "another file"]),
        (vec![("a.toml", "name = 5")], ["a.toml: line 1, name:", "expected a string"]),
        (vec![("a.toml", "")], ["a.toml: line 1", "missing field"]),
    ] {
        let said = load(folder(&files).path()).unwrap_err();
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }
    let bytes = folder(&[]);
    fs::write(bytes.path().join("a.toml"), b"name = \"\xff\"").unwrap();
    assert!(load(bytes.path()).unwrap_err().contains("cannot be read"));
    fs::write(bytes.path().join("a.toml"), "#".repeat(1024 * 1024 + 1)).unwrap();
    assert!(load(bytes.path()).unwrap_err().contains("1 MiB"));
    assert!(load(Path::new("/nowhere")).unwrap_err().contains("/nowhere"));
}
