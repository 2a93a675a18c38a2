//! From the fields of a body to events: types only; what the values may be is the domain's.

use super::body::{Fields, depth};
use crate::{
    model::{error::FieldErrors, time::Time},
    server::domain::events::NewEvent,
};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// Deepest nesting of an event's data: what every receiver's parser reads (many stop at 128).
const MAX_DEPTH: usize = 100;

const TEXT: &str = "Give a text in quotes.";

/// An event to publish.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document; `Fields` reads it, naming what is wrong")]
pub struct EventInput {
    #[schema(example = "call.completed")]
    event_type: String,
    /// Any JSON, sent byte for byte as it is given; filters look into objects.
    #[schema(value_type = Object, example = json!({"id": "call_123", "duration": 85, "direction": "outbound"}))]
    data: serde_json::Value,
    /// Your own id, which becomes the event's: 1 to 256 printable characters, unique within the organization.
    /// Given again, it answers the first event and delivers nothing more. Better without a dot: signatures are made
    /// over id, time and body with dots between them, and Standard Webhooks asks for ids without.
    id: Option<String>,
    /// When it happened; now if missing.
    #[schema(format = DateTime, example = "2026-11-21T12:00:00Z")]
    timestamp: Option<String>,
}

/// Events to publish in one go.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document; `Fields` reads it, naming what is wrong")]
pub struct BatchInput {
    /// 1 to 1,000; all are taken, or none.
    events: Vec<EventInput>,
}

/// The event's data as it was written. What is wrong is noted in the fields.
pub fn data(fields: &mut Fields<'_>) -> Option<Box<RawValue>> {
    let raw = fields.raw("data")?;
    if depth(raw.get()) > MAX_DEPTH {
        fields.wrong("data", format!("The data is nested deeper than {MAX_DEPTH} levels."));
        return None;
    }
    Some(raw.to_owned())
}

/// One event; none where something is wrong, which is noted in the fields.
pub fn event(fields: &mut Fields<'_>, key: Option<String>) -> Option<NewEvent> {
    let event_type = fields.required("event_type", "Give a text, as \"call.completed\".");
    if fields.raw("data").is_none() {
        fields.wrong("data", "This field is missing. Give the event's data, as an object.");
    }
    let data = data(fields);
    let id = fields.optional("id", TEXT).flatten();
    let timestamp = timestamp(fields);
    Some(NewEvent { event_type: event_type?, data: data?, id, idempotency_key: key, timestamp })
}

/// A time with its zone, as RFC 3339 has it.
fn timestamp(fields: &mut Fields<'_>) -> Option<Time> {
    const WANTED: &str = "Give a time with its zone, as 2026-11-21T12:00:00Z.";
    let text: String = fields.optional("timestamp", WANTED).flatten()?;
    let parsed = text.parse::<jiff::Timestamp>().ok().filter(|_| text.is_ascii() && text.len() <= 64);
    if parsed.is_none() {
        fields.wrong("timestamp", WANTED);
    }
    parsed.map(|time| Time(time.as_microsecond()))
}

/// The events of a batch, each named by its place in errors. One key for the whole batch stands for
/// each event with its place, behind a space: no event's own key has one.
pub fn batch(fields: &mut Fields<'_>, key: Option<&str>) -> Vec<NewEvent> {
    let Some(raw) = fields.raw("events") else {
        fields.wrong("events", "This field is missing. Give a list of 1 to 1,000 events.");
        return Vec::new();
    };
    let Ok(list) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) else {
        fields.wrong("events", "Give a list of 1 to 1,000 events.");
        return Vec::new();
    };
    if list.is_empty() || list.len() > crate::server::domain::events::MAX_BATCH {
        fields.wrong("events", format!("Give 1 to 1,000 events; these are {}.", list.len()));
        return Vec::new();
    }
    let mut errors = FieldErrors::default();
    let mut events = Vec::with_capacity(list.len());
    for (place, raw) in list.into_iter().enumerate() {
        let Some(mut one) = Fields::of(raw, &format!("events.{place}.")) else {
            errors.add(format!("events.{place}"), "Give an object with event_type and data.");
            continue;
        };
        events.extend(event(&mut one, key.map(|key| format!("{key} {place}"))));
        errors.extend(one.errors);
    }
    fields.errors.extend(errors);
    events
}
