//! Turns: organizations one after the other, and within one its webhooks.

use crate::model::id::{OrganizationId, WebhookId};
use std::collections::{HashMap, HashSet, VecDeque};

/// Who has work, in the order in which they come next.
#[derive(Debug, Default)]
pub struct Rotation {
    organizations: VecDeque<OrganizationId>,
    webhooks: HashMap<OrganizationId, VecDeque<WebhookId>>,
    waiting: HashSet<(OrganizationId, WebhookId)>,
    /// These have no turn for now.
    held: HashSet<OrganizationId>,
}

impl Rotation {
    /// Puts a webhook at the end of its organization's turns; once is enough.
    pub fn add(&mut self, key: (OrganizationId, WebhookId)) {
        if !self.waiting.insert(key) {
            return;
        }
        let webhooks = self.webhooks.entry(key.0).or_default();
        if webhooks.is_empty() && !self.held.contains(&key.0) {
            self.organizations.push_back(key.0);
        }
        webhooks.push_back(key.1);
    }
    /// The organization whose turn is next.
    pub fn organization(&self) -> Option<OrganizationId> {
        self.organizations.front().copied()
    }
    /// The organization whose turn is next has none until it is released; its webhooks keep their order.
    pub fn hold(&mut self) {
        self.held.extend(self.organizations.pop_front());
    }
    /// An organization that was held has turns again.
    pub fn release(&mut self, organization: OrganizationId) {
        if self.held.remove(&organization) && self.webhooks.contains_key(&organization) {
            self.organizations.push_back(organization);
        }
    }
    /// Whose turn it is; it has to be added again to have another.
    pub fn next(&mut self) -> Option<(OrganizationId, WebhookId)> {
        let organization = self.organizations.pop_front()?;
        let webhooks = self.webhooks.get_mut(&organization)?;
        let webhook = webhooks.pop_front()?;
        if webhooks.is_empty() {
            self.webhooks.remove(&organization);
        } else {
            self.organizations.push_back(organization);
        }
        self.waiting.remove(&(organization, webhook));
        Some((organization, webhook))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organization_with_many_webhooks_has_no_more_turns_than_one_with_one() {
        let (big, small) = (OrganizationId::from_bytes([1; 16]), OrganizationId::from_bytes([2; 16]));
        let webhook = |n| WebhookId::from_bytes([n; 16]);
        let mut turns = Rotation::default();
        for n in 0..3 {
            turns.add((big, webhook(n)));
            turns.add((big, webhook(n)));
        }
        turns.add((small, webhook(9)));
        let mut order = Vec::new();
        while let Some((organization, webhook)) = turns.next() {
            order.push((organization == small, webhook.bytes()[0]));
        }
        assert_eq!(order, [(false, 0), (true, 9), (false, 1), (false, 2)]);
    }

    #[test]
    fn an_organization_that_is_held_keeps_the_order_of_its_webhooks_and_loses_none() {
        let (held, other) = (OrganizationId::from_bytes([1; 16]), OrganizationId::from_bytes([2; 16]));
        let key = |organization, n| (organization, WebhookId::from_bytes([n; 16]));
        let mut turns = Rotation::default();
        turns.add(key(held, 1));
        turns.hold();
        turns.add(key(held, 2));
        turns.add(key(held, 1));
        turns.add(key(other, 3));
        assert_eq!((turns.next(), turns.next()), (Some(key(other, 3)), None));
        turns.release(held);
        turns.release(held);
        assert_eq!(turns.organization(), Some(held));
        assert_eq!((turns.next(), turns.next(), turns.next()), (Some(key(held, 1)), Some(key(held, 2)), None));
    }
}
