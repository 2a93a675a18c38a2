//! What is removed once it was kept for long enough: finished deliveries with their attempts, events that no
//! delivery is left of, recovery jobs, and counts that no page reaches back to. What is pending stays.
//!
//! Who plays which part: one process takes the chore once an hour; it goes from organization to organization,
//! a batch at a time, and rests between batches, so that what comes in meanwhile hardly waits for it.

use crate::{
    model::{
        error::{AppError, FieldErrors},
        id::*,
        time::Time,
    },
    server::{
        access::{ManageOrganization, Permit},
        domain::audit::{self, Change},
        env::Env,
        store::{
            chores::{self, Due, SILENT_FOR},
            organizations,
            retention::{self as store, Old},
        },
    },
};
use serde_json::json;
use std::{ops::RangeInclusive, time::Duration};

/// Days that may be chosen.
pub const DAYS: RangeInclusive<u32> = 1..=365;
/// How often it is looked for what can go.
pub const EVERY: Duration = Duration::from_secs(3_600);
/// Rows of one kind that go at once: on SQLite they go with what is committed anyway, which must not become slower.
pub fn batch(env: &Env) -> i64 {
    if env.db.is_sqlite() { 20 } else { 200 }
}

const CHORE: &str = "retention";
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// Slices of a minute are shown for an hour, those of an hour for 30 days; each is kept a little longer.
const COUNTS_KEPT: [(i32, Duration); 2] =
    [(60, Duration::from_secs(2 * 24 * 3_600)), (3_600, Duration::from_secs(32 * 24 * 3_600))];

/// What came of a choice of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Saved,
    /// Fewer than now, and nobody has confirmed that: nothing is changed.
    Shorter {
        kept: u32,
        wanted: u32,
    },
}

/// Changes for how many days finished deliveries are kept; for fewer only where that is confirmed.
pub async fn keep_for(
    env: &Env,
    permit: &Permit<ManageOrganization>,
    days: &str,
    confirmed: bool,
) -> Result<Choice, AppError> {
    let mut errors = FieldErrors::default();
    let wrong = || format!("Give a whole number of days, {} to {}.", DAYS.start(), DAYS.end());
    let parsed = days.trim().parse().ok().filter(|days| DAYS.contains(days)).ok_or_else(wrong);
    let days: u32 = errors.take("retention_days", parsed).unwrap_or_default();
    errors.finish()?;
    let organization = permit.organization_id();
    let before = organizations::retention_days(&env.db, organization).await?;
    let kept = before.unsigned_abs();
    if days < kept && !confirmed {
        return Ok(Choice::Shorter { kept, wanted: days });
    }
    let days = i32::try_from(days).unwrap_or(i32::MAX);
    let change = Change::of(organization, &permit.organization().name)
        .before(json!({"retention_days": before}))
        .after(json!({"retention_days": days}));
    let entry = audit::entry(env, permit, "organization.retention_changed", change);
    organizations::keep_for(&env.db, organization, days, &entry).await?;
    Ok(Choice::Saved)
}

/// Takes the chore where it is due; answers whether it is this process's now.
pub async fn begin(env: &Env) -> Result<bool, AppError> {
    hold(env, env.now().minus(EVERY)).await
}

/// Says that this process is still at it; false where another has taken over.
pub async fn go_on(env: &Env) -> Result<bool, AppError> {
    hold(env, env.now()).await
}

async fn hold(env: &Env, done_by: Time) -> Result<bool, AppError> {
    let now = env.now();
    let due = Due { at_first: Time(0), done_by, silent_since: now.minus(SILENT_FOR) };
    Ok(chores::take(&env.db, CHORE, env.id, now, due).await?.is_some())
}

/// All is removed that can go.
pub async fn end(env: &Env) -> Result<(), AppError> {
    Ok(chores::done(&env.db, CHORE, env.id, env.now()).await?)
}

/// One organization's turn, and how far it is.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    organization: OrganizationId,
    /// Older goes.
    before: Time,
    place: Place,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Deliveries(DeliveryId),
    Events(EventId),
    Jobs,
    Counts(usize),
    Over,
}

/// A turn for each organization.
pub async fn turns(env: &Env) -> Result<Vec<Turn>, AppError> {
    let now = env.now();
    let all = store::days_of_every_organization(&env.db).await?;
    let turn = |(organization, days): (OrganizationId, i32)| {
        let days = u32::try_from(days).unwrap_or(*DAYS.end()).max(*DAYS.start());
        Turn { organization, before: now.minus(DAY * days), place: Place::Deliveries(DeliveryId::from_bytes([0; 16])) }
    };
    Ok(all.into_iter().map(turn).collect())
}

impl Turn {
    /// Removes the next batch; answers how many rows it removed, none where nothing is left to remove.
    pub async fn batch(&mut self, env: &Env) -> Result<u64, AppError> {
        loop {
            let (removed, next) = self.step(env).await?;
            self.place = next;
            if removed > 0 || matches!(self.place, Place::Over) {
                return Ok(removed);
            }
        }
    }

    /// One batch of one kind, and where to go on.
    async fn step(&self, env: &Env) -> Result<(u64, Place), sqlx::Error> {
        let Self { organization, before, place } = *self;
        let (db, most) = (&env.db, batch(env));
        Ok(match place {
            Place::Deliveries(after) => {
                let ids = store::finished_deliveries(db, organization, after, before, most).await?;
                match ids.last().copied() {
                    Some(last) => {
                        let old = Old::Deliveries { organization, ids, before };
                        (env.writer.remove(old).await?, Place::Deliveries(last))
                    }
                    None => (0, Place::Events(EventId::from_bytes([0; 16]))),
                }
            }
            Place::Events(after) => {
                let ids = store::events_without_deliveries(db, organization, after, before, most).await?;
                match ids.last().copied() {
                    Some(last) => (env.writer.remove(Old::Events { organization, ids }).await?, Place::Events(last)),
                    None => (0, Place::Jobs),
                }
            }
            Place::Jobs => match store::remove_jobs(db, organization, before, most).await? {
                0 => (0, Place::Counts(0)),
                removed => (removed, Place::Jobs),
            },
            Place::Counts(which) => match COUNTS_KEPT.get(which) {
                Some((slice, kept)) => {
                    let before = env.now().minus(*kept);
                    // At most so many slices at once; each has some dozen counts.
                    let span = Duration::from_secs(u64::from(slice.unsigned_abs()) * 20);
                    match store::remove_counts(db, organization, *slice, before, span).await? {
                        0 => (0, Place::Counts(which + 1)),
                        removed => (removed, Place::Counts(which)),
                    }
                }
                None => (0, Place::Over),
            },
            Place::Over => (0, Place::Over),
        })
    }
}
