//! From the fields of a body to a webhook: types only; what the values may be is the domain's.

use super::body::Fields;
use crate::{
    model::webhook::{Header, MAX_HEADERS, RetryPolicy},
    server::domain::webhooks::{NewWebhook, WebhookChange},
};
use serde_json::{Map, Value, value::RawValue};
use utoipa::ToSchema;

const TEXT: &str = "Give a text in quotes.";
const BOOLEAN: &str = "Give true or false.";

/// What to add.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document; `Fields` reads it, naming what is wrong")]
pub struct WebhookInput {
    /// Where to send: https, at most 2,048 characters. A name that does not resolve yet is accepted. Missing
    /// only where `hooks` is given.
    #[schema(example = "https://example.com/webhooks")]
    url: Option<String>,
    /// Where the platform has named hooks: a URL for each, instead of `url` and `events`. Makes a webhook of each,
    /// for its one event type; all or none. The other fields hold for each of them.
    hooks: Option<std::collections::HashMap<String, String>>,
    /// What it is bound to, where the platform's webhooks are for one batch or one agent; kept as a filter.
    #[schema(value_type = Option<Object>)]
    scope: Option<Value>,
    /// The event types to take; missing or `["*"]` for all.
    #[schema(example = json!(["call.completed"]))]
    events: Option<Vec<String>>,
    /// True if missing.
    active: Option<bool>,
    description: Option<String>,
    /// Up to 20 headers of its own; values up to 4,096 bytes.
    #[schema(example = json!({"x-team": "billing"}))]
    headers: Option<std::collections::HashMap<String, String>>,
    /// Conditions on the event's data: equality, dotted paths, `min_` and `max_` for numbers, a list for any-of.
    #[schema(value_type = Option<Object>, example = json!({"direction": "outbound", "min_duration": 60}))]
    filters: Option<Value>,
    /// Missing: the convention's own schedule.
    #[schema(value_type = Option<super::shapes::RetryPolicyShape>)]
    retry_policy: Option<Value>,
    /// Missing: the convention's own.
    #[schema(minimum = 1, maximum = 30)]
    timeout_seconds: Option<u32>,
    /// Most events per second that it is sent; missing: as fast as the receiver answers.
    #[schema(minimum = 1, maximum = 10_000)]
    rate_per_second: Option<u32>,
    /// Your own signing secret: `whsec_` and base64 of 24–64 bytes, or 16–128 printable characters. Missing: one is made.
    secret: Option<String>,
}

/// What to change; a field that is missing stays as it is. Null sets events, retry policy, timeout and rate back.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document; `Fields` reads it, naming what is wrong")]
pub struct WebhookPatch {
    url: Option<String>,
    events: Option<Vec<String>>,
    active: Option<bool>,
    description: Option<String>,
    /// All headers; a masked value keeps the stored one, unless the URL's host changes.
    headers: Option<std::collections::HashMap<String, String>>,
    #[schema(value_type = Option<Object>)]
    filters: Option<Value>,
    #[schema(value_type = Option<super::shapes::RetryPolicyShape>)]
    retry_policy: Option<Value>,
    timeout_seconds: Option<u32>,
    rate_per_second: Option<u32>,
}

/// Reads a body of `POST /v1/webhooks`. What is wrong is noted in the fields.
pub fn new(fields: &mut Fields<'_>) -> NewWebhook {
    let url = fields.required("url", TEXT).unwrap_or_default();
    NewWebhook { url, ..common(fields) }
}

/// What webhooks that are made together have in common: all but the URL.
pub fn common(fields: &mut Fields<'_>) -> NewWebhook {
    let secret = fields.optional("secret", TEXT).flatten();
    let scope = fields.optional("scope", "Give an object of what it is bound to, as {\"agent_id\": \"a1\"}.").flatten();
    let change = rest(fields);
    NewWebhook {
        url: String::new(),
        secret,
        scope: scope.unwrap_or_default(),
        description: change.description.unwrap_or_default(),
        events: change.events.flatten(),
        headers: change.headers.unwrap_or_default(),
        filters: change.filters.unwrap_or_default(),
        retry_policy: change.retry_policy.flatten(),
        timeout_seconds: change.timeout_seconds.flatten(),
        rate_per_second: change.rate_per_second.flatten(),
        inactive: change.active == Some(false),
    }
}

/// Reads a body of PUT or PATCH. What is wrong is noted in the fields.
pub fn change(fields: &mut Fields<'_>) -> WebhookChange {
    if fields.raw("secret").is_some() {
        fields.wrong("secret", "A secret is not changed here: POST to …/secret/rotate, so that receivers can follow.");
    }
    for name in ["scope", "hooks"] {
        if fields.raw(name).is_some() {
            fields.wrong(
                name,
                "This is given as webhooks are added; afterwards it is among `url`, `events` and `filters`.",
            );
        }
    }
    let url = fields.optional::<String>("url", TEXT);
    if url == Some(None) {
        fields.wrong("url", "A webhook needs a URL.");
    }
    WebhookChange { url: url.flatten(), ..rest(fields) }
}

/// What adding and changing have in common.
fn rest(fields: &mut Fields<'_>) -> WebhookChange {
    WebhookChange {
        url: None,
        description: fields.optional("description", TEXT).map(Option::unwrap_or_default),
        events: fields.optional("events", "Give a list of event types, or null for all."),
        headers: headers(fields),
        filters: fields
            .optional::<Map<String, Value>>("filters", "Give an object with conditions on the event's data.")
            .map(Option::unwrap_or_default),
        retry_policy: retry_policy(fields),
        timeout_seconds: fields.optional("timeout_seconds", "Give 1 to 30 whole seconds."),
        rate_per_second: fields.optional("rate_per_second", "Give 1 to 10,000 events per second, or null."),
        active: fields.optional("active", BOOLEAN).flatten(),
    }
}

fn headers(fields: &mut Fields<'_>) -> Option<Vec<Header>> {
    let raw = fields.raw("headers")?;
    if raw.get() == "null" {
        return Some(Vec::new());
    }
    let Some(mut members) = Fields::of(raw, "headers.") else {
        fields.wrong("headers", "Give an object of names and values, as {\"x-team\": \"billing\"}.");
        return None;
    };
    let names: Vec<String> = members.names().map(str::to_owned).collect();
    if names.len() > MAX_HEADERS {
        fields.wrong("headers", format!("A webhook has at most {MAX_HEADERS} headers of its own."));
        return None;
    }
    let read = |name: String| {
        let value = members.required(&name, TEXT).unwrap_or_default();
        Header { name, value }
    };
    let headers = names.into_iter().map(read).collect();
    if members.errors.is_empty() {
        return Some(headers);
    }
    fields.errors.extend(members.errors);
    None
}

/// None where it is missing or wrong, `Some(None)` for null: the convention's own.
fn retry_policy(fields: &mut Fields<'_>) -> Option<Option<RetryPolicy>> {
    let raw: &RawValue = fields.raw("retry_policy")?;
    if raw.get() == "null" {
        return Some(None);
    }
    let Some(mut parts) = Fields::of(raw, "retry_policy.") else {
        fields.wrong("retry_policy", "Give an object with max_attempts, or with schedule_seconds.");
        return None;
    };
    let is_schedule = parts.raw("schedule_seconds").is_some();
    let policy = if is_schedule { schedule(&mut parts) } else { backoff(&mut parts) };
    let known: &[&str] = if is_schedule {
        &["schedule_seconds"]
    } else {
        &["max_attempts", "backoff_multiplier", "initial_delay_seconds", "max_delay_seconds"]
    };
    let unknown: Vec<String> = parts.names().filter(|name| !known.contains(name)).map(str::to_owned).collect();
    for name in unknown {
        parts.wrong(&name, format!("There is no such part beside {}.", known.join(", ")));
    }
    if parts.errors.is_empty() {
        return policy.map(Some);
    }
    fields.errors.extend(parts.errors);
    None
}

fn schedule(parts: &mut Fields<'_>) -> Option<RetryPolicy> {
    let schedule_seconds = parts.required("schedule_seconds", "Give a list of delays in whole seconds.")?;
    Some(RetryPolicy::Schedule { schedule_seconds })
}

/// Only the number of attempts must be given; the rest grows from a minute by the factor two up to an hour.
fn backoff(parts: &mut Fields<'_>) -> Option<RetryPolicy> {
    const SECONDS: &str = "Give whole seconds.";
    let max_attempts = parts.required("max_attempts", "Give a whole number of attempts, the first included.");
    let backoff_multiplier = parts.optional("backoff_multiplier", "Give a number.").flatten().unwrap_or(2.0);
    let initial_delay_seconds = parts.optional("initial_delay_seconds", SECONDS).flatten().unwrap_or(60);
    let longest = parts.optional("max_delay_seconds", SECONDS).flatten();
    Some(RetryPolicy::Backoff {
        max_attempts: max_attempts?,
        backoff_multiplier,
        initial_delay_seconds,
        max_delay_seconds: longest.unwrap_or_else(|| initial_delay_seconds.max(3_600)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::error::AppError;

    fn policy_of(json: &str) -> Result<Option<RetryPolicy>, Vec<String>> {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        let mut fields = Fields::of(raw, "").unwrap();
        let change = change(&mut fields);
        match fields.finish() {
            Err(AppError::Invalid(errors)) => Err(errors.into_iter().map(|e| e.field).collect()),
            _ => Ok(change.retry_policy.flatten()),
        }
    }

    #[test]
    fn both_forms_of_a_retry_policy_are_read_and_unknown_parts_are_named() {
        let schedule = RetryPolicy::Schedule { schedule_seconds: vec![1, 2] };
        assert_eq!(policy_of(r#"{"retry_policy": {"schedule_seconds": [1, 2]}}"#), Ok(Some(schedule)));
        let full = r#"{"retry_policy": {"max_attempts": 5, "backoff_multiplier": 2, "initial_delay_seconds": 60, "max_delay_seconds": 3600}}"#;
        let short = r#"{"retry_policy": {"max_attempts": 5}}"#;
        assert_eq!(policy_of(full), policy_of(short));
        assert_eq!(policy_of(r#"{"retry_policy": null}"#), Ok(None));
        for (wrong, field) in [
            (r#"{"retry_policy": {"max_attempts": 5, "tries": 1}}"#, "retry_policy.tries"),
            (r#"{"retry_policy": {"schedule_seconds": [1], "max_attempts": 1}}"#, "retry_policy.max_attempts"),
            (r#"{"retry_policy": {"schedule_seconds": ["1"]}}"#, "retry_policy.schedule_seconds"),
            (r#"{"retry_policy": {"schedule_seconds": [-1]}}"#, "retry_policy.schedule_seconds"),
            (r#"{"retry_policy": {"max_attempts": 1.5}}"#, "retry_policy.max_attempts"),
            (r#"{"retry_policy": {}}"#, "retry_policy.max_attempts"),
            (r#"{"retry_policy": "fast"}"#, "retry_policy"),
        ] {
            assert_eq!(policy_of(wrong), Err(vec![field.to_string()]), "{wrong}");
        }
    }

    #[test]
    fn every_field_of_the_wrong_type_is_named() {
        let json = r#"{"url": 1, "description": [], "events": "all", "headers": {"a": 1}, "filters": [],
            "retry_policy": 1, "timeout_seconds": "10", "active": "yes", "secret": "x"}"#;
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        let mut fields = Fields::of(raw, "").unwrap();
        change(&mut fields);
        let Err(AppError::Invalid(errors)) = fields.finish() else { panic!("accepted") };
        let mut named: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        named.sort_unstable();
        let all = [
            "active",
            "description",
            "events",
            "filters",
            "headers.a",
            "retry_policy",
            "secret",
            "timeout_seconds",
            "url",
        ];
        assert_eq!(named, all);
    }
}
