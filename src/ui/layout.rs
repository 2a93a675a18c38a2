//! What surrounds a signed-in page: sections, organization switcher, banner, what just happened.

use super::shell::Theme;
use crate::model::organization::{Organization, Role};

/// What the page around the page needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub user_name: String,
    pub user_email: String,
    pub organization: Organization,
    /// All that the person belongs to, by name.
    pub organizations: Vec<Organization>,
    pub role: Role,
    pub theme: Theme,
    /// Private targets are allowed: said on every page.
    pub open_targets: bool,
    /// What just happened, told once.
    pub flash: Option<Flash>,
}

impl Frame {
    /// An address within the organization, as `/o/acme/webhooks` for `webhooks`.
    pub fn path(&self, rest: &str) -> String {
        format!("/o/{}/{rest}", self.organization.slug)
    }
}

/// One sentence about what just happened.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Flash {
    pub good: bool,
    pub text: String,
}
