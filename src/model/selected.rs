//! Deliveries that a person has selected in the log, by what can be done with each.

use super::{delivery::Delivery, id::WebhookId, time::Time};

/// Most that are sent again at a time: as many as a page of the log shows.
pub const MOST_SELECTED: usize = 100;

/// What was selected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selected {
    /// Can be sent again.
    pub ready: Vec<Delivery>,
    /// Cannot, each with the reason.
    pub left_out: Vec<(Delivery, &'static str)>,
    /// Were removed, or never were.
    pub missing: usize,
}

impl Selected {
    /// When the first of those that can be sent again was created.
    pub fn oldest(&self) -> Option<Time> {
        self.ready.iter().map(|delivery| delivery.created_at).min()
    }
    /// When the last of those that can be sent again was created.
    pub fn newest(&self) -> Option<Time> {
        self.ready.iter().map(|delivery| delivery.created_at).max()
    }
    /// Where they go, and how many to each, in the order of the selection.
    pub fn webhooks(&self) -> Vec<(WebhookId, u64)> {
        let mut counts: Vec<(WebhookId, u64)> = Vec::new();
        for delivery in &self.ready {
            match counts.iter_mut().find(|(id, _)| *id == delivery.webhook_id) {
                Some((_, count)) => *count += 1,
                None => counts.push((delivery.webhook_id, 1)),
            }
        }
        counts
    }
}
