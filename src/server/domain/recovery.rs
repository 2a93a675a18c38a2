//! Recovery: many finished deliveries sent again by a job. Started here; driven by the worker.
//!
//! One job at a time is open for a webhook, and one for the organization as a whole. The same wish again is
//! answered with the job that is at it; another wish meanwhile is a conflict.

use super::{
    audit::{self, Change},
    log::criteria,
    paging::{Page, read_cursor},
    subscriptions,
};
use crate::{
    model::{
        delivery::DeliveryStatus,
        error::AppError,
        id::*,
        log_filter::{LogFilter, LogQuery},
        recovery::*,
        time::Time,
    },
    server::{
        access::{Permission, Permit, ReadLogs, RetryDeliveries},
        env::Env,
        fault::fault,
        store::{
            log::{self as log_store, LogCriteria},
            recoveries::{self as store, RecoveryRow, Turn},
        },
    },
};
use serde_json::json;

/// What is to be sent again.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The log's filters, with a finished status.
    pub query: LogQuery,
    /// Deliveries a second; [`DEFAULT_RATE`] where none is given.
    pub rate: Option<u32>,
}

/// The filters and the status among them. Errors by the names of the log's fields.
fn read(query: &LogQuery) -> Result<(LogFilter, DeliveryStatus), AppError> {
    let filter = query.parse()?;
    if let (Some(from), Some(to)) = (filter.from, filter.to)
        && to < from
    {
        return Err(AppError::field("to", "This is before the beginning. Give a later time, or leave it out."));
    }
    let status = can_recover(filter.status).map_err(|message| AppError::field("status", message))?;
    Ok((filter, status))
}

/// What the store is asked for; none where nothing can match.
pub(super) async fn recoverable(
    env: &Env,
    organization: OrganizationId,
    filter: &LogFilter,
    finished_by: Time,
) -> Result<Option<LogCriteria>, AppError> {
    let criteria = criteria(env, organization, filter).await?;
    Ok(criteria.map(|criteria| LogCriteria { finished_by: Some(finished_by), recoverable: true, ..criteria }))
}

/// Counts what a job with these filters would send again. Tests and what belongs to webhooks that are
/// inactive or deleted are left out.
pub async fn preview(env: &Env, permit: &Permit<RetryDeliveries>, query: &LogQuery) -> Result<Recoverable, AppError> {
    let (filter, _) = read(query)?;
    count(env, permit.organization_id(), &filter, env.now()).await
}

async fn count(
    env: &Env,
    organization: OrganizationId,
    filter: &LogFilter,
    finished_by: Time,
) -> Result<Recoverable, AppError> {
    let Some(criteria) = recoverable(env, organization, filter, finished_by).await? else {
        return Ok(Recoverable::default());
    };
    let (count, oldest_at, newest_at) = log_store::span(&env.db, organization, &criteria).await?;
    Ok(Recoverable { count: u64::try_from(count).unwrap_or(0), oldest_at, newest_at })
}

/// Starts a job; it runs in the background. The same wish while its job is open answers that job.
/// Errors: Invalid (the log's fields, rate), NotFound (the webhook), Conflict (it is inactive, or has another job).
pub async fn start(env: &Env, permit: &Permit<RetryDeliveries>, wanted: Wanted) -> Result<Recovery, AppError> {
    let (organization, now) = (permit.organization_id(), env.now());
    let query = LogQuery { limit: String::new(), cursor: String::new(), ..wanted.query };
    let (filter, _) = read(&query)?;
    let rate = wanted.rate.unwrap_or(DEFAULT_RATE);
    if !(1..=MAX_RATE).contains(&rate) {
        return Err(AppError::field("rate_per_second", format!("Give a number from 1 to {MAX_RATE}.")));
    }
    is_reachable(env, organization, filter.webhook_id).await?;
    let found = count(env, organization, &filter, now).await?;
    let row = row(env, permit, &query, rate, found)?;
    let facts = json!({"filter": query.told(), "deliveries": found.count, "rate_per_second": rate});
    let entry = audit::entry(env, permit, "recovery.started", Change::of(row.id, "Recovery").after(facts));
    match store::add(&env.db, filter.webhook_id, &row, &entry).await? {
        None => {
            env.recoveries.notify_one();
            recovery(row)
        }
        Some(open) => {
            let open = recovery(open)?;
            let same = open.query.parse().is_ok_and(|theirs| theirs == filter);
            if same { Ok(open) } else { Err(AppError::Conflict(another(&open))) }
        }
    }
}

/// Whether what is sent would arrive at all.
async fn is_reachable(env: &Env, organization: OrganizationId, webhook: Option<WebhookId>) -> Result<(), AppError> {
    let Some(id) = webhook else { return Ok(()) };
    let index = subscriptions::of(env, organization).await?;
    let webhook = index.get(id).ok_or(AppError::NotFound)?;
    if webhook.active {
        return Ok(());
    }
    let why = "This webhook is inactive, so all of them would be skipped again. Switch it on first.";
    Err(AppError::Conflict(why.into()))
}

fn another(open: &Recovery) -> String {
    let whose = if open.query.webhook_id.is_empty() { "this organization" } else { "this webhook" };
    let state = open.state.label().to_lowercase();
    format!(
        "Another recovery of {whose} is open ({}, {state}). Wait until it has finished, or cancel it first.",
        open.id
    )
}

fn row(
    env: &Env,
    permit: &Permit<RetryDeliveries>,
    query: &LogQuery,
    rate: u32,
    found: Recoverable,
) -> Result<RecoveryRow, AppError> {
    let (now, empty) = (env.now(), found.count == 0);
    Ok(RecoveryRow {
        organization_id: permit.organization_id(),
        id: env.new_id(JobId::from_bytes),
        filter: serde_json::to_string(query).map_err(fault)?,
        state: if empty { RecoveryState::Finished } else { RecoveryState::Running },
        note: None,
        rate: i32::try_from(rate).unwrap_or(i32::MAX),
        requested_by: permit.actor().name().to_owned(),
        created_at: now,
        ended_at: empty.then_some(now),
        total: i64::try_from(found.count).unwrap_or(i64::MAX),
        oldest_at: found.oldest_at,
        newest_at: found.newest_at,
        reached: DeliveryId::from_bytes([0; 16]),
        walked: empty,
        in_flight: 0,
        succeeded: 0,
        failed: 0,
        left_out: 0,
    })
}

/// One job.
pub async fn get(env: &Env, permit: &Permit<ReadLogs>, id: JobId) -> Result<Recovery, AppError> {
    read_one(env, permit, id).await
}

async fn read_one<P: Permission>(env: &Env, permit: &Permit<P>, id: JobId) -> Result<Recovery, AppError> {
    store::get(&env.db, permit.organization_id(), id).await?.map(recovery).unwrap_or(Err(AppError::NotFound))
}

/// A page of jobs, newest first.
pub async fn page(
    env: &Env,
    permit: &Permit<ReadLogs>,
    limit: u32,
    cursor: Option<&str>,
) -> Result<Page<Recovery>, AppError> {
    let before = JobId::from_bytes(read_cursor(cursor)?);
    let rows = store::page(&env.db, permit.organization_id(), before, i64::from(limit) + 1).await?;
    let Page { data, next_cursor } = Page::of(rows, limit, |row| row.id.bytes());
    Ok(Page { data: data.into_iter().map(recovery).collect::<Result<_, _>>()?, next_cursor })
}

/// How many jobs are running or paused.
pub async fn open_ones(env: &Env, permit: &Permit<ReadLogs>) -> Result<u64, AppError> {
    Ok(u64::try_from(store::open_ones(&env.db, permit.organization_id()).await?).unwrap_or(0))
}

/// Begins nothing more; what is under way ends and is still counted. Conflict once it has ended.
pub async fn cancel(env: &Env, permit: &Permit<RetryDeliveries>, id: JobId) -> Result<Recovery, AppError> {
    let open = [RecoveryState::Running, RecoveryState::Paused];
    change(env, permit, id, "recovery.cancelled", &open, RecoveryState::Cancelled).await
}

/// Begins nothing more until it is resumed. Conflict unless it runs.
pub async fn pause(env: &Env, permit: &Permit<RetryDeliveries>, id: JobId) -> Result<Recovery, AppError> {
    change(env, permit, id, "recovery.paused", &[RecoveryState::Running], RecoveryState::Paused).await
}

/// Goes on. Conflict unless it is paused.
pub async fn resume(env: &Env, permit: &Permit<RetryDeliveries>, id: JobId) -> Result<Recovery, AppError> {
    let job = read_one(env, permit, id).await?;
    let webhook = job.query.parse().ok().and_then(|filter| filter.webhook_id);
    if job.state == RecoveryState::Paused {
        is_reachable(env, permit.organization_id(), webhook).await?;
    }
    change(env, permit, id, "recovery.resumed", &[RecoveryState::Paused], RecoveryState::Running).await
}

async fn change(
    env: &Env,
    permit: &Permit<RetryDeliveries>,
    id: JobId,
    action: &'static str,
    from: &[RecoveryState],
    to: RecoveryState,
) -> Result<Recovery, AppError> {
    let entry = audit::entry(env, permit, action, Change::of(id, "Recovery"));
    let turn = Turn { from, to, note: None, now: env.now() };
    let done = store::change(&env.db, permit.organization_id(), id, &turn, &entry).await?;
    env.recoveries.notify_one();
    let job = read_one(env, permit, id).await?;
    if done {
        return Ok(job);
    }
    let refused = match to {
        RecoveryState::Paused => job.state.can_pause(),
        RecoveryState::Running => job.state.can_resume(),
        _ => job.state.is_open(),
    };
    Err(AppError::Conflict(refused.err().unwrap_or("It has just changed. Look again.").into()))
}

pub(super) fn recovery(row: RecoveryRow) -> Result<Recovery, AppError> {
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok(Recovery {
        id: row.id,
        query: serde_json::from_str(&row.filter).map_err(fault)?,
        state: row.state,
        note: row.note,
        rate: u32::try_from(row.rate).unwrap_or(1),
        requested_by: row.requested_by,
        created_at: row.created_at,
        ended_at: row.ended_at,
        total: count(row.total),
        oldest_at: row.oldest_at,
        newest_at: row.newest_at,
        succeeded: count(row.succeeded),
        failed: count(row.failed),
        left_out: count(row.left_out),
        in_flight: u32::try_from(row.in_flight).unwrap_or(0),
    })
}
