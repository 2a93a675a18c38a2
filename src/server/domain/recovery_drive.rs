//! Driving recovery jobs: a few deliveries at a time, at most the job's rate, never many under way, so that
//! what is new need not wait behind what is recovered.
//!
//! Who plays which part: each worker looks at the jobs that nobody else drives; a step of the store takes
//! hold of one, counts what has finished and sets the next few going; lanes deliver them like any other.
//! A worker that stops is followed by another, or by itself after the next start: the place that a job has
//! come to is kept with it. What is NOT promised: that a job ends as fast as its rate; a slow receiver sets
//! the pace.

use super::{
    audit::{self, Change},
    live::DeliveryChange,
    recovery::recoverable,
    subscriptions,
};
use crate::{
    model::{delivery::DeliveryStatus, error::AppError, id::*, log_filter::LogQuery, recovery::*, time::Time},
    server::{
        access::Actor,
        env::Env,
        fault::fault,
        store::{
            chores::SILENT_FOR,
            log,
            recoveries::{self as store, RecoveryRow, Turn},
            recovery_step::{self, Step},
        },
    },
};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

/// How often a job takes a step.
pub const STEP: Duration = Duration::from_millis(250);
/// Deliveries of a job that are under way at the same time.
const UNDER_WAY: i32 = 64;
/// How often a process says that a job which waits for its receiver is its own.
const HOLD_EVERY: Duration = Duration::from_secs(5);

/// What each job may still begin, and when that was reckoned.
#[derive(Debug, Default)]
pub struct Pace(HashMap<JobId, Allowance>);

#[derive(Debug, Clone, Copy)]
struct Allowance {
    deliveries: f64,
    at: Time,
    /// When its row was last written here.
    stepped_at: Time,
}

impl Allowance {
    fn first(now: Time, rate: f64) -> Self {
        Self { deliveries: (rate * STEP.as_secs_f64()).max(1.0), at: now, stepped_at: Time::default() }
    }
    /// Never more than a second's worth: a job that had to wait does not make up for it at once.
    fn grown(self, now: Time, rate: f64) -> Self {
        let deliveries = (self.deliveries + rate * now.since(self.at).as_secs_f64()).min(rate.max(1.0));
        Self { deliveries, at: now, ..self }
    }
}

/// One round over all jobs of this process; answers how many there are.
pub async fn round(env: &Env, pace: &mut Pace) -> Result<usize, AppError> {
    let gone_before = env.now().minus(SILENT_FOR);
    let jobs = store::to_drive_of_any_organization(&env.db, env.id, gone_before).await?;
    let there: HashSet<JobId> = jobs.iter().map(|job| job.id).collect();
    pace.0.retain(|id, _| there.contains(id));
    for job in &jobs {
        let now = env.now();
        let rate = f64::from(job.rate);
        let known = pace.0.get(&job.id).map(|allowance| allowance.grown(now, rate));
        let mut allowance = known.unwrap_or_else(|| Allowance::first(now, rate));
        // A job that fails must not hold up the others.
        if let Err(error) = step(env, job, &mut allowance, gone_before).await {
            tracing::warn!(job = %job.id, %error, "a recovery job could not take its step; it tries again");
        }
        pace.0.insert(job.id, allowance);
    }
    Ok(jobs.len())
}

async fn step(env: &Env, job: &RecoveryRow, allowance: &mut Allowance, gone_before: Time) -> Result<(), AppError> {
    let (organization, now) = (job.organization_id, env.now());
    let query: LogQuery = serde_json::from_str(&job.filter).map_err(fault)?;
    let filter = query.parse()?;
    let status = can_recover(filter.status).map_err(fault)?;
    if job.state == RecoveryState::Running && stopped_by_its_webhook(env, job, filter.webhook_id).await? {
        return Ok(());
    }
    let is_walking = job.state == RecoveryState::Running && !job.walked;
    let room = usize::try_from(UNDER_WAY - job.in_flight).unwrap_or(0).min(allowance.deliveries as usize);
    let mut next = Vec::new();
    if is_walking
        && room > 0
        && let Some(criteria) = recoverable(env, organization, &filter, job.created_at).await?
    {
        next = log::ids_after(&env.db, organization, &criteria, job.reached, room as u32).await?;
    }
    let walked = is_walking && room > 0 && next.len() < room;
    let held_long_enough = now.since(allowance.stepped_at) < HOLD_EVERY;
    if next.is_empty()
        && !walked
        && held_long_enough
        && !recovery_step::has_finished(&env.db, organization, job.id).await?
    {
        return Ok(());
    }
    allowance.deliveries -= next.len() as f64;
    allowance.stepped_at = now;
    let step = Step {
        organization_id: organization,
        id: job.id,
        driver: env.id,
        gone_before,
        now,
        reached: job.reached,
        next: &next,
        walked,
        status,
        finished_by: job.created_at,
        requested_by: &job.requested_by,
    };
    if let Some(stepped) = recovery_step::take(&env.db, &step).await? {
        tell(env, organization, &stepped.begun);
    }
    Ok(())
}

/// The lanes fetch what was set going; onlookers see it pending.
fn tell(env: &Env, organization_id: OrganizationId, begun: &[(DeliveryId, WebhookId)]) {
    let webhooks: HashSet<WebhookId> = begun.iter().map(|(_, webhook)| *webhook).collect();
    for webhook in webhooks {
        env.lanes.more_is_stored(organization_id, webhook);
    }
    for (delivery_id, webhook_id) in begun.iter().copied() {
        let status = DeliveryStatus::Pending;
        env.live.tell(DeliveryChange { organization_id, delivery_id, webhook_id, status });
    }
}

/// A job of one webhook waits where that was switched off, and ends where it was deleted.
async fn stopped_by_its_webhook(env: &Env, job: &RecoveryRow, webhook: Option<WebhookId>) -> Result<bool, AppError> {
    let Some(webhook) = webhook else { return Ok(false) };
    let index = subscriptions::of(env, job.organization_id).await?;
    let (to, action, note) = match index.get(webhook) {
        Some(webhook) if webhook.active => return Ok(false),
        Some(_) => (
            RecoveryState::Paused,
            "recovery.paused",
            "Its webhook was switched off. Switch it on, then resume this job.",
        ),
        None => (RecoveryState::Cancelled, "recovery.cancelled", "Its webhook was deleted."),
    };
    let change = Change::of(job.id, "Recovery");
    let entry = audit::by_actor(env, job.organization_id, &Actor::System, None, action, change);
    let turn = Turn { from: &[RecoveryState::Running], to, note: Some(note), now: env.now() };
    Ok(store::change(&env.db, job.organization_id, job.id, &turn, &entry).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_grows_with_time_up_to_a_second_and_begins_with_a_step() {
        let start = Time::from_seconds(1);
        let first = Allowance::first(start, 100.0);
        assert_eq!(first.deliveries as usize, 25);
        let spent = Allowance { deliveries: 0.0, ..first };
        assert_eq!(spent.grown(start.plus(STEP), 100.0).deliveries as usize, 25);
        assert_eq!(spent.grown(start.plus(Duration::from_secs(3_600)), 100.0).deliveries as usize, 100);
        assert_eq!(Allowance::first(start, 1.0).deliveries as usize, 1);
    }
}
