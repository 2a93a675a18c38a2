//! The audit log as it is read.

use super::{id::AuditId, time::Time};
use serde_json::Value;

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    pub id: AuditId,
    pub at: Time,
    /// A person's or key's name, or “Switchhook”.
    pub actor: String,
    /// None for the service itself and the command line.
    pub actor_id: Option<String>,
    /// The address that it came from.
    pub source: Option<String>,
    /// As `webhook.created`.
    pub action: String,
    pub target_id: Option<String>,
    pub target: Option<String>,
    /// Each field that was told: its name, before, after. Secrets are masked.
    pub differences: Vec<Difference>,
}

/// One field of a change, as JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    pub field: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// What the log is filtered by, as it stands in the URL; empty means all.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    /// An actor's id, or [`SERVICE`].
    pub by: String,
    /// A kind of [`KINDS`].
    pub kind: String,
    pub cursor: String,
}

/// Stands for the service itself and the command line, which have no id.
pub const SERVICE: &str = "switchhook";

/// What actions begin with, and the word for people.
pub const KINDS: [(&str, &str); 12] = [
    ("webhook", "Webhooks"),
    ("delivery", "Deliveries"),
    ("deliveries", "Exports"),
    ("view", "Saved views"),
    ("recovery", "Recovery"),
    ("alerts", "Alerts"),
    ("member", "Members"),
    ("invitation", "Invitations"),
    ("account", "Accounts"),
    ("api_key", "API keys"),
    ("organization", "Organization"),
    ("inbox", "Inboxes"),
];

impl AuditQuery {
    pub fn is_filtered(&self) -> bool {
        !(self.by.is_empty() && self.kind.is_empty())
    }
}

/// The fields that differ, in order, the old ones first.
pub fn differences(before: Option<Value>, after: Option<Value>) -> Vec<Difference> {
    let fields = |side: Option<Value>| match side {
        Some(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let (before, mut after) = (fields(before), fields(after));
    let mut all: Vec<Difference> = before
        .into_iter()
        .map(|(field, value)| Difference { after: after.remove(&field), field, before: Some(value) })
        .filter(|field| field.before != field.after)
        .collect();
    all.extend(after.into_iter().map(|(field, value)| Difference { field, before: None, after: Some(value) }));
    all
}

/// An action as a person would tell it, without its target: `renewed the secret of`.
pub fn in_words(action: &str) -> String {
    let known = match action {
        "webhook.created" => "added the webhook",
        "webhook.changed" => "changed the webhook",
        "webhook.deleted" => "deleted the webhook",
        "webhook.disabled" => "switched off the webhook",
        "webhook.tested" => "sent a test to",
        "webhook.signature_checked" => "said that signatures are checked by the receiver of",
        "webhook.secret_rotated" => "made a new secret for",
        "webhook.secret_ended" => "ended an old secret of",
        "delivery.retried" => "retried the delivery",
        "member.added" => "added the member",
        "member.removed" => "removed the member",
        "member.left" => "left the organization",
        "member.role_changed" => "changed the role of",
        "invitation.created" => "invited",
        "invitation.accepted" => "accepted an invitation",
        "invitation.withdrawn" => "withdrew the invitation of",
        "api_key.created" => "made the API key",
        "api_key.revoked" => "revoked the API key",
        "organization.created" => "founded the organization",
        "organization.renamed" => "renamed the organization",
        "organization.retention_changed" => "changed how long deliveries are kept in",
        "recovery.started" => "started the job",
        "recovery.paused" => "paused the job",
        "recovery.resumed" => "resumed the job",
        "recovery.cancelled" => "cancelled the job",
        "deliveries.exported" => "exported deliveries",
        "view.saved" => "saved the view",
        "view.deleted" => "deleted the view",
        "inbox.created" => "added the",
        "alerts.changed" => "changed the alerts",
        "account.signed_in" => "signed in",
        "account.signed_out" => "signed out",
        "account.session_ended" => "ended another session",
        "account.signed_out_everywhere" => "signed out everywhere",
        "account.renamed" => "changed their own name",
        "account.password_changed" => "changed their password",
        "account.password_reset" => "set a new password by mail",
        other => return other.replace(['.', '_'], " "),
    };
    known.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_field_that_differs_stands_once_with_both_sides() {
        let all = differences(Some(json!({"a": 1, "b": 2, "same": 0})), Some(json!({"b": 3, "c": 4, "same": 0})));
        let told: Vec<_> = all.iter().map(|d| (d.field.as_str(), d.before.clone(), d.after.clone())).collect();
        assert_eq!(
            told,
            [("a", Some(json!(1)), None), ("b", Some(json!(2)), Some(json!(3))), ("c", None, Some(json!(4))),]
        );
    }

    #[test]
    fn an_action_that_is_not_known_is_told_all_the_same() {
        assert_eq!(in_words("a_thing.was_done"), "a thing was done");
    }
}
