//! Outages that lanes have noticed, written down: leases go back, and the webhook says until when it rests.

use super::{lanes::Key, pace::Change};
use crate::{
    model::{id::DeliveryId, time::Time},
    server::{
        env::Env,
        store::{claims, outages},
    },
};

/// Gives back what lanes no longer want; answers of which. What could not be given back is given back the next time.
pub async fn give_back(env: &Env) -> Result<Vec<Key>, sqlx::Error> {
    let mut given = Vec::new();
    let mut released = env.lanes.take_released().into_iter();
    while let Some(((organization, webhook), leases)) = released.next() {
        let ids: Vec<DeliveryId> = leases.iter().map(|lease| lease.id()).collect();
        if let Err(error) = claims::give_back_all(&env.db, organization, &ids, env.id).await {
            env.lanes.still_released(std::iter::once(((organization, webhook), leases)).chain(released).collect());
            return Err(error);
        }
        given.push((organization, webhook));
    }
    Ok(given)
}

/// Writes what has come up since the last time.
pub async fn write_down(env: &Env, now: Time) -> Result<(), sqlx::Error> {
    give_back(env).await?;
    let mut changes = env.lanes.take_changes().into_iter();
    while let Some(((organization, webhook), change)) = changes.next() {
        let until = match change {
            Change::Opened(until) if until > now => Some(until),
            // One is being sent to see.
            Change::Opened(_) => continue,
            Change::Closed => None,
        };
        tracing::info!(%organization, %webhook, until = until.map(Time::rfc3339), "outage of a receiver");
        if let Err(error) = outages::rests_until(&env.db, organization, webhook, until).await {
            env.lanes.still_to_write(std::iter::once(((organization, webhook), change)).chain(changes).collect());
            return Err(error);
        }
    }
    Ok(())
}
