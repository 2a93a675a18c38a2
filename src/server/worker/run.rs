//! The loop: refills lanes, looks for what is due when something is, and else sleeps. A timer set by whatever
//! plans a retry rouses it; a look every few seconds is the net below.

use super::{lanes::Key, outage};
use crate::{
    model::{delivery::Trigger, time::Time},
    server::{
        domain::{
            attempts::{claim, make, record},
            job::{Job, Verdict},
            news::GONE_AFTER,
        },
        env::Env,
        store::{claims, events::KEYS_KEPT, processes},
    },
};
use futures::FutureExt;
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio_util::sync::CancellationToken;

/// Longest sleep; also how often a process says that it is there.
pub const NET: Duration = Duration::from_secs(5);
/// Pause after the database did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// Goes round until it is stopped.
pub async fn run(env: Env, role: &'static str, stop: CancellationToken) {
    let mut net = Time::default();
    while !stop.is_cancelled() {
        let now = env.now();
        env.pulse.beat(now);
        let turn = turn(&env, role, &mut net, now).await;
        if let Err(error) = &turn {
            tracing::warn!(%error, "the worker could not look for work");
        }
        let latest = now.plus(if turn.is_ok() { NET } else { PAUSE });
        let wake = env.wake.due().filter(|_| turn.is_ok()).map_or(latest, |due| due.min(latest));
        tokio::select! {
            () = stop.cancelled() => {}
            () = env.wake.rung(), if turn.is_ok() => {}
            () = env.clock.sleep_until(wake) => {}
        }
    }
}

/// One time round; `net` is when the net is next due.
async fn turn(env: &Env, role: &str, net: &mut Time, now: Time) -> Result<(), sqlx::Error> {
    // A clock that was set back must not hold the net up.
    let net_is_due = now >= *net || net.since(now) > NET;
    if net_is_due {
        tidy(env, role, now).await?;
    }
    if net_is_due || env.wake.due().is_some_and(|due| due <= now) {
        look(env, now).await?;
        *net = now.plus(NET);
    }
    outage::write_down(env, now).await?;
    for (key, room) in env.lanes.take_refills() {
        refill(env, key, room).await?;
    }
    Ok(())
}

/// Tells lanes what is due, and the timer what comes next.
async fn look(env: &Env, now: Time) -> Result<(), sqlx::Error> {
    env.wake.take_due();
    for free in claims::free_of_any_organization(&env.db).await? {
        if free.due <= now {
            env.lanes.more_is_stored(free.organization_id, free.webhook_id);
        } else {
            env.wake.at(free.due);
        }
    }
    Ok(())
}

async fn refill(env: &Env, key: Key, room: usize) -> Result<(), sqlx::Error> {
    match claim::due(env, key.0, key.1, room).await {
        Ok((jobs, more)) => env.lanes.refilled(key, jobs, more),
        Err(error) => {
            env.lanes.refilled(key, Vec::new(), true);
            return Err(error);
        }
    }
    Ok(())
}

/// Lets lanes go on whose time has come: after an outage, by a webhook's rate, by what a receiver asked for.
pub async fn rest(env: Env, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let next = env.lanes.rested_at();
        tokio::select! {
            () = stop.cancelled() => {}
            () = env.lanes.rest_changed() => {}
            () = env.clock.sleep_until(next.unwrap_or_default()), if next.is_some() => env.lanes.resume(),
        }
    }
}

/// What is done now and then: say that this process is there, take over from those that are not, forget old keys.
async fn tidy(env: &Env, role: &str, now: Time) -> Result<(), sqlx::Error> {
    processes::beat(&env.db, env.id, role, now).await?;
    if !env.db.is_sqlite() {
        let freed = processes::take_over_from_any_organization(&env.db, now.minus(GONE_AFTER)).await?;
        if freed > 0 {
            tracing::warn!(deliveries = freed, "took over from a process that has ended");
        }
    }
    claims::forget_keys_of_any_organization(&env.db, now.minus(KEYS_KEPT)).await.map(drop)
}

/// Makes attempts, one after the other, for as long as the lanes have one.
pub async fn attempts(env: Env, first: Job) {
    let mut job = Some(first);
    while let Some(current) = job {
        let (key, size) = (current.key(), current.size());
        let verdict = one(&env, &current).await;
        if current.trigger == Trigger::Manual && verdict == Verdict::Success {
            env.lanes.works_again(key);
        }
        job = env.lanes.finish(key, size, verdict);
    }
}

async fn one(env: &Env, job: &Job) -> Verdict {
    let made = match AssertUnwindSafe(make::attempt(env, job)).catch_unwind().await {
        Ok(made) => made,
        Err(_) => {
            tracing::error!(delivery = %job.delivery_id, "an attempt panicked");
            make::faulty(env, job).await
        }
    };
    match made {
        Ok(made) => {
            let verdict = made.verdict;
            record::queue(env, made).await;
            verdict
        }
        // The database is away.
        Err(error) => {
            tracing::warn!(delivery = %job.delivery_id, %error, "an attempt could not be made; it is given back");
            give_back(env, job).await;
            Verdict::Nothing
        }
    }
}

/// Tries until the database takes it: a lease of a process that lives is nobody else's to void.
async fn give_back(env: &Env, job: &Job) {
    loop {
        env.clock.sleep_until(env.now().plus(PAUSE)).await;
        match claims::give_back(&env.db, job.organization_id, job.delivery_id, env.id).await {
            Ok(()) => return env.lanes.more_is_stored(job.organization_id, job.webhook_id),
            Err(error) => tracing::warn!(delivery = %job.delivery_id, %error, "a delivery could not be given back yet"),
        }
    }
}
