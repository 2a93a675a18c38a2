//! Outages that lanes have noticed, written down: leases go back, and the webhook says until when it rests.

use super::{lanes::Key, pace::Change, rest::Rest};
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
    let mut released = Rest::new(env.lanes.take_released(), |rest| env.lanes.still_released(rest));
    while let Some((key, leases)) = released.first() {
        let ids: Vec<DeliveryId> = leases.iter().map(|lease| lease.id()).collect();
        claims::give_back_all(&env.db, key.0, &ids, env.id).await?;
        given.push(*key);
        released.done();
    }
    Ok(given)
}

/// Writes what has come up since the last time.
pub async fn write_down(env: &Env, now: Time) -> Result<(), sqlx::Error> {
    give_back(env).await?;
    let mut changes = Rest::new(env.lanes.take_changes(), |rest| env.lanes.still_to_write(rest));
    while let Some(((organization, webhook), change)) = changes.first() {
        let until = match change {
            Change::Opened(until) if *until > now => Some(Some(*until)),
            // One is being sent to see.
            Change::Opened(_) => None,
            Change::Closed => Some(None),
        };
        if let Some(until) = until {
            tracing::info!(%organization, %webhook, until = until.map(Time::rfc3339), "outage of a receiver");
            outages::rests_until(&env.db, *organization, *webhook, until).await?;
        }
        changes.done();
    }
    Ok(())
}
