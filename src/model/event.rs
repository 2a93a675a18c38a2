//! Events and the catalogue of their types.

use serde::{Deserialize, Serialize};

/// Largest request body of the API, in bytes (10 MiB).
pub const MAX_BODY: usize = 10 * 1024 * 1024;

/// A name in the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventType {
    /// As `call.completed`.
    pub name: String,
    pub group: String,
    pub description: String,
    /// An example of the event's `data`.
    pub example: serde_json::Value,
    /// A JSON Schema of the data, where the platform gives one.
    #[serde(default)]
    pub schema: Option<serde_json::Value>,
}

/// Published by the service itself when it has switched a webhook off.
pub const WEBHOOK_DISABLED: &str = "webhook.disabled";

/// The types that the service publishes itself, under every convention. A webhook takes them only by name.
pub fn system_types() -> Vec<EventType> {
    vec![EventType {
        name: WEBHOOK_DISABLED.into(),
        group: "Switchhook".into(),
        description: "Another webhook of yours was switched off. Not among “All events”.".into(),
        example: serde_json::json!({
            "webhook_id": "wh_01jd8zq6w3f5t9k2m4n7p8r0sv",
            "name": "CRM",
            "reason": "Every attempt for 5 days has failed. Mend the receiver, then switch it on again.",
            "disabled_at": "2026-11-21T12:00:00.000Z",
        }),
        schema: None,
    }]
}

/// Whether `name` can be an event type: 1–128 of letters, digits, `_`, `-` and dots between them.
/// (Standard Webhooks: dot-separated parts of `[a-zA-Z0-9_]`; hyphens are in use too.)
pub fn parse_event_type(name: &str) -> Result<&str, String> {
    let part = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if name.is_empty() {
        return Err("Give the event type, as in call.completed.".into());
    }
    if name.len() > 128 {
        return Err("An event type has at most 128 characters.".into());
    }
    if !name.split('.').all(part) {
        return Err(
            "An event type has letters, digits, “_” and “-”, in parts joined by dots, as in call.completed.".into()
        );
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_type_is_dotted_words() {
        for good in ["call.completed", "transcript", "a.b_c.d-1"] {
            assert!(parse_event_type(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "a..b", "a b", "call.", "<b>", "é"] {
            assert!(parse_event_type(bad).is_err(), "{bad}");
        }
    }
}
