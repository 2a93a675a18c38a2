//! The body of an event: a JSON template with placeholders, rendered to the same bytes each time.
//! The event's data goes in as it was posted, so that key order and large numbers stay as they are.

use super::{
    json_text,
    placeholders::{self, Part},
};
use crate::model::time::Time;
use serde::Deserialize;
use serde_json::Value;

/// What a body is made of.
#[derive(Debug, Clone, Copy)]
pub struct EventFacts<'a> {
    /// As shown and sent: the platform's own id where it gave one.
    pub shown_id: &'a str,
    pub event_type: &'a str,
    /// When it happened, as the platform says.
    pub occurred_at: Time,
    pub is_test: bool,
    /// JSON, as it was posted.
    pub data: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placeholder {
    Type,
    Id,
    Test,
    TimeRfc3339,
    /// Without a fraction, as in `2026-01-15T09:30:00Z`.
    TimeRfc3339Seconds,
    TimeSeconds,
    TimeMillis,
    Data,
    /// The members of the data, each after a comma; data that is no object as a member `data`.
    MoreData,
}

const PLACEHOLDERS: [(&str, Placeholder); 9] = [
    ("type", Placeholder::Type),
    ("id", Placeholder::Id),
    ("test", Placeholder::Test),
    ("time.rfc3339", Placeholder::TimeRfc3339),
    ("time.rfc3339_seconds", Placeholder::TimeRfc3339Seconds),
    ("time.seconds", Placeholder::TimeSeconds),
    ("time.millis", Placeholder::TimeMillis),
    ("data", Placeholder::Data),
    (",data", Placeholder::MoreData),
];

/// A member that no template has, to find out where the data is spread.
const MARK: &str = "\u{1}switchhook";

/// A body with placeholders, as `{"type":{{type}},"data":{{data}}}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template {
    parts: Vec<Part<Placeholder>>,
    /// Keys beside the data where it is spread: they are the envelope's, whatever the data calls its own.
    taken: Vec<String>,
}

impl TryFrom<String> for Template {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let mut template = Self { parts: placeholders::parts(&text, &PLACEHOLDERS)?, taken: Vec::new() };
        let data = serde_json::json!({ MARK: 1 }).to_string();
        let sample =
            EventFacts { shown_id: "i", event_type: "a.b", occurred_at: Time::default(), is_test: false, data: &data };
        let body: Value = serde_json::from_str(&template.render(&sample))
            .map_err(|e| format!("the envelope makes no JSON: {e}; placeholders stand without quotes"))?;
        if template.parts.contains(&Part::Value(Placeholder::MoreData)) {
            template.taken = beside_mark(&body).unwrap_or_default();
        }
        Ok(template)
    }
}

/// The other keys of the object that has the mark.
fn beside_mark(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Object(members) if members.contains_key(MARK) => {
            Some(members.keys().filter(|key| *key != MARK).cloned().collect())
        }
        Value::Object(members) => members.values().find_map(beside_mark),
        Value::Array(items) => items.iter().find_map(beside_mark),
        _ => None,
    }
}

impl Template {
    /// Whether a body says that it is a test.
    pub fn marks_tests(&self) -> bool {
        self.parts.contains(&Part::Value(Placeholder::Test))
    }
    pub fn render(&self, event: &EventFacts<'_>) -> String {
        let mut out = String::with_capacity(event.data.len() + 160);
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Value(Placeholder::MoreData) => spread(&mut out, event.data, &self.taken),
                Part::Value(placeholder) => write(&mut out, *placeholder, event),
            }
        }
        out
    }
}

fn write(out: &mut String, placeholder: Placeholder, event: &EventFacts<'_>) {
    let quote = |text: &str| Value::from(text).to_string();
    match placeholder {
        Placeholder::Type => out.push_str(&quote(event.event_type)),
        Placeholder::Id => out.push_str(&quote(event.shown_id)),
        Placeholder::Test => out.push_str(if event.is_test { "true" } else { "false" }),
        Placeholder::TimeRfc3339 => out.push_str(&quote(&event.occurred_at.rfc3339())),
        Placeholder::TimeRfc3339Seconds => {
            let text = event.occurred_at.rfc3339();
            out.push_str(&quote(&format!("{}Z", text.split('.').next().unwrap_or(&text))));
        }
        Placeholder::TimeSeconds => out.push_str(&event.occurred_at.seconds().to_string()),
        Placeholder::TimeMillis => out.push_str(&event.occurred_at.millis().to_string()),
        Placeholder::Data | Placeholder::MoreData => out.push_str(event.data),
    }
}

/// Writes the data's members, each after a comma, without those whose key is taken: of two members of one
/// name receivers would believe the second.
fn spread(out: &mut String, data: &str, taken: &[String]) {
    let Some(members) = json_text::members(data) else {
        out.push_str(",\"data\":");
        out.push_str(data.trim());
        return;
    };
    if members.iter().any(|(key, _)| is_taken(key, taken)) {
        for (key, value) in members.iter().filter(|(key, _)| !is_taken(key, taken)) {
            out.extend([",", key, ":", value]);
        }
    } else if !members.is_empty() {
        let inner = data.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
        out.push(',');
        out.push_str(inner.trim());
    }
}

fn is_taken(quoted: &str, taken: &[String]) -> bool {
    // A key that does not read as text (half a surrogate pair) is nobody's.
    serde_json::from_str::<String>(quoted).is_ok_and(|key| taken.contains(&key))
}
