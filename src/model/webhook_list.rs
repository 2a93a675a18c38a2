//! The list of webhooks as a page asks for it: what is searched for, and in which order.

use super::{
    health::WebhookHealth,
    webhook::{Webhook, WebhookState},
};
use serde::{Deserialize, Serialize};

/// The list's filter as it stands in the URL; empty means not given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// Looked for in name, URL, description, id and event types.
    pub q: String,
    /// A state's word.
    pub state: String,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    pub webhook: Webhook,
    pub health: WebhookHealth,
}

impl ListQuery {
    pub fn is_filtered(&self) -> bool {
        !self.q.trim().is_empty() || WebhookState::parse(&self.state).is_some()
    }

    fn takes(&self, one: &Listed) -> bool {
        let needle = self.q.trim().to_lowercase();
        let webhook = &one.webhook;
        let found = |text: &str| text.to_lowercase().contains(&needle);
        let of_state = WebhookState::parse(&self.state).is_none_or(|state| state == one.health.state);
        let in_events = match &webhook.events {
            super::webhook::EventSelection::All => false,
            super::webhook::EventSelection::Only(types) => types.iter().any(|t| found(t)),
        };
        of_state && (found(&webhook.url) || found(&webhook.description) || found(&webhook.id.to_string()) || in_events)
    }

    /// What matches; what needs attention first, then by name.
    pub fn apply(&self, all: Vec<Listed>) -> Vec<Listed> {
        let mut kept: Vec<_> = all.into_iter().filter(|one| self.takes(one)).collect();
        kept.sort_by_cached_key(|one| (one.health.state, one.webhook.name().to_lowercase()));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{health::HealthSeries, id::WebhookId, time::Time, webhook::EventSelection};

    fn listed(description: &str, state: WebhookState) -> Listed {
        let id = WebhookId::from_bytes([1; 16]);
        let webhook = Webhook {
            id,
            url: "https://example.com/hooks".into(),
            description: description.into(),
            events: EventSelection::Only(vec!["call.completed".into()]),
            active: true,
            disabled_reason: None,
            headers: Vec::new(),
            filters: serde_json::Map::new(),
            retry_policy: None,
            timeout_seconds: None,
            rate_per_second: None,
            rests_until: None,
            secret_hint: "abcd".into(),
            created_at: Time(0),
            updated_at: Time(0),
        };
        let health = WebhookHealth {
            webhook_id: id,
            state,
            reason: None,
            day: HealthSeries::default(),
            last_delivery_at: None,
            waiting: 0,
        };
        Listed { webhook, health }
    }

    fn names(query: &ListQuery) -> Vec<String> {
        let all = vec![
            listed("Billing", WebhookState::Healthy),
            listed("Zebra", WebhookState::Failing),
            listed("Archive", WebhookState::Inactive),
            listed("Analytics", WebhookState::Healthy),
        ];
        query.apply(all).iter().map(|one| one.webhook.name().to_owned()).collect()
    }

    #[test]
    fn what_needs_attention_comes_first() {
        assert_eq!(names(&ListQuery::default()), ["Zebra", "Analytics", "Billing", "Archive"]);
    }

    #[test]
    fn search_and_state_narrow_the_list_together() {
        let query = |q: &str, state: &str| ListQuery { q: q.into(), state: state.into() };
        assert_eq!(names(&query("bill", "")), ["Billing"]);
        assert_eq!(names(&query("CALL.", "healthy")), ["Analytics", "Billing"]);
        assert!(names(&query("bill", "failing")).is_empty());
        assert!(!query(" ", "nonsense").is_filtered());
    }
}
