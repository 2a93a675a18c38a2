//! From the fields of a body to named hooks: types only; what the values may be is the domain's.

use super::{body::Fields, webhook_input};
use crate::server::domain::webhook_hooks::NewHooks;

/// Reads a body of `POST /v1/webhooks` that gives `hooks`. What is wrong is noted in the fields.
pub fn hooks(fields: &mut Fields<'_>) -> NewHooks {
    for (name, why) in
        [("url", "Give either `url` or `hooks`."), ("events", "Each hook has its one event type; leave this out.")]
    {
        if fields.raw(name).is_some_and(|value| value.get() != "null") {
            fields.wrong(name, why);
        }
    }
    NewHooks { urls: urls(fields), common: webhook_input::common(fields) }
}

/// A hook that is null is one that is not given.
fn urls(fields: &mut Fields<'_>) -> Vec<(String, String)> {
    let Some(mut members) = fields.raw("hooks").and_then(|raw| Fields::of(raw, "hooks.")) else {
        fields.wrong(
            "hooks",
            "Give an object of hooks and their URLs, as {\"onCallComplete\": \"https://example.com/calls\"}.",
        );
        return Vec::new();
    };
    let names: Vec<String> = members.names().map(str::to_owned).collect();
    let mut urls = Vec::with_capacity(names.len());
    for name in names {
        if let Some(Some(url)) = members.optional(&name, "Give a URL in quotes.") {
            urls.push((name, url));
        }
    }
    fields.errors.extend(members.errors);
    urls
}
