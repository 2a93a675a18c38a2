//! The first three steps of an organization.

use super::id::WebhookId;

/// How far a new organization has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FirstRun {
    /// The newest webhook, once there is one.
    pub webhook: Option<WebhookId>,
    /// A test was delivered.
    pub tested: bool,
    /// A test inbox has verified a signature, or somebody has said that their receiver does.
    pub verified: bool,
}

impl FirstRun {
    /// Steps done, of three.
    pub fn done(self) -> usize {
        [self.webhook.is_some(), self.tested, self.verified].into_iter().filter(|step| *step).count()
    }
}
