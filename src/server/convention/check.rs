//! From a file to a convention: what TOML cannot know is checked here, each fault with its place.

use super::{
    Convention,
    file::{Delivery, Envelope, File, HookName, Scope, Type},
    place,
};
use crate::model::{
    convention::{Credential, Hook, ScopeKey},
    event::{EventType, parse_event_type},
    webhook::{MAX_DELAY, MAX_SCHEDULE, RetryPolicy, TIMEOUT_SECONDS},
};
use std::ops::Range;
use toml::Spanned;

/// Longest name of a convention.
const MAX_NAME: usize = 64;

struct Wrong {
    at: Range<usize>,
    why: String,
}

type Checked<T> = Result<T, Wrong>;

fn wrong<S, T>(at: &Spanned<S>, why: impl Into<String>) -> Checked<T> {
    Err(Wrong { at: at.span(), why: why.into() })
}

/// Reads a convention; the error names line and key.
pub fn parse(text: &str) -> Result<Convention, String> {
    let file: File = toml::from_str(text).map_err(|e| place::sentence(text, e.span(), e.message()))?;
    convention(file).map_err(|wrong| place::sentence(text, Some(wrong.at), &wrong.why))
}

fn convention(file: File) -> Checked<Convention> {
    let types = types(file.types, &file.name, file.open_catalogue)?;
    let knows = |name: &str| file.open_catalogue || types.iter().any(|t| t.name == name);
    let hooks = hooks(file.hooks, &types, &knows)?;
    delivery(&file.delivery)?;
    envelope(&file.envelope, &knows)?;
    if let Some(own) = &file.signature
        && !own.get_ref().value.has_signature()
    {
        return wrong(own, "the value must have {{signature}} in it");
    }
    if let Some(value) = file.headers.values().find(|value| value.get_ref().has_signature()) {
        return wrong(value, "{{signature}} stands in the value of [signature] only");
    }
    Ok(Convention {
        name: name(&file.name)?,
        title: file.title,
        types,
        open_catalogue: file.open_catalogue,
        retry_policy: RetryPolicy::Schedule { schedule_seconds: file.delivery.schedule_seconds.into_inner() },
        timeout_seconds: file.delivery.timeout_seconds.into_inner(),
        hooks,
        scope: scope(file.scope)?,
        credential: file.credential.map(|field| Credential {
            header: field.header.as_str().into(),
            label: field.label,
            help: field.help,
            prefix: field.prefix,
        }),
        filter_places: file.filters,
        success: file.delivery.success.into_inner(),
        retried: file.delivery.retried,
        retries_failures: file.delivery.retries_failures,
        envelope: file.envelope.template,
        envelope_by_type: file.envelope.by_type.into_iter().map(|(name, own)| (name, own.into_inner())).collect(),
        as_javascript: file.envelope.as_javascript,
        headers: file.headers.into_iter().map(|(name, value)| (name, value.into_inner())).collect(),
        signature: file.signature.map(Spanned::into_inner),
    })
}

fn name(name: &Spanned<String>) -> Checked<String> {
    let text = name.get_ref();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    if text.is_empty() || text.len() > MAX_NAME || !text.bytes().all(plain) {
        return wrong(name, format!("give 1 to {MAX_NAME} lower-case letters, digits, “-” and “_”"));
    }
    Ok(text.clone())
}

fn delivery(delivery: &Delivery) -> Checked<()> {
    let (timeout, schedule) = (&delivery.timeout_seconds, &delivery.schedule_seconds);
    if !TIMEOUT_SECONDS.contains(timeout.get_ref()) {
        return wrong(timeout, format!("give {} to {} seconds", TIMEOUT_SECONDS.start(), TIMEOUT_SECONDS.end()));
    }
    if schedule.get_ref().len() > MAX_SCHEDULE || schedule.get_ref().iter().any(|delay| *delay > MAX_DELAY) {
        return wrong(
            schedule,
            format!("give at most {MAX_SCHEDULE} delays of at most {MAX_DELAY} seconds (seven days)"),
        );
    }
    if delivery.success.get_ref().is_empty() {
        return wrong(&delivery.success, "give at least one code, as 2xx: nothing could ever succeed");
    }
    Ok(())
}

fn envelope(envelope: &Envelope, knows: &dyn Fn(&str) -> bool) -> Checked<()> {
    let unknown = envelope.by_type.iter().find(|(name, _)| !knows(name));
    match unknown {
        Some((name, own)) => wrong(own, format!("there is no event type “{name}” among [[types]]")),
        None => Ok(()),
    }
}

fn types(given: Vec<Type>, whole: &Spanned<String>, open: bool) -> Checked<Vec<EventType>> {
    if given.is_empty() && !open {
        return wrong(whole, "give at least one of [[types]], or open_catalogue = true: nothing could be published");
    }
    let mut types: Vec<EventType> = Vec::with_capacity(given.len());
    for one in given {
        let name = one.name.get_ref();
        if let Err(why) = parse_event_type(name) {
            return wrong(&one.name, why);
        }
        if types.iter().any(|t| t.name == *name) {
            return wrong(&one.name, format!("“{name}” is there twice"));
        }
        types.push(EventType {
            name: name.clone(),
            group: one.group,
            description: one.description,
            example: json(&one.example)?,
            schema: one.schema.as_ref().map(schema).transpose()?,
        });
    }
    Ok(types)
}

fn json(text: &Spanned<String>) -> Checked<serde_json::Value> {
    serde_json::from_str(text.get_ref()).or_else(|e| wrong(text, format!("this is no JSON: {e}")))
}

fn schema(text: &Spanned<String>) -> Checked<serde_json::Value> {
    let schema = json(text)?;
    if schema.is_object() || schema.is_boolean() { Ok(schema) } else { wrong(text, "a JSON Schema is an object") }
}

fn hooks(given: Vec<HookName>, types: &[EventType], knows: &dyn Fn(&str) -> bool) -> Checked<Vec<Hook>> {
    let mut hooks: Vec<Hook> = Vec::with_capacity(given.len());
    for hook in given {
        let (name, event_type) = (hook.name.get_ref(), hook.event_type.get_ref());
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
            return wrong(&hook.name, "give letters and digits, as onCallComplete");
        }
        if hooks.iter().any(|h| h.name == *name) {
            return wrong(&hook.name, format!("“{name}” is there twice"));
        }
        if !knows(event_type) {
            return wrong(&hook.event_type, format!("there is no event type “{event_type}” among [[types]]"));
        }
        let of_type = types.iter().find(|t| t.name == *event_type).map(|t| t.description.clone());
        let description =
            if hook.description.is_empty() { of_type.unwrap_or_default() } else { hook.description.clone() };
        hooks.push(Hook { name: name.clone(), event_type: event_type.clone(), description });
    }
    Ok(hooks)
}

fn scope(given: Vec<Scope>) -> Checked<Vec<ScopeKey>> {
    let mut keys: Vec<ScopeKey> = Vec::with_capacity(given.len());
    for one in given {
        let key = one.key.get_ref().clone();
        if key.is_empty() || key.starts_with("min_") || key.starts_with("max_") || key.split('.').any(str::is_empty) {
            return wrong(&one.key, "name a field of the data, as agent_id or agent.id");
        }
        if keys.iter().any(|k| k.key == key) {
            return wrong(&one.key, format!("“{key}” is there twice"));
        }
        keys.push(ScopeKey { key, label: one.label });
    }
    Ok(keys)
}
