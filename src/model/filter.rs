//! Filters of a webhook: conditions on an event's data, all of which must hold.
//!
//! `{"direction": "outbound", "min_duration": 60, "agent.id": "a1", "status": ["failed", "missed"]}`:
//! equality, dotted paths, `min_`/`max_` for numbers, an array for any-of. Types are strict: "1" is not 1.

use super::{
    convention::FilterPlaces,
    error::{AppError, FieldErrors},
};
use serde_json::{Map, Number, Value};

/// Most conditions of one webhook.
pub const MAX_FILTERS: usize = 20;
/// Longest key of a condition, in bytes.
const MAX_KEY: usize = 256;
/// Most alternatives of one condition.
const MAX_ALTERNATIVES: usize = 50;

/// Conditions, parsed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filters(Vec<Condition>);

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The field that it looks at: a literal key of the data comes before a path.
    pub key: String,
    /// Where else the convention has it, in the order of looking.
    also: Vec<String>,
    pub test: Test,
}

/// What is asked of the field.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    Equals(Value),
    AnyOf(Vec<Value>),
    AtLeast(Number),
    AtMost(Number),
}

impl Filters {
    /// Reads the API's `filters` object. The one place where that is done: what it takes here is what is
    /// stored, and what is stored is read here again.
    ///
    /// # Errors
    /// Each condition that cannot be one, by the name `filters.<key>`.
    pub fn parse(filters: &Map<String, Value>) -> Result<Self, AppError> {
        let mut errors = FieldErrors::default();
        let read = Self::read(filters, &mut errors);
        errors.finish().map(|()| read)
    }
    /// The same among other fields of a form: what is wrong is added to `errors`.
    pub fn read(filters: &Map<String, Value>, errors: &mut FieldErrors) -> Self {
        if filters.len() > MAX_FILTERS {
            errors.add("filters", format!("Give at most {MAX_FILTERS} conditions."));
            return Self::default();
        }
        let read =
            |(key, value): (&String, &Value)| errors.take(&format!("filters.{key}"), Condition::parse(key, value));
        Self(filters.iter().filter_map(read).collect())
    }
    /// The same conditions, in which a key that the data does not have is looked for where the convention
    /// says that it may stand: `batchId` in `callData.batchId`.
    pub fn read_as(mut self, places: &FilterPlaces) -> Self {
        for condition in &mut self.0 {
            condition.also = places.get(&condition.key).cloned().unwrap_or_default();
        }
        self
    }
    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Whether the event's data fulfils every condition.
    pub fn matches(&self, data: &Value) -> bool {
        self.0.iter().all(|condition| condition.holds(data))
    }
    /// In the order in which they were given.
    pub fn conditions(&self) -> &[Condition] {
        &self.0
    }
}

fn is_plain(value: &Value) -> bool {
    !(value.is_array() || value.is_object())
}

impl Condition {
    fn parse(key: &str, value: &Value) -> Result<Self, String> {
        if key.is_empty() || key.len() > MAX_KEY || key.split('.').any(str::is_empty) || key.contains('\0') {
            return Err("Name a field of the event's data, as direction or agent.id.".into());
        }
        let limit = |prefix: &str| key.strip_prefix(prefix).filter(|rest| !rest.is_empty());
        let (field, test) = match (limit("min_"), limit("max_"), value) {
            (Some(field), _, Value::Number(n)) => (field, Test::AtLeast(n.clone())),
            (_, Some(field), Value::Number(n)) => (field, Test::AtMost(n.clone())),
            (Some(_), ..) | (_, Some(_), _) => return Err("A bound (min_, max_) is a number.".into()),
            (.., Value::Object(_)) => {
                return Err("Give a value, or a list of values; reach inside with a dotted path.".into());
            }
            (.., Value::Array(any)) if any.is_empty() || any.len() > MAX_ALTERNATIVES => {
                return Err(format!("Give 1 to {MAX_ALTERNATIVES} values, of which any may match."));
            }
            (.., Value::Array(any)) if !any.iter().all(is_plain) => {
                return Err("Give texts, numbers, true, false or null.".into());
            }
            (.., Value::Array(any)) => (key, Test::AnyOf(any.clone())),
            (.., other) => (key, Test::Equals(other.clone())),
        };
        Ok(Self { key: field.into(), also: Vec::new(), test })
    }
    /// The key as it stands in the API: with its prefix.
    pub fn written(&self) -> String {
        match self.test {
            Test::AtLeast(_) => format!("min_{}", self.key),
            Test::AtMost(_) => format!("max_{}", self.key),
            _ => self.key.clone(),
        }
    }
    /// Whether the event's data fulfils it.
    pub fn holds(&self, data: &Value) -> bool {
        let number = |found: &Value, limit: &Number| match found {
            Value::Number(n) => order(n, limit),
            _ => None,
        };
        self.found(data).is_some_and(|found| match &self.test {
            Test::Equals(wanted) => same(found, wanted),
            Test::AnyOf(wanted) => wanted.iter().any(|w| same(found, w)),
            Test::AtLeast(least) => number(found, least).is_some_and(std::cmp::Ordering::is_ge),
            Test::AtMost(most) => number(found, most).is_some_and(std::cmp::Ordering::is_le),
        })
    }
    /// What it looks at in the data: its field, else where the convention has it. A bound reads the field, else
    /// `<field>_seconds`: platforms write `duration_seconds` and people ask for `min_duration`.
    pub fn found<'a>(&self, data: &'a Value) -> Option<&'a Value> {
        let at = |ending: &str| {
            let mut places = std::iter::once(&self.key).chain(&self.also);
            places.find_map(|place| look_up(data, &format!("{place}{ending}")))
        };
        match self.test {
            Test::AtLeast(_) | Test::AtMost(_) => at("").or_else(|| at("_seconds")),
            _ => at(""),
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
    fn a_key_is_looked_for_where_the_convention_has_it_once_its_own_place_is_empty() {
        let places = FilterPlaces::from([("batchId".into(), vec!["callData.batchId".into()])]);
        let filters = json!({"batchId": "b1"});
        let filters = Filters::parse(filters.as_object().unwrap()).unwrap();
        let inside = json!({"callData": {"batchId": "b1"}});
        assert!(!filters.matches(&inside));
        let filters = filters.read_as(&places);
        assert!(filters.matches(&inside) && filters.matches(&json!({"batchId": "b1"})));
        assert!(!filters.matches(&json!({"batchId": "b2", "callData": {"batchId": "b1"}})));
        let limit = json!({"min_batchId": 5});
        let limit = Filters::parse(limit.as_object().unwrap()).unwrap().read_as(&places);
        assert!(limit.matches(&json!({"callData": {"batchId_seconds": 5}})));
    }

    #[test]
    fn what_cannot_be_a_condition_is_refused_by_its_key() {
        let fields = |value: Value| match Filters::parse(value.as_object().unwrap()) {
            Err(AppError::Invalid(errors)) => errors.into_iter().map(|e| e.field).collect(),
            _ => Vec::new(),
        };
        assert!(fields(json!({"direction": "outbound", "min_duration": 60, "agent.id": ["a", 1, null]})).is_empty());
        assert_eq!(fields(json!({"a": {"b": 1}})), ["filters.a"]);
        assert_eq!(fields(json!({"a": [], "b": [[1]]})), ["filters.a", "filters.b"]);
        assert_eq!(fields(json!({"min_duration": "60", "max_x": [1]})), ["filters.min_duration", "filters.max_x"]);
        assert_eq!(fields(json!({"a..b": 1, "": 1})), ["filters.a..b", "filters."]);
        let many: Map<String, Value> = (0..21).map(|n| (format!("k{n}"), json!(n))).collect();
        assert_eq!(fields(Value::Object(many)), ["filters"]);
    }

    #[test]
    fn a_prefix_without_a_field_is_a_field_of_its_own() {
        assert!(matches(json!({"min_": "x"}), json!({"min_": "x"})));
    }
}
