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
    /// One line that says to the person what the role may do.
    pub fn explanation(self) -> &'static str {
        match self {
            Role::Viewer => "You see webhooks and deliveries.",
            Role::Member => "You see webhooks and deliveries, send tests and retry.",
            Role::Admin => "You change webhooks, members and API keys.",
            Role::Owner => "You may do everything, and appoint other owners.",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

impl TryFrom<String> for Role {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("“{text}” is no role; choose owner, admin, member or viewer"))
    }
}

/// Reads a slug: 2 to 40 lower-case letters, digits and single hyphens, as in `acme-emea`.
pub fn parse_slug(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = (2..=40).contains(&text.len())
        && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--");
    if fits {
        Ok(text.into())
    } else {
        Err("Use 2 to 40 lower-case letters, digits and single hyphens, as in “acme-emea”.".into())
    }
}

/// A slug made from a name, as `acme-emea` from `ACME (EMEA)`; empty where the name has no such letters.
pub fn slug_from_name(name: &str) -> String {
    let plain: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    let joined = plain.split_whitespace().collect::<Vec<_>>().join("-");
    joined.chars().take(40).collect::<String>().trim_end_matches('-').to_string()
}

/// Reads the name of a person, an organization or a key: 1 to 100 characters, none of them a control character.
pub fn parse_name(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("Give a name.".into()),
        101.. => Err("Use at most 100 characters.".into()),
        _ if text.chars().any(char::is_control) => Err("Leave out line breaks and control characters.".into()),
        _ => Ok(text.into()),
    }
}

/// Reads an address for mail, in lower case.
pub fn parse_email(text: &str) -> Result<String, String> {
    let wrong = || "Give an address like ada@example.com.".to_string();
    let email = text.trim().to_lowercase();
    let (name, domain) = email.rsplit_once('@').ok_or_else(wrong)?;
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>(),;:\\\"[]@".contains(c);
    let fits = !name.is_empty() && domain.len() > 1 && email.len() <= 254;
    if fits && !name.contains(odd) && !domain.contains(odd) && !domain.starts_with('.') && !domain.ends_with('.') {
        Ok(email)
    } else {
        Err(wrong())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_from_a_name_and_reads_as_one() {
        assert_eq!(slug_from_name("ACME (EMEA) & Söhne"), "acme-emea-s-hne");
        assert!(parse_slug(&slug_from_name(&"very long name ".repeat(9))).is_ok());
        for wrong in ["", "a", "Acme", "a--b", "-a", "a b", "a/b"] {
            assert!(parse_slug(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_lower_case_and_has_two_sides() {
        assert_eq!(parse_email(" Ada@Example.COM "), Ok("ada@example.com".into()));
        for wrong in ["", "ada", "@example.com", "ada@", "a b@c.d", "a@b@c", "a@b.c>", "a@.b", "a\n@b.c"] {
            assert!(parse_email(wrong).is_err(), "{wrong}");
        }
    }
}
