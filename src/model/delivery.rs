//! Deliveries and attempts: their states, what an attempt came to, and what may be done next.

use super::{id::*, time::Time};
use serde::{Deserialize, Serialize};

/// Response bodies are read up to here, in bytes (64 KiB).
pub const MAX_RESPONSE: usize = 64 * 1024;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal $word:literal $label:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "ssr", derive(sqlx::Type))]
        #[repr(i16)]
        pub enum $name { $($(#[$vdoc])* $variant = $number,)* }
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The word of the API.
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $word),* } }
            /// For people.
            pub fn label(self) -> &'static str { match self { $(Self::$variant => $label),* } }
            pub fn parse(text: &str) -> Option<Self> { Self::ALL.iter().copied().find(|v| v.as_str() == text) }
        }
    };
}

words! {
    /// Where a delivery stands.
    DeliveryStatus {
        /// An attempt is under way or planned.
        Pending = 0 "pending" "Pending",
        Success = 1 "success" "Delivered",
        /// No attempt is left, or none is worth making.
        Failed = 2 "failed" "Failed",
        /// The webhook was inactive or deleted.
        Skipped = 3 "skipped" "Skipped",
    }
}

words! {
    /// What one attempt came to.
    Outcome {
        /// The receiver answered, with whatever code.
        Answered = 0 "answered" "Answered",
        /// The whole exchange took longer than the webhook's timeout.
        Timeout = 1 "timeout" "Timed out",
        /// The name could not be resolved.
        Dns = 2 "dns" "Name not found",
        /// The address is one that webhooks must not reach.
        RefusedAddress = 3 "refused_address" "Address not allowed",
        /// No connection could be made.
        Connect = 4 "connect" "Could not connect",
        /// The TLS handshake failed.
        Tls = 5 "tls" "Certificate or TLS problem",
        /// The connection was cut.
        Reset = 6 "reset" "Connection cut",
        /// What came back was no HTTP.
        Protocol = 7 "protocol" "Not a valid HTTP answer",
        /// This service stopped between sending and recording; the attempt may have arrived.
        Interrupted = 8 "interrupted" "Interrupted",
        /// A fault of this service; the receiver was not asked.
        Internal = 9 "internal" "Our own fault",
    }
}

words! {
    /// Why an attempt was made.
    Trigger {
        Automatic = 0 "automatic" "Automatic",
        Manual = 1 "manual" "Manual retry",
        Test = 2 "test" "Test",
        Recovery = 3 "recovery" "Recovery job",
    }
}

/// The API's word where the receiver answered with no success.
pub const ERROR_STATUS: &str = "status";

/// One event for one webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub id: DeliveryId,
    /// As shown: the platform's own id where it gave one.
    pub event_id: String,
    pub event_type: String,
    pub webhook_id: WebhookId,
    pub url: String,
    pub status: DeliveryStatus,
    pub is_test: bool,
    /// Of the last attempt.
    pub response_code: Option<u16>,
    /// Of the last attempt.
    pub outcome: Option<Outcome>,
    /// Of the last attempt, in microseconds.
    pub duration_us: Option<i64>,
    pub attempt_count: u32,
    pub max_attempts: u32,
    pub created_at: Time,
    pub next_attempt_at: Option<Time>,
    pub completed_at: Option<Time>,
}

impl Delivery {
    /// The API's `error`: the last attempt's outcome, or `status` where the receiver answered with no success.
    pub fn error(&self) -> Option<&'static str> {
        match (self.status, self.outcome) {
            (DeliveryStatus::Success, _) | (_, None) => None,
            (_, Some(Outcome::Answered)) => Some(ERROR_STATUS),
            (_, Some(outcome)) => Some(outcome.as_str()),
        }
    }
    /// Whether a person may send it again now; the reason in words where not.
    pub fn can_retry(&self) -> Result<(), &'static str> {
        can_retry(self.status)
    }
}

/// Retry is allowed from every finished state.
pub fn can_retry(status: DeliveryStatus) -> Result<(), &'static str> {
    match status {
        DeliveryStatus::Pending => Err("An attempt is already under way or planned."),
        DeliveryStatus::Success | DeliveryStatus::Failed | DeliveryStatus::Skipped => Ok(()),
    }
}

/// One HTTP request of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub id: AttemptId,
    /// From 1.
    pub number: u32,
    pub trigger: Trigger,
    /// Who asked for it, where a person or a key did.
    pub triggered_by: Option<String>,
    pub started_at: Time,
    pub duration_us: i64,
    pub outcome: Outcome,
    /// One line of detail in plain words, as the TLS library's or the resolver's.
    pub detail: Option<String>,
    pub response_code: Option<u16>,
    /// Whether the organization's convention counts it as success.
    pub succeeded: bool,
    pub url: String,
    /// Names in lower case; credentials masked, here and in the response's.
    pub request_headers: Vec<(String, String)>,
    pub response_headers: Vec<(String, String)>,
    /// Text; what is not UTF-8 is replaced.
    pub response_body: Option<String>,
    pub response_truncated: bool,
}

/// A delivery with all that its page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryDetail {
    pub delivery: Delivery,
    /// Oldest first.
    pub attempts: Vec<Attempt>,
    /// The bytes that are sent, as text.
    pub request_body: String,
    pub webhook_name: String,
    /// False where the webhook is gone.
    pub webhook_exists: bool,
    /// When the service ended without order while this was on its way, or about to be.
    pub interrupted_at: Option<Time>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_is_allowed_from_every_finished_state_only() {
        assert!(can_retry(DeliveryStatus::Pending).is_err());
        for status in [DeliveryStatus::Success, DeliveryStatus::Failed, DeliveryStatus::Skipped] {
            assert!(can_retry(status).is_ok());
        }
    }

    #[test]
    fn every_word_reads_back() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(*outcome));
        }
    }
}
