//! How a program acts for one organization.

use super::{id::ApiKeyId, organization::Scope, time::Time};
use serde::{Deserialize, Serialize};

/// An API key as it is listed; the key itself is shown once and not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    /// Its first and last characters.
    pub hint: String,
    pub scopes: Vec<Scope>,
    /// A person's name, or “Switchhook” for the command line.
    pub created_by: String,
    pub created_at: Time,
    pub expires_at: Option<Time>,
    /// To the minute.
    pub last_used_at: Option<Time>,
    pub revoked_at: Option<Time>,
}

impl ApiKey {
    /// Whether a request with it is let in at `now`.
    pub fn works_at(&self, now: Time) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| end > now)
    }
    /// `Active`, `Expired` or `Revoked`.
    pub fn state_at(&self, now: Time) -> &'static str {
        match (self.revoked_at, self.works_at(now)) {
            (Some(_), _) => "Revoked",
            (None, true) => "Active",
            (None, false) => "Expired",
        }
    }
}

/// Reads scopes as they are kept: separated by spaces.
pub fn scopes_from_text(text: &str) -> Vec<Scope> {
    text.split(' ').filter_map(Scope::parse).collect()
}

/// Writes scopes as they are kept.
pub fn scopes_to_text(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}
