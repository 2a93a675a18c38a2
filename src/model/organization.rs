//! Organizations, the people in them, and what each may do.

use super::{id::*, time::Time};
use serde::{Deserialize, Serialize};

/// The tenant. Everything but a user account belongs to one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::FromRow))]
pub struct Organization {
    pub id: OrganizationId,
    /// In URLs; lower-case letters, digits and hyphens.
    pub slug: String,
    pub name: String,
    /// Name of the wire convention, as `standard`.
    pub convention: String,
    pub created_at: Time,
}

/// What a person may do in an organization; each role includes the ones below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees.
    Viewer,
    /// Sees, sends tests, retries.
    Member,
    /// Also changes webhooks, members and keys.
    Admin,
    /// Also makes owners.
    Owner,
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Owner, Role::Admin, Role::Member, Role::Viewer];

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Member => "member",
            Role::Admin => "admin",
            Role::Owner => "owner",
        }
    }
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Role::Viewer => "Viewer",
            Role::Member => "Member",
            Role::Admin => "Admin",
            Role::Owner => "Owner",
        }
    }
    /// One line that says what the role may do.
    pub fn explanation(self) -> &'static str {
        match self {
            Role::Viewer => "Sees webhooks and deliveries.",
            Role::Member => "Also sends tests and retries deliveries.",
            Role::Admin => "Also changes webhooks, members and API keys.",
            Role::Owner => "Also appoints and removes owners.",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// What an API key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    #[serde(rename = "events:write")]
    EventsWrite,
    #[serde(rename = "webhooks:read")]
    WebhooksRead,
    #[serde(rename = "webhooks:write")]
    WebhooksWrite,
    #[serde(rename = "logs:read")]
    LogsRead,
    #[serde(rename = "logs:retry")]
    LogsRetry,
}

impl Scope {
    pub const ALL: [Scope; 5] =
        [Scope::EventsWrite, Scope::WebhooksRead, Scope::WebhooksWrite, Scope::LogsRead, Scope::LogsRetry];

    pub fn as_str(self) -> &'static str {
        match self {
            Scope::EventsWrite => "events:write",
            Scope::WebhooksRead => "webhooks:read",
            Scope::WebhooksWrite => "webhooks:write",
            Scope::LogsRead => "logs:read",
            Scope::LogsRetry => "logs:retry",
        }
    }
    /// One line that says what the scope allows.
    pub fn explanation(self) -> &'static str {
        match self {
            Scope::EventsWrite => "Publish events",
            Scope::WebhooksRead => "See webhooks and the event catalogue",
            Scope::WebhooksWrite => "Add, change, test and delete webhooks",
            Scope::LogsRead => "See events and deliveries",
            Scope::LogsRetry => "Retry deliveries",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}
