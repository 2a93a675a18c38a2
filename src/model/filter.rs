//! Filters of a webhook: conditions on an event's data, all of which must hold.
//!
//! `{"direction": "outbound", "min_duration": 60, "agent.id": "a1", "status": ["failed", "missed"]}`:
//! equality, dotted paths, `min_`/`max_` for numbers, an array for any-of. Types are strict: "1" is not 1.

use serde_json::{Map, Number, Value};

/// Most conditions of one webhook.
pub const MAX_FILTERS: usize = 20;
/// Longest key of a condition, in bytes.
const MAX_KEY: usize = 256;

/// Conditions, parsed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filters(Vec<Condition>);

#[derive(Debug, Clone, PartialEq)]
struct Condition {
    /// As it was written: a literal key of the data comes before a path.
    key: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Equals(Value),
    AnyOf(Vec<Value>),
    /// The field is the key without its prefix.
    AtLeast(Number),
    AtMost(Number),
}

impl Filters {
    /// Reads the API's `filters` object; a sentence where a condition cannot be one.
    pub fn parse(filters: &Map<String, Value>) -> Result<Self, String> {
        if filters.len() > MAX_FILTERS {
            return Err(format!("Give at most {MAX_FILTERS} filters."));
        }
        filters.iter().map(|(key, value)| Condition::parse(key, value)).collect::<Result<_, _>>().map(Self)
    }
    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Whether the event's data fulfils every condition.
    pub fn matches(&self, data: &Value) -> bool {
        self.0.iter().all(|condition| condition.holds(data))
    }
    /// The keys of the conditions that `data` does not fulfil.
    pub fn unmet(&self, data: &Value) -> Vec<String> {
        self.0.iter().filter(|c| !c.holds(data)).map(Condition::written).collect()
    }
}

impl Condition {
    fn parse(key: &str, value: &Value) -> Result<Self, String> {
        if key.is_empty() || key.len() > MAX_KEY {
            return Err(format!("A filter's key has 1 to {MAX_KEY} characters."));
        }
        let limit = |prefix: &str| key.strip_prefix(prefix).filter(|rest| !rest.is_empty());
        let (field, test) = match (limit("min_"), limit("max_"), value) {
            (Some(field), _, Value::Number(n)) => (field, Test::AtLeast(n.clone())),
            (_, Some(field), Value::Number(n)) => (field, Test::AtMost(n.clone())),
            (Some(_), ..) | (_, Some(_), _) => return Err(format!("The filter “{key}” needs a number.")),
            (.., Value::Array(any)) if any.is_empty() => {
                return Err(format!("The filter “{key}” needs at least one value."));
            }
            (.., Value::Array(any)) => (key, Test::AnyOf(any.clone())),
            (.., other) => (key, Test::Equals(other.clone())),
        };
        Ok(Self { key: field.into(), test })
    }
    fn written(&self) -> String {
        match self.test {
            Test::AtLeast(_) => format!("min_{}", self.key),
            Test::AtMost(_) => format!("max_{}", self.key),
            _ => self.key.clone(),
        }
    }
    fn holds(&self, data: &Value) -> bool {
        match &self.test {
            Test::Equals(wanted) => look_up(data, &self.key).is_some_and(|found| same(found, wanted)),
            Test::AnyOf(wanted) => look_up(data, &self.key).is_some_and(|found| wanted.iter().any(|w| same(found, w))),
            Test::AtLeast(least) => self.number(data).is_some_and(|n| order(n, least).is_some_and(|o| o.is_ge())),
            Test::AtMost(most) => self.number(data).is_some_and(|n| order(n, most).is_some_and(|o| o.is_le())),
        }
    }
    /// The field, else `<field>_seconds`: platforms write `duration_seconds` and people ask for `min_duration`.
    fn number<'a>(&self, data: &'a Value) -> Option<&'a Number> {
        match look_up(data, &self.key).or_else(|| look_up(data, &format!("{}_seconds", self.key))) {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        }
    }
}

/// The value under a literal key, else along its dots, with the longest literal key first at each step.
fn look_up<'a>(data: &'a Value, key: &str) -> Option<&'a Value> {
    let object = data.as_object()?;
    if let Some(found) = object.get(key) {
        return Some(found);
    }
    key.rmatch_indices('.').find_map(|(dot, _)| look_up(object.get(&key[..dot])?, &key[dot + 1..]))
}

/// Equality with strict types, in which 1 and 1.0 are the same number.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => order(a, b).is_some_and(std::cmp::Ordering::is_eq),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

fn order(a: &Number, b: &Number) -> Option<std::cmp::Ordering> {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn matches(filters: Value, data: Value) -> bool {
        Filters::parse(filters.as_object().unwrap()).unwrap().matches(&data)
    }

    #[test]
    fn every_condition_must_hold() {
        let data = json!({"direction": "outbound", "duration": 61, "agent": {"id": "a1"}});
        assert!(matches(json!({}), data.clone()));
        assert!(matches(json!({"direction": "outbound", "min_duration": 60, "agent.id": "a1"}), data.clone()));
        assert!(!matches(json!({"direction": "outbound", "min_duration": 62}), data.clone()));
        assert!(!matches(json!({"direction": "inbound"}), data.clone()));
        assert!(!matches(json!({"missing": "x"}), data));
    }

    #[test]
    fn types_are_strict_but_a_number_is_a_number() {
        assert!(!matches(json!({"n": "1"}), json!({"n": 1})));
        assert!(!matches(json!({"n": 1}), json!({"n": "1"})));
        assert!(!matches(json!({"n": true}), json!({"n": 1})));
        assert!(matches(json!({"n": 1}), json!({"n": 1.0})));
        assert!(matches(json!({"n": null}), json!({"n": null})));
        assert!(!matches(json!({"n": null}), json!({})));
        assert!(!matches(json!({"n": 9007199254740993_i64}), json!({"n": 9007199254740992_i64})));
    }

    #[test]
    fn an_array_takes_any_of_its_values() {
        assert!(matches(json!({"status": ["failed", "missed"]}), json!({"status": "missed"})));
        assert!(!matches(json!({"status": ["failed", "missed"]}), json!({"status": "completed"})));
        assert!(!matches(json!({"status": ["1"]}), json!({"status": 1})));
    }

    #[test]
    fn a_dotted_key_is_a_literal_key_first_and_a_path_else() {
        assert!(matches(json!({"a.b": 1}), json!({"a.b": 1, "a": {"b": 2}})));
        assert!(matches(json!({"a.b.c": 1}), json!({"a": {"b": {"c": 1}}})));
        assert!(matches(json!({"a.b.c": 1}), json!({"a.b": {"c": 1}})));
        assert!(matches(json!({"a.b.c": 1}), json!({"a": {"b.c": 1}})));
        assert!(!matches(json!({"a.b": 1}), json!({"a": [1]})));
    }

    #[test]
    fn limits_read_the_field_else_its_seconds_and_no_limit_holds_for_what_is_no_number() {
        assert!(matches(json!({"min_duration": 60}), json!({"duration_seconds": 60})));
        assert!(!matches(json!({"min_duration": 60}), json!({"duration": 10, "duration_seconds": 99})));
        assert!(matches(json!({"max_call.score": 0.5}), json!({"call": {"score": 0.5}})));
        assert!(!matches(json!({"max_score": 0.5}), json!({"score": 0.51})));
        assert!(!matches(json!({"min_duration": 60}), json!({"duration": "90"})));
        assert!(!matches(json!({"min_duration": 60}), json!({})));
    }

    #[test]
    fn what_cannot_be_a_condition_is_refused_with_its_key() {
        for bad in [json!({"min_x": "1"}), json!({"max_x": [1]}), json!({"x": []}), json!({"": 1})] {
            assert!(Filters::parse(bad.as_object().unwrap()).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_does_not_match_is_named() {
        let filters = json!({"direction": "outbound", "min_duration": 60});
        let filters = Filters::parse(filters.as_object().unwrap()).unwrap();
        assert_eq!(filters.unmet(&json!({"direction": "outbound", "duration": 1})), ["min_duration"]);
    }
}
