//! Changes of deliveries as they are committed, for whoever looks on.

use crate::model::{delivery::DeliveryStatus, id::*};
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

/// Tells onlookers in this process; what nobody listens for costs nothing.
#[derive(Debug, Clone)]
pub struct Live(broadcast::Sender<DeliveryChange>);

impl Default for Live {
    fn default() -> Self {
        Self(broadcast::Sender::new(KEPT))
    }
}

impl Live {
    /// From now on; filter by organization.
    pub fn subscribe(&self) -> broadcast::Receiver<DeliveryChange> {
        self.0.subscribe()
    }
    pub fn tell(&self, change: DeliveryChange) {
        if self.0.receiver_count() > 0 {
            // Only fails where the last onlooker has just left.
            let _ = self.0.send(change);
        }
    }
}
