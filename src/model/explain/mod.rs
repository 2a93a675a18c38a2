//! Why a delivery stands where it stands, in one plain sentence, and what to do about it. The same
//! words on the page, in a test's result and wherever else a person asks “why”.

mod connection;
pub mod status;
pub mod steps;

use super::{
    delivery::{Attempt, Delivery, DeliveryStatus, Outcome},
    time::duration,
};

/// A reason and the next step; the step is empty where nothing needs doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub reason: String,
    pub advice: String,
}

impl Explanation {
    fn new(reason: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { reason: reason.into(), advice: advice.into() }
    }
}

/// What is known of an attempt; a list knows less than the attempt's own page.
#[derive(Debug, Clone, Copy)]
struct Facts<'a> {
    outcome: Outcome,
    code: Option<u16>,
    /// Whether it counts as success.
    succeeded: bool,
    /// One line from the resolver or the TLS library.
    detail: Option<&'a str>,
    url: &'a str,
    /// In microseconds.
    duration_us: Option<i64>,
    headers: &'a [(String, String)],
}

impl<'a> Facts<'a> {
    fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
    /// The host as the URL has it, without port.
    fn host(&self) -> &'a str {
        let rest = self.url.split_once("://").map_or(self.url, |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        match authority.rsplit_once(':') {
            Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => authority,
        }
    }
    fn took(&self) -> String {
        self.duration_us.map(|us| format!(" in {}", duration(us))).unwrap_or_default()
    }
    fn explain(&self) -> Explanation {
        match (self.outcome, self.code) {
            (Outcome::Answered, Some(code)) => status::explain(self, code),
            _ => connection::explain(self),
        }
    }
}

/// Why one attempt came to what it did.
pub fn attempt(attempt: &Attempt) -> Explanation {
    Facts {
        outcome: attempt.outcome,
        code: attempt.response_code,
        succeeded: attempt.succeeded,
        detail: attempt.detail.as_deref(),
        url: &attempt.url,
        duration_us: Some(attempt.duration_us),
        headers: &attempt.response_headers,
    }
    .explain()
}

/// Why the delivery stands where it does; `last` is its latest attempt, where that is at hand.
pub fn delivery(delivery: &Delivery, last: Option<&Attempt>, webhook_exists: bool) -> Explanation {
    let why = last.map(attempt).or_else(|| from_list(delivery));
    match (delivery.status, why) {
        (DeliveryStatus::Skipped, _) => skipped(webhook_exists),
        (DeliveryStatus::Pending, None) => Explanation::new("This is about to be sent for the first time.", ""),
        (DeliveryStatus::Pending, Some(why)) => pending(delivery, why),
        (DeliveryStatus::Failed, Some(why)) => failed(delivery, why),
        (DeliveryStatus::Success, Some(why)) => why,
        (DeliveryStatus::Success, None) => Explanation::new("The receiver took it.", ""),
        (DeliveryStatus::Failed, None) => {
            Explanation::new("No attempt is left, and none was recorded.", "Retry to send it again.")
        }
    }
}

fn from_list(delivery: &Delivery) -> Option<Explanation> {
    let outcome = delivery.outcome?;
    let facts = Facts {
        outcome,
        code: delivery.response_code,
        succeeded: delivery.status == DeliveryStatus::Success,
        detail: None,
        url: &delivery.url,
        duration_us: delivery.duration_us,
        headers: &[],
    };
    Some(facts.explain())
}

fn skipped(webhook_exists: bool) -> Explanation {
    if webhook_exists {
        Explanation::new(
            "This was not sent, because the webhook was inactive when its turn came.",
            "Switch the webhook on, then retry to send it after all.",
        )
    } else {
        Explanation::new(
            "This was not sent, because the webhook was deleted before its turn came.",
            "Add a webhook for the receiver if it should get such events again.",
        )
    }
}

fn pending(delivery: &Delivery, why: Explanation) -> Explanation {
    let left = delivery.max_attempts.saturating_sub(delivery.attempt_count);
    let planned = match left {
        0 => "Another attempt is under way.".to_string(),
        1 => "It is tried once more by itself.".to_string(),
        n => format!("It is tried up to {n} more times by itself."),
    };
    Explanation::new(why.reason, join(&why.advice, &planned))
}

fn failed(delivery: &Delivery, why: Explanation) -> Explanation {
    let gone = delivery.response_code == Some(410);
    if gone || delivery.is_test || delivery.attempt_count < delivery.max_attempts {
        return why;
    }
    let then = match delivery.attempt_count {
        1 => "It is not tried again by itself; retry once that is mended.".to_string(),
        n => format!("After {n} attempts it is not tried again by itself; retry once that is mended."),
    };
    Explanation::new(why.reason, join(&why.advice, &then))
}

fn join(first: &str, second: &str) -> String {
    if first.is_empty() { second.to_owned() } else { format!("{first} {second}") }
}

#[cfg(test)]
mod tests;
