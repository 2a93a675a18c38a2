//! The request of one attempt: body, signatures, the webhook's own headers; and what of it the log shows.

use crate::{
    model::time::Time,
    server::{
        convention::{Convention, HeaderFacts},
        domain::{job::Published, subscriptions::Subscription},
        env::Outgoing,
    },
};

/// What stands for a credential in the log.
pub const MASK: &str = "•••";

/// Signs and puts together; `at` is the time of this attempt.
pub fn outgoing(convention: &Convention, webhook: &Subscription, event: &Published, at: Time) -> Outgoing {
    let body = event.body(convention);
    let (shown_id, seconds) = (event.shown_id(), at.seconds());
    let facts = HeaderFacts { event_type: &event.event_type, shown_id: &shown_id, seconds, signature: "" };
    let mut headers = convention.headers(&facts, &body, &webhook.keys_at(at));
    let is_taken = |headers: &[(String, String)], name: &str| headers.iter().any(|(taken, _)| taken == name);
    for header in &webhook.headers {
        if header.name == "user-agent" {
            headers.retain(|(name, _)| name != "user-agent");
        }
        if !is_taken(&headers, &header.name) {
            headers.push((header.name.clone(), header.value.clone()));
        }
    }
    for (name, value) in convention.default_headers(&facts) {
        if !is_taken(&headers, &name) {
            headers.push((name, value));
        }
    }
    Outgoing { url: webhook.url.clone(), headers, body, timeout: webhook.timeout }
}

/// The headers as the log keeps them: values of custom headers are credentials more often than not.
pub fn shown_headers(headers: &[(String, String)], webhook: &Subscription) -> Vec<(String, String)> {
    let is_custom = |name: &str| webhook.headers.iter().any(|header| header.name == name);
    let show = |(name, value): &(String, String)| {
        let value = if is_custom(name) || name == "authorization" { MASK.into() } else { value.clone() };
        (name.clone(), value)
    };
    headers.iter().map(show).collect()
}
