//! Which deliveries this process knows that it holds. Where the database names this process as the holder of
//! any other, nobody is going to send it: a commit went through and its answer was lost, or whoever asked for it
//! has left. The worker gives such leases back, or where there is none whoever tells the others of changes.
//!
//! What makes that safe: a lease is taken here before it is written to the database, and dropped after it was
//! taken out of it.

use crate::{
    model::id::DeliveryId,
    server::{
        env::Env,
        store::{claims, news::Item, processes},
    },
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

/// The leases of this process.
#[derive(Debug, Default)]
pub struct Leases {
    /// How many hold each: somebody may ask for a delivery that is under way.
    held: Mutex<HashMap<DeliveryId, u32>>,
    in_doubt: AtomicBool,
}

/// This process holds the delivery, or is about to; it no longer does once this is dropped.
#[derive(Debug)]
pub struct Lease {
    leases: Arc<Leases>,
    id: DeliveryId,
}

impl Leases {
    fn held(&self) -> MutexGuard<'_, HashMap<DeliveryId, u32>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// To be called before the database is told.
    pub fn take(self: &Arc<Self>, id: DeliveryId) -> Arc<Lease> {
        *self.held().entry(id).or_default() += 1;
        Arc::new(Lease { leases: self.clone(), id })
    }
    /// Those of the deliveries that this process does not know to be its own.
    pub fn unknown<K>(&self, mut leased: Vec<(K, DeliveryId)>) -> Vec<(K, DeliveryId)> {
        let held = self.held();
        leased.retain(|(_, id)| !held.contains_key(id));
        leased
    }
    /// The database may have written what it did not confirm.
    pub fn doubt(&self) {
        self.in_doubt.store(true, Relaxed);
    }
    /// Whether there was doubt since this was last asked.
    pub fn take_doubt(&self) -> bool {
        self.in_doubt.swap(false, Relaxed)
    }
}

impl Lease {
    pub fn id(&self) -> DeliveryId {
        self.id
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut held = self.leases.held();
        if let Some(holders) = held.get_mut(&self.id) {
            *holders -= 1;
            if *holders == 0 {
                held.remove(&self.id);
            }
        }
    }
}

/// Gives back what the database says this process holds and it knows nothing of.
pub async fn give_back_forgotten(env: &Env) -> Result<(), sqlx::Error> {
    if !env.db.is_sqlite() {
        // A process may have written a lease after it had left, and no row is there that could grow old.
        processes::take_over_from_any_organization(&env.db, &[], env.now()).await?;
    }
    let leased = claims::held_in_any_organization(&env.db, env.id).await?;
    for ((organization, webhook), id) in env.leases.unknown(leased) {
        if !claims::give_back(&env.db, organization, id, env.id).await? {
            // It was recorded since this was read.
            continue;
        }
        tracing::warn!(%organization, %webhook, delivery = %id, "a delivery was held and forgotten; it goes on");
        env.lanes.more_is_stored(organization, webhook);
        env.news.tell(Item::Stored(organization, webhook));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_a_delivery_that_is_held_takes_nothing_from_its_holder() {
        let (leases, id) = (Arc::new(Leases::default()), DeliveryId::from_bytes([1; 16]));
        let holder = leases.take(id);
        drop(leases.take(id));
        assert!(leases.unknown(vec![((), id)]).is_empty());
        drop(holder);
        assert_eq!(leases.unknown(vec![((), id)]), [((), id)]);
    }
}
