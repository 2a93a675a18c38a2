//! Inboxes: built-in receivers that a webhook can be pointed at, and looked into.

use super::{id::*, time::Time};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a received request is kept.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 3_600);
/// Most requests kept in one inbox.
pub const MOST_KEPT: i64 = 100;
/// Bytes of a body that are kept (256 KiB); the signature is checked over all of it.
pub const MAX_KEPT_BODY: usize = 256 * 1024;
/// Bytes of a body that the list shows (16 KiB).
pub const MAX_SHOWN_BODY: usize = 16 * 1024;
/// The window within which an inbox takes at most [`MOST_KEPT`] requests.
pub const RATE_WINDOW: Duration = Duration::from_secs(10);

/// A built-in receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    pub id: InboxId,
    /// Where it receives.
    pub url: String,
    pub created_by: String,
    pub created_at: Time,
    /// Webhooks that point here: id and name.
    pub webhooks: Vec<(WebhookId, String)>,
    pub last_received_at: Option<Time>,
}

/// One request that an inbox received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxRequest {
    pub id: InboxRequestId,
    pub received_at: Time,
    /// Names in lower case, as they came; credentials masked.
    pub headers: Vec<(String, String)>,
    /// Text; what is not UTF-8 is replaced.
    pub body: String,
    /// Only the first 16 KiB are here.
    pub body_cut: bool,
    /// Only the first 256 KiB were kept.
    pub body_truncated: bool,
    pub verdict: Verdict,
}

impl InboxRequest {
    /// A header's value by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
    /// The `type` of the body's envelope, where there is one.
    pub fn event_type(&self) -> Option<String> {
        let body: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        let named = body.get("type").or_else(|| body.get("event"))?;
        named.as_str().map(|t| t.chars().take(128).collect())
    }
}

/// Whether the signature held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// `webhook-signature` was made with the secret of a webhook that points here.
    Verified,
    /// A sentence that says why not.
    NotVerified(String),
}

impl Verdict {
    const VERIFIED: &str = "verified";

    /// As kept: `verified`, or the sentence.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Verified => Self::VERIFIED,
            Self::NotVerified(why) => why,
        }
    }
    /// Reads what [`Verdict::as_str`] wrote.
    pub fn from_text(text: String) -> Self {
        if text == Self::VERIFIED { Self::Verified } else { Self::NotVerified(text) }
    }
}
