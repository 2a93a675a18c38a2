//! Two people at the settings of one webhook: who saves second is told what the first has changed, and decides.

use crate::{
    model::{
        error::AppError,
        webhook::{EventSelection, Webhook},
    },
    server::domain::webhooks::WebhookChange,
};
use serde_json::json;
use sha2::{Digest, Sha256};

/// What the settings of this webhook show, in a few characters. The values of headers are not shown, and whether it
/// is on is minded by itself: neither is in it.
pub fn mark(webhook: &Webhook) -> String {
    let headers: Vec<&str> = webhook.headers.iter().map(|header| header.name.as_str()).collect();
    let shown = json!([
        webhook.url,
        webhook.description,
        events(webhook),
        headers,
        webhook.filters,
        webhook.retry_policy,
        webhook.timeout_seconds,
        webhook.rate_per_second
    ]);
    hex::encode(&Sha256::digest(shown.to_string())[..8])
}

/// The chosen types, in no order; none for all.
fn events(webhook: &Webhook) -> Option<Vec<String>> {
    match &webhook.events {
        EventSelection::All => None,
        EventSelection::Only(types) => Some(sorted(types.clone())),
    }
}

fn sorted(mut types: Vec<String>) -> Vec<String> {
    types.sort();
    types
}

/// Conflict where what the form was opened with is no longer so, and saving it would take back what somebody else
/// has changed.
pub fn unchanged(opened: Option<&str>, now: &Webhook, change: &WebhookChange) -> Result<(), AppError> {
    if opened.is_none_or(|opened| opened == mark(now)) {
        return Ok(());
    }
    let names = |headers: &[crate::model::webhook::Header]| {
        sorted(headers.iter().map(|header| header.name.trim().to_lowercase()).collect())
    };
    let differs = [
        ("the address", change.url.as_ref().is_some_and(|url| url.trim() != now.url)),
        ("the description", change.description.as_ref().is_some_and(|text| text.trim() != now.description)),
        ("the events", change.events.clone().is_some_and(|types| types.map(sorted) != events(now))),
        ("the headers", change.headers.as_ref().is_some_and(|headers| names(headers) != names(&now.headers))),
        ("the filters", change.filters.as_ref().is_some_and(|filters| *filters != now.filters)),
        ("the retry policy", change.retry_policy.as_ref().is_some_and(|policy| *policy != now.retry_policy)),
        ("the timeout", change.timeout_seconds.is_some_and(|seconds| seconds != now.timeout_seconds)),
        ("the rate", change.rate_per_second.is_some_and(|rate| rate != now.rate_per_second)),
    ];
    let parts: Vec<&str> = differs.iter().filter(|(_, differs)| *differs).map(|(part, _)| *part).collect();
    if parts.is_empty() {
        return Ok(());
    }
    Err(AppError::Conflict(format!(
        "Somebody else has changed this webhook since you opened its settings. Nothing is saved yet. What is typed below \
         differs from theirs in {}: save again to let yours hold, or open the settings anew to begin from theirs.",
        listed(&parts)
    )))
}

/// “a, b and c”.
fn listed(parts: &[&str]) -> String {
    match parts {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => parts.concat(),
    }
}
