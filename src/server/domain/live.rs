//! Changes of deliveries as they are committed, for whoever looks on.

use crate::{
    model::{delivery::DeliveryStatus, id::*},
    server::store::news::{Item, News},
};
use std::sync::Arc;
use tokio::sync::broadcast;

/// Changes that a slow onlooker may fall behind by before some are left out.
const KEPT: usize = 1_024;

/// A delivery was added, or its state has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryChange {
    pub organization_id: OrganizationId,
    pub delivery_id: DeliveryId,
    pub webhook_id: WebhookId,
    pub status: DeliveryStatus,
}

/// Tells onlookers; what nobody listens for costs nothing.
#[derive(Clone)]
pub struct Live(broadcast::Sender<Option<DeliveryChange>>, Arc<News>);

impl Live {
    pub fn new(news: Arc<News>) -> Self {
        Self(broadcast::Sender::new(KEPT), news)
    }
    /// From now on; filter by organization. None says that some were missed.
    pub fn subscribe(&self) -> broadcast::Receiver<Option<DeliveryChange>> {
        self.0.subscribe()
    }
    /// Tells onlookers here and in the other processes.
    pub fn tell(&self, change: DeliveryChange) {
        let DeliveryChange { organization_id, delivery_id, webhook_id, status } = change;
        self.1.tell(Item::Delivery(organization_id, delivery_id, webhook_id, status));
        self.tell_here(change);
    }
    /// Tells onlookers in this process that they have fallen behind: changes were missed, nobody knows which.
    pub fn leave_behind(&self) {
        self.send(None);
    }
    /// Tells onlookers in this process alone.
    pub fn tell_here(&self, change: DeliveryChange) {
        self.send(Some(change));
    }
    fn send(&self, change: Option<DeliveryChange>) {
        if self.0.receiver_count() > 0 {
            // Only fails where the last onlooker has just left.
            let _ = self.0.send(change);
        }
    }
}
