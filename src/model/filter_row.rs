//! A webhook's filters as rows of a form: key, comparison, value.
//!
//! A value that reads as a number, `true`, `false` or `null` is one; everything else is a text. What is in
//! double quotes is a text in any case: `60` is the number, `"60"` the text.

use super::{error::FieldErrors, filter::Filters};
use serde_json::{Map, Value};

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Comparison {
    #[default]
    Is,
    AnyOf,
    AtLeast,
    AtMost,
}

impl Comparison {
    pub const ALL: [Self; 4] = [Self::Is, Self::AnyOf, Self::AtLeast, Self::AtMost];

    /// The word in the form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::AnyOf => "any",
            Self::AtLeast => "min",
            Self::AtMost => "max",
        }
    }
    pub fn label(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::AnyOf => "is any of",
            Self::AtLeast => "is at least",
            Self::AtMost => "is at most",
        }
    }
    /// What is no word of the form is the first of them.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.as_str() == text).unwrap_or_default()
    }
}

/// A line of the filters' table, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilterRow {
    pub key: String,
    pub comparison: Comparison,
    pub value: String,
}

impl FilterRow {
    pub fn is_blank(&self) -> bool {
        self.key.trim().is_empty() && self.value.trim().is_empty()
    }
    /// The key of the API: a bound has its prefix.
    pub fn written_key(&self) -> String {
        let key = self.key.trim();
        match self.comparison {
            Comparison::AtLeast => format!("min_{key}"),
            Comparison::AtMost => format!("max_{key}"),
            Comparison::Is | Comparison::AnyOf => key.to_owned(),
        }
    }
    fn condition(&self) -> Value {
        match self.comparison {
            Comparison::AnyOf => Value::Array(parts(&self.value).into_iter().map(value).collect()),
            _ => value(self.value.trim()),
        }
    }
    /// In words, as `duration is at least 60`.
    pub fn in_words(&self) -> String {
        format!("{} {} {}", self.key, self.comparison.label(), self.value)
    }
}

/// The rows of stored filters.
pub fn rows_of(filters: &Map<String, Value>) -> Vec<FilterRow> {
    let row = |(key, value): (&String, &Value)| {
        let bound = |prefix: &str| key.strip_prefix(prefix).filter(|rest| !rest.is_empty() && value.is_number());
        let (key, comparison) = match (bound("min_"), bound("max_"), value) {
            (Some(field), ..) => (field, Comparison::AtLeast),
            (_, Some(field), _) => (field, Comparison::AtMost),
            (.., Value::Array(_)) => (key.as_str(), Comparison::AnyOf),
            _ => (key.as_str(), Comparison::Is),
        };
        let value = match value {
            Value::Array(any) => any.iter().map(written).collect::<Vec<_>>().join(", "),
            one => written(one),
        };
        FilterRow { key: key.to_owned(), comparison, value }
    };
    filters.iter().map(row).collect()
}

/// The API's object of what was typed; what is wrong is added by the name `filters.<key>`.
pub fn filters_of(rows: &[FilterRow], errors: &mut FieldErrors) -> Map<String, Value> {
    let mut filters = Map::new();
    for row in rows.iter().filter(|row| !row.is_blank()) {
        let key = row.written_key();
        let field = format!("filters.{key}");
        if row.key.trim().is_empty() {
            errors.add("filters", "Name the field that each value belongs to.");
        } else if row.value.trim().is_empty() {
            errors.add(field, "Give a value; an empty text is written \"\".");
        } else if filters.insert(key, row.condition()).is_some() {
            errors.add(field, "This field is compared so twice; put both values into one “is any of”.");
        }
    }
    Filters::read(&filters, errors);
    filters
}

fn value(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(Value::Object(_) | Value::Array(_)) | Err(_) => Value::String(text.to_owned()),
        Ok(plain) => plain,
    }
}

/// Cuts at commas that stand outside of double quotes.
fn parts(text: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let cut = text.split(move |c: char| {
        let is_quote = c == '"' && !escaped;
        escaped = c == '\\' && quoted && !escaped;
        quoted ^= is_quote;
        c == ',' && !quoted
    });
    cut.map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn written(one: &Value) -> String {
    match one {
        Value::String(text) if parts(text) == [text.as_str()] && value(text) == *one => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(key: &str, comparison: Comparison, value: &str) -> FilterRow {
        FilterRow { key: key.into(), comparison, value: value.into() }
    }

    fn read(rows: &[FilterRow]) -> Result<Value, super::super::error::AppError> {
        let mut errors = FieldErrors::default();
        let filters = filters_of(rows, &mut errors);
        errors.finish().map(|()| Value::Object(filters))
    }

    #[test]
    fn rows_become_the_apis_object_with_strict_types() {
        let rows = [
            row("direction", Comparison::Is, "outbound"),
            row("duration", Comparison::AtLeast, "60"),
            row("status", Comparison::AnyOf, "failed, \"a, b\", 1, \"1\", null"),
            row("code", Comparison::Is, "\"60\""),
            row("", Comparison::Is, " "),
        ];
        let expected = json!({"direction": "outbound", "min_duration": 60, "status": ["failed", "a, b", 1, "1", null],
            "code": "60"});
        assert_eq!(read(&rows), Ok(expected));
    }

    #[test]
    fn what_is_stored_reads_back_as_it_was() {
        let stored = json!({"a": "x", "b": 1, "c": "1", "d": "", "e": [true, "true", "x, y", "say \"hi\""],
            "min_f": 1.5, "max_g.h": -2, "i": null, "j": "007", "k": " spaced "});
        let rows = rows_of(stored.as_object().unwrap());
        assert_eq!(read(&rows), Ok(stored));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_key() {
        let fields = |rows: &[FilterRow]| match read(rows) {
            Err(super::super::error::AppError::Invalid(errors)) => errors.into_iter().map(|e| e.field).collect(),
            _ => Vec::new(),
        };
        assert_eq!(fields(&[row("", Comparison::Is, "x")]), ["filters"]);
        assert_eq!(fields(&[row("a", Comparison::Is, "")]), ["filters.a"]);
        assert_eq!(fields(&[row("a", Comparison::AtMost, "ten")]), ["filters.max_a"]);
        assert_eq!(fields(&[row("a", Comparison::Is, "1"), row("a", Comparison::Is, "2")]), ["filters.a"]);
        assert!(fields(&[row("a", Comparison::AtLeast, "1"), row("a", Comparison::AtMost, "2")]).is_empty());
    }
}
