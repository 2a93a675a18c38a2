//! A webhook: the subscription that an admin adds.

use super::{event::EventType, id::*, time::Time};
use serde::{Deserialize, Serialize};

/// Longest URL, in characters.
pub const MAX_URL: usize = 2_048;
/// Most custom headers of one webhook.
pub const MAX_HEADERS: usize = 20;
/// Longest custom header value, in bytes.
pub const MAX_HEADER_VALUE: usize = 4_096;
/// Stands for a header's value wherever it is shown; no value can look like it, since values are ASCII.
pub const MASK: &str = "••••••••";
/// Bounds of a webhook's rate, in events per second.
pub const RATE_PER_SECOND: std::ops::RangeInclusive<u32> = 1..=10_000;
/// Bounds of a webhook's timeout, in seconds.
pub const TIMEOUT_SECONDS: std::ops::RangeInclusive<u32> = 1..=30;
/// Longest delay between two attempts, in seconds (seven days).
pub const MAX_DELAY: u32 = 7 * 86_400;
/// Most delays of a schedule: a hundred attempts, the first included.
pub const MAX_SCHEDULE: usize = 99;

/// A subscription: where to send what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    pub id: WebhookId,
    pub url: String,
    pub description: String,
    pub events: EventSelection,
    pub active: bool,
    /// Why it was switched off, where it was not a person who did.
    pub disabled_reason: Option<String>,
    /// Custom headers; values are masked unless read for sending.
    pub headers: Vec<Header>,
    /// Conditions on the event's data; an empty object lets everything pass.
    pub filters: serde_json::Map<String, serde_json::Value>,
    /// Its own policy; without one the convention's schedule holds.
    pub retry_policy: Option<RetryPolicy>,
    /// Its own timeout in seconds; without one the convention's holds.
    pub timeout_seconds: Option<u32>,
    /// Most events per second that it is sent; none: as fast as the receiver answers.
    pub rate_per_second: Option<u32>,
    /// Until when nothing is sent, since the receiver fails.
    pub rests_until: Option<Time>,
    /// The secret's last four characters.
    pub secret_hint: String,
    pub created_at: Time,
    pub updated_at: Time,
}

impl Webhook {
    /// Host and path, for lists: what tells one webhook from another.
    pub fn short_url(&self) -> &str {
        short_url(&self.url)
    }
    /// Until when nothing is sent, where that is still to come.
    pub fn rests(&self, now: Time) -> Option<Time> {
        self.rests_until.filter(|until| self.active && *until > now)
    }
    /// What a person calls it.
    pub fn name(&self) -> &str {
        name_of(&self.description, &self.url)
    }
}

/// A URL without its scheme.
pub fn short_url(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

/// What a person calls a webhook: the description's first line, else the host and path.
pub fn name_of<'a>(description: &'a str, url: &'a str) -> &'a str {
    match description.lines().next().unwrap_or_default().trim() {
        "" => short_url(url),
        name => name,
    }
}

/// Which event types a webhook takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventSelection {
    All,
    /// Never empty.
    Only(Vec<String>),
}

impl EventSelection {
    pub fn takes(&self, event_type: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(types) => types.iter().any(|t| t == event_type),
        }
    }
    /// The type that stands for the selection where one is needed, as for a test: its own first, or the
    /// catalogue's where it takes all.
    pub fn first<'a>(&'a self, catalogue: &'a [EventType]) -> Option<&'a str> {
        match self {
            Self::All => catalogue.first().map(|t| t.name.as_str()),
            Self::Only(types) => types.first().map(String::as_str),
        }
    }
    /// `All events`, `call.completed`, `3 events`.
    pub fn label(&self) -> String {
        match self {
            Self::All => "All events".into(),
            Self::Only(types) if types.len() == 1 => types[0].clone(),
            Self::Only(types) => format!("{} events", types.len()),
        }
    }
}

/// A custom header of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Lower case.
    pub name: String,
    pub value: String,
}

/// When a failed delivery is tried again; delays in seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RetryPolicy {
    /// N delays make N + 1 attempts.
    Schedule { schedule_seconds: Vec<u32> },
    /// `max_attempts` counts the first.
    Backoff { max_attempts: u32, backoff_multiplier: f64, initial_delay_seconds: u32, max_delay_seconds: u32 },
}

impl RetryPolicy {
    pub fn max_attempts(&self) -> u32 {
        match self {
            Self::Schedule { schedule_seconds } => schedule_seconds.len() as u32 + 1,
            Self::Backoff { max_attempts, .. } => *max_attempts,
        }
    }
    /// The delay in seconds after attempt `number` (from 1), without jitter; none where that was the last.
    pub fn delay_after(&self, number: u32) -> Option<f64> {
        if number >= self.max_attempts() {
            return None;
        }
        match self {
            Self::Schedule { schedule_seconds } => {
                schedule_seconds.get(number.saturating_sub(1) as usize).map(|s| f64::from(*s))
            }
            Self::Backoff { backoff_multiplier, initial_delay_seconds, max_delay_seconds, .. } => {
                let exponent = i32::try_from(number.saturating_sub(1)).unwrap_or(i32::MAX);
                let delay = f64::from(*initial_delay_seconds) * backoff_multiplier.powi(exponent);
                Some(delay.min(f64::from(*max_delay_seconds)))
            }
        }
    }
    /// `after 1 min, 5 min, 15 min; gives up after 21 min`.
    pub fn in_words(&self) -> String {
        let delays: Vec<f64> = (1..self.max_attempts()).filter_map(|n| self.delay_after(n)).collect();
        if delays.is_empty() {
            return "no retry".into();
        }
        let words = |seconds: f64| match seconds {
            whole if whole < 60.0 && whole.fract() == 0.0 => format!("{whole} s"),
            other => super::time::duration((other * 1e6) as i64),
        };
        let shown = delays.iter().take(12).map(|d| words(*d)).collect::<Vec<_>>().join(", ");
        let more = if delays.len() > 12 { ", …" } else { "" };
        format!("after {shown}{more}; gives up after {}", words(delays.iter().sum()))
    }
    /// The same as a sentence: `Retries after 1 min, 5 min, 15 min; gives up after 21 min.`
    pub fn sentence(&self) -> String {
        match self.max_attempts() {
            1 => "One attempt, no retry.".into(),
            _ => format!("Retries {}.", self.in_words()),
        }
    }
}

/// How a webhook is doing, in words; the order is that of the list: what needs attention first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// Active, and its latest deliveries fail.
    Failing,
    /// Switched off by the service, with a reason.
    Disabled,
    Healthy,
    /// Active, and nothing was delivered yet.
    Waiting,
    /// Switched off by a person.
    Inactive,
}

impl WebhookState {
    pub const ALL: [WebhookState; 5] = [Self::Failing, Self::Disabled, Self::Healthy, Self::Waiting, Self::Inactive];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Disabled => "disabled",
            Self::Healthy => "healthy",
            Self::Waiting => "waiting",
            Self::Inactive => "inactive",
        }
    }
    pub fn label(self) -> &'static str {
        match self {
            Self::Failing => "Failing",
            Self::Disabled => "Switched off",
            Self::Healthy => "Healthy",
            Self::Waiting => "No deliveries yet",
            Self::Inactive => "Inactive",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_of_three_delays_makes_four_attempts() {
        let policy = RetryPolicy::Schedule { schedule_seconds: vec![60, 300, 900] };
        assert_eq!(policy.max_attempts(), 4);
        assert_eq!(policy.delay_after(3), Some(900.0));
        assert_eq!(policy.delay_after(4), None);
        assert_eq!(policy.in_words(), "after 1 min, 5 min, 15 min; gives up after 21 min");
    }

    #[test]
    fn a_backoff_grows_by_its_factor_up_to_the_longest_delay() {
        let policy = RetryPolicy::Backoff {
            max_attempts: 5,
            backoff_multiplier: 2.0,
            initial_delay_seconds: 60,
            max_delay_seconds: 200,
        };
        let delays: Vec<_> = (1..=5).map(|n| policy.delay_after(n)).collect();
        assert_eq!(delays, [Some(60.0), Some(120.0), Some(200.0), Some(200.0), None]);
    }
}
