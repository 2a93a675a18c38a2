//! What filters say to one event: whether it passes, and for each condition what was found.

use super::filter::{Condition, Filters, Test};
use serde_json::Value;

/// One condition's word on an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub holds: bool,
    /// What was found and what was wanted, in a sentence.
    pub why: String,
}

/// Each condition's word on the data, in the order of the conditions.
pub fn findings(filters: &Filters, data: &Value) -> Vec<Finding> {
    let finding = |condition: &Condition| Finding { holds: condition.holds(data), why: why(condition, data) };
    filters.conditions().iter().map(finding).collect()
}

fn why(condition: &Condition, data: &Value) -> String {
    let key = &condition.key;
    let wanted = wanted(&condition.test);
    match condition.found(data) {
        None => format!("The data has no “{key}”; the filter wants {wanted}."),
        Some(found) if condition.holds(data) => format!("“{key}” is {}.", said(found)),
        Some(found) => format!("“{key}” is {}; the filter wants {wanted}.", said(found)),
    }
}

fn wanted(test: &Test) -> String {
    match test {
        Test::Equals(value) => said(value),
        Test::AnyOf(values) => values.iter().map(said).collect::<Vec<_>>().join(" or "),
        Test::AtLeast(number) => format!("a number of at least {number}"),
        Test::AtMost(number) => format!("a number of at most {number}"),
    }
}

/// A value with its kind, since "1" is not 1.
fn said(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text “{}”", cut(text)),
        Value::Number(number) => format!("the number {number}"),
        Value::Bool(yes) => yes.to_string(),
        Value::Null => "null".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}

/// At most 60 characters: events carry long texts.
fn cut(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The dotted paths to the plain values of an example: what a filter can ask for.
pub fn keys_of(example: &Value) -> Vec<String> {
    let mut keys = Vec::new();
    collect(example, "", &mut keys);
    keys
}

fn collect(value: &Value, path: &str, keys: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let inner_path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(inner, &inner_path, keys);
            }
        }
        Value::Array(_) => {}
        _ if path.is_empty() => {}
        _ => keys.push(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_condition_says_what_it_found_and_what_it_wanted() {
        let filters = json!({"direction": "outbound", "min_duration": 60, "agent.id": ["a1", 2], "n": 1});
        let filters = Filters::parse(filters.as_object().unwrap()).unwrap();
        let found = findings(&filters, &json!({"direction": "outbound", "duration_seconds": 12, "n": "1"}));
        let said: Vec<(bool, &str)> = found.iter().map(|f| (f.holds, f.why.as_str())).collect();
        assert_eq!(
            said,
            [
                (true, "“direction” is the text “outbound”."),
                (false, "“duration” is the number 12; the filter wants a number of at least 60."),
                (false, "The data has no “agent.id”; the filter wants the text “a1” or the number 2."),
                (false, "“n” is the text “1”; the filter wants the number 1."),
            ]
        );
    }

    #[test]
    fn the_keys_of_an_example_are_paths_to_its_plain_values() {
        let example = json!({"id": "c1", "agent": {"id": "a1", "tags": ["x"]}, "duration": 3, "note": null});
        assert_eq!(keys_of(&example), ["id", "agent.id", "duration", "note"]);
    }
}
