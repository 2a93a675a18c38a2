//! The body of an event: a JSON template with placeholders, rendered to the same bytes each time.
//! The event's data goes in as it was posted, so that key order and large numbers stay as they are.

use crate::model::time::Time;
use serde::Deserialize;

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

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(Placeholder),
}

/// A body with placeholders, as `{"type":{{type}},"data":{{data}}}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template(Vec<Part>);

impl TryFrom<String> for Template {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").ok_or("a placeholder has no end: write {{data}}")?;
            let known = PLACEHOLDERS.iter().find(|(known, _)| *known == name.trim());
            let (_, placeholder) = known.ok_or_else(|| format!("there is no placeholder {{{{{name}}}}}"))?;
            parts.extend([Part::Text(before.into()), Part::Value(*placeholder)]);
            rest = after;
        }
        parts.push(Part::Text(rest.into()));
        let template = Self(parts);
        let sample = EventFacts {
            shown_id: "i",
            event_type: "a.b",
            occurred_at: Time::default(),
            is_test: false,
            data: r#"{"k":1}"#,
        };
        serde_json::from_str::<serde_json::Value>(&template.render(&sample))
            .map_err(|e| format!("the envelope does not make JSON: {e}"))?;
        Ok(template)
    }
}

impl Template {
    pub fn render(&self, event: &EventFacts<'_>) -> String {
        let mut out = String::with_capacity(event.data.len() + 160);
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Value(placeholder) => write(&mut out, *placeholder, event),
            }
        }
        out
    }
}

fn write(out: &mut String, placeholder: Placeholder, event: &EventFacts<'_>) {
    let quote = |text: &str| serde_json::Value::from(text).to_string();
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
        Placeholder::Data => out.push_str(event.data),
        Placeholder::MoreData => out.push_str(&members(event.data)),
    }
}

fn members(data: &str) -> String {
    let data = data.trim();
    match data.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).map(str::trim) {
        Some("") => String::new(),
        Some(members) => format!(",{members}"),
        None => format!(r#","data":{data}"#),
    }
}
