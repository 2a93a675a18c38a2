//! The loop: refills lanes, looks for what is due when something is, and else sleeps. A timer set by whatever
//! plans a retry rouses it; a look every few seconds is the net below.

use super::{lanes::Key, others::Others, outage, rest::Rest};
use crate::{
    model::{delivery::Trigger, time::Time},
    server::{
        domain::{
            attempts::{claim, make, record},
            job::{Job, Verdict},
            lease::give_back_forgotten,
            subscriptions,
        },
        env::Env,
        store::{claims, db::said, events::KEYS_KEPT, processes},
    },
};
use futures::FutureExt;
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Longest sleep; also how often a process says that it is there.
pub const NET: Duration = Duration::from_secs(5);
/// Batches of old keys that one round forgets: more than any round adds.
const KEY_ROUNDS: usize = 100;
/// Time between two comparisons of what this process holds with what the database says.
/// It reads everything that waits.
const COMPARE_EVERY: Duration = Duration::from_secs(15 * 60);
/// Pause after the database did not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// For so long lanes are refilled in one turn, which also says that this process is there.
const REFILLING: Duration = Duration::from_secs(5);
/// A turn that has taken so long waits for a connection that was cut without a word.
pub const SILENT: Duration = Duration::from_secs(120);

/// A clock that is behind the last turn's by more than this was set back.
const SET_BACK: Duration = Duration::from_secs(1);
/// How often it is looked for what it has left, until it is as late as it had been.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// When what is done now and then was last done, or is next due.
#[derive(Default)]
struct Timetable {
    /// The last turn.
    latest: Time,
    /// Whether what is stored may be of a clock that was ahead, as before this process began.
    is_of_any_clock: bool,
    /// The latest time of a clock that was ahead, as this process has seen it.
    ahead_until: Time,
    /// Last look for what such a clock has left.
    looked: Time,
    /// Next look at the database that nobody asked for.
    net: Time,
    /// Last comparison of leases with the database's.
    compared: Time,
    others: Others,
}

/// Goes round until it is stopped.
pub async fn run(env: Env, role: &'static str, stop: CancellationToken) {
    let mut timetable = Timetable { is_of_any_clock: true, ..Timetable::default() };
    while !stop.is_cancelled() {
        let now = env.now();
        env.pulse.beat(now);
        let turn = tokio::time::timeout(SILENT, turn(&env, role, &mut timetable, now)).await;
        let turn = turn.unwrap_or_else(|_| {
            // It may have claimed something.
            env.leases.doubt();
            Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))
        });
        if let Err(error) = &turn {
            tracing::warn!(error = said(error), "the worker could not look for work");
        }
        let latest = if turn.is_ok() { timetable.net } else { now.plus(PAUSE) };
        let wake = env.wake.due().filter(|_| turn.is_ok()).map_or(latest, |due| due.min(latest));
        tokio::select! {
            () = stop.cancelled() => {}
            () = env.wake.rung(), if turn.is_ok() => {}
            () = env.clock.sleep_until(wake) => {}
        }
    }
}

/// One time round. Errors with the first thing that failed; all others were done.
async fn turn(env: &Env, role: &str, timetable: &mut Timetable, now: Time) -> Result<(), sqlx::Error> {
    let Timetable { latest, is_of_any_clock, ahead_until, looked, net, compared, others } = timetable;
    if latest.since(now) > SET_BACK {
        *is_of_any_clock = true;
        *ahead_until = (*ahead_until).max(*latest);
    }
    *latest = now;
    // What was held then comes free later, and is written by that clock.
    *is_of_any_clock |= now < *ahead_until && now >= looked.plus(LOOK_AGAIN);
    // What fails is told and tried again in a moment; it keeps nothing from being claimed.
    let mut outcome = Ok(());
    let mut note = |done: Result<(), sqlx::Error>| outcome = std::mem::replace(&mut outcome, Ok(())).and(done);
    // A clock that was set back must not hold the net up.
    let net_is_due = now >= *net || net.since(now) > NET;
    if net_is_due {
        say_so(env, role, now).await?;
        note(take_over(env, others, now).await);
        note(forget_keys(env, now).await);
        note(free_forgotten(env, compared, now).await);
        env.lanes.forget_old();
    }
    if net_is_due || env.wake.due().is_some_and(|due| due <= now) {
        note(look(env, now).await);
    }
    if net_is_due {
        *net = now.plus(NET);
        if let Some(due) = others.first_due().filter(|due| *due > now) {
            *net = due.min(*net);
        }
    }
    note(outage::write_down(env, now).await);
    note(refill(env).await);
    if *is_of_any_clock {
        let due = make_due(env, now).await;
        *is_of_any_clock = due.as_ref().is_ok_and(|there_is_more| *there_is_more) || due.is_err();
        *looked = now;
        note(due.map(drop));
    }
    outcome
}

/// Makes due what a clock that was ahead has left for later; answers whether there is more.
async fn make_due(env: &Env, now: Time) -> Result<bool, sqlx::Error> {
    let count = claims::make_due_of_any_organization(&env.db, now).await?;
    if count > 0 {
        tracing::warn!(deliveries = count, "the clock was set back; what waited for the time before does not");
        env.wake.at(Time::default());
    }
    Ok(count >= u64::from(claims::MADE_DUE))
}

/// Tells lanes what is due, and the timer what comes next.
async fn look(env: &Env, now: Time) -> Result<(), sqlx::Error> {
    let due = env.wake.take_due();
    let free = claims::free_of_any_organization(&env.db).await.inspect_err(|_| {
        // It is looked again after a pause.
        due.into_iter().for_each(|due| env.wake.at(due));
    })?;
    for free in free {
        if free.due <= now {
            env.lanes.more_is_stored(free.organization_id, free.webhook_id);
        } else {
            env.wake.at(free.due);
        }
    }
    Ok(())
}

/// Claims for the lanes that want something. Where the database fails or takes its time, every lane that is still to be
/// refilled is told so, and asks again.
async fn refill(env: &Env) -> Result<(), sqlx::Error> {
    if !env.holds_leases() {
        // Nothing of it would be started.
        return Ok(());
    }
    let again =
        |rest: Vec<(Key, usize)>| rest.into_iter().for_each(|(key, _)| env.lanes.refilled(key, Vec::new(), true));
    let mut lanes = Rest::new(env.lanes.take_refills(), again);
    let until = Instant::now() + REFILLING;
    while let Some((key, room)) = lanes.first().copied()
        && Instant::now() < until
    {
        // Its rate holds from the first one on. What is wrong with it is told by the attempt.
        let _ = subscriptions::of(env, key.0).await;
        let room = room.min(env.lanes.most_of(key));
        let (jobs, more) = claim::due(env, key.0, key.1, room).await.inspect_err(|_| env.leases.doubt())?;
        lanes.done();
        env.lanes.refilled(key, jobs, more);
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

/// Says that this process is there.
async fn say_so(env: &Env, role: &str, now: Time) -> Result<(), sqlx::Error> {
    if !env.holds_leases() {
        // Frozen, or cut off from the database: what waits here may be another's.
        env.lanes.release_waiting();
    }
    let told = processes::beat(&env.db, env.id, role, now).await;
    env.writer.note_beat(&told);
    told?;
    env.pulse.told(now);
    Ok(())
}

/// Looks who else is there, and takes over from those that have ended.
async fn take_over(env: &Env, others: &mut Others, now: Time) -> Result<(), sqlx::Error> {
    if env.db.is_sqlite() {
        return Ok(());
    }
    let there = processes::others(&env.db, env.id).await?;
    env.lanes.share_rates(1 + u32::try_from(there.iter().filter(|other| other.is_worker).count()).unwrap_or(0));
    let gone = others.silent(there.into_iter().map(|other| (other.id, other.seen_at)), now);
    if !gone.is_empty() {
        let freed = processes::take_over_from_any_organization(&env.db, &gone, now).await?;
        tracing::warn!(processes = gone.len(), deliveries = freed, "took over from processes that have ended");
    }
    Ok(())
}

async fn forget_keys(env: &Env, now: Time) -> Result<(), sqlx::Error> {
    for _ in 0..KEY_ROUNDS {
        if claims::forget_keys_of_any_organization(&env.db, now.minus(KEYS_KEPT)).await?
            < u64::from(claims::KEYS_AT_ONCE)
        {
            break;
        }
    }
    Ok(())
}

/// Gives back what the database says this process holds and it knows nothing of: at once after the
/// database failed to confirm a write, and now and then in any case. Only this loop claims without knowing what it will get, so nothing
/// that is being claimed is mistaken for forgotten.
async fn free_forgotten(env: &Env, compared: &mut Time, now: Time) -> Result<(), sqlx::Error> {
    let is_due = now >= compared.plus(COMPARE_EVERY) || now < *compared;
    if !env.leases.take_doubt() && !is_due {
        return Ok(());
    }
    let given_back = give_back_forgotten(env).await;
    match &given_back {
        Ok(()) => *compared = now,
        Err(_) => env.leases.doubt(),
    }
    given_back
}

/// Makes one attempt.
pub async fn attempt(env: Env, job: Job) {
    let mut flight = env.lanes.flight(&job);
    if !env.holds_leases() {
        return env.lanes.release(job);
    }
    let made = match AssertUnwindSafe(make::attempt(&env, &job)).catch_unwind().await {
        Ok(made) => made,
        Err(_) => {
            tracing::error!(delivery = %job.delivery_id, "an attempt panicked");
            make::faulty(&env, &job).await
        }
    };
    match made {
        Ok(made) => {
            flight.verdict = made.verdict;
            if job.trigger == Trigger::Manual && made.verdict == Verdict::Success {
                env.lanes.works_again(job.key());
            }
            let unrecorded = env.lanes.unrecorded(job.key());
            record::queue(&env, made, unrecorded.are_many, (job.lease, unrecorded)).await;
        }
        // The database is away.
        Err(error) => {
            tracing::warn!(delivery = %job.delivery_id, %error, "an attempt could not be made; it is given back");
            give_back(&env, &job).await;
        }
    }
}

/// Tries until the database takes it: a lease of a process that lives is nobody else's to void.
async fn give_back(env: &Env, job: &Job) {
    loop {
        env.clock.sleep_until(env.now().plus(PAUSE)).await;
        match claims::give_back(&env.db, job.organization_id, job.delivery_id, env.id).await {
            Ok(_) => return env.lanes.more_is_stored(job.organization_id, job.webhook_id),
            Err(error) => {
                tracing::warn!(delivery = %job.delivery_id, error = said(&error), "a delivery could not be given back yet")
            }
        }
    }
}
