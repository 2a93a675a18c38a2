//! A webhook's signing secrets as people may see them: by their last characters.

use super::{id::SecretId, time::Time};
use serde::{Deserialize, Serialize};

/// One secret that signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningSecret {
    pub id: SecretId,
    /// Its last four characters.
    pub hint: String,
    pub created_at: Time,
    /// When it ends; none for the current one.
    pub expires_at: Option<Time>,
}

/// Choices of how long the old secret goes on signing beside the new one: seconds and words.
pub const OVERLAPS: [(u32, &str); 4] =
    [(86_400, "For 24 hours"), (3_600, "For 1 hour"), (604_800, "For 7 days"), (0, "Not at all: it ends now")];
