//! Removing what was kept for long enough, a batch at a time: first it is looked for beside the writer, then
//! removed by id in one short transaction, where it still is what was looked for.

use super::{
    db::Db,
    group::{Desk, Group},
    log_conditions::id_at,
    statement::Statement,
};
use crate::model::{id::*, time::Time};
use std::time::Duration;
use uuid::Uuid;

/// Ids are drawn a moment after the time that `created_at` states, and clocks of several machines differ.
const SLACK: Duration = Duration::from_secs(60);

/// How many days each organization keeps its finished deliveries.
pub async fn days_of_every_organization(db: &Db) -> Result<Vec<(OrganizationId, i32)>, sqlx::Error> {
    let statement = "select id, retention_days from organizations order by id";
    on_db!(db, read pool => sqlx::query_as(statement).fetch_all(pool).await)
}

fn last_id(before: Time) -> Uuid {
    Uuid::from_bytes(id_at(before.plus(SLACK)))
}

const DELIVERIES: &str = "select id from deliveries where organization_id = $1 and id > $2 and id < $3 \
    and status <> 0 and completed_at < $4 order by id limit $5";

/// Deliveries that had finished before this time, after the one with the id `after`, oldest first.
pub async fn finished_deliveries(
    db: &Db,
    organization: OrganizationId,
    after: DeliveryId,
    before: Time,
    limit: i64,
) -> Result<Vec<DeliveryId>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_scalar(DELIVERIES).bind(organization).bind(after).bind(last_id(before))
        .bind(before).bind(limit).fetch_all(pool).await)
}

/// What is to go, of one organization: it goes where it still is what was looked for.
#[derive(Debug)]
pub enum Old {
    /// Deliveries that had finished before this time, with their attempts.
    Deliveries { organization: OrganizationId, ids: Vec<DeliveryId>, before: Time },
    /// Events that no delivery is left of.
    Events { organization: OrganizationId, ids: Vec<EventId> },
}

const REMOVE_DELIVERIES: &str = "with v (id) as ({rows}) delete from deliveries where organization_id = ? \
    and id in (select id from v) and status <> 0 and completed_at < ? returning id";
const REMOVE_ATTEMPTS: &str = "with v (id) as ({rows}) delete from attempts where organization_id = ? \
    and delivery_id in (select id from v)";

/// Removes it; answers how many deliveries or events went.
pub async fn remove(tx: &mut Group<'_>, old: &Old) -> Result<u64, sqlx::Error> {
    match old {
        Old::Deliveries { organization, ids, before } => {
            let wanted = Statement::of_rows(REMOVE_DELIVERIES, ids.iter().map(|id| [(*id).into()]));
            let gone = tx.fetch::<(DeliveryId,)>(wanted.with(*organization).with(*before)).await?;
            let attempts = Statement::of_rows(REMOVE_ATTEMPTS, gone.iter().map(|(id,)| [(*id).into()]));
            tx.later(attempts.with(*organization))?;
            Ok(gone.len() as u64)
        }
        Old::Events { organization, ids } => {
            let wanted = Statement::of_rows(REMOVE_EVENTS, ids.iter().map(|id| [(*id).into()]));
            let gone = tx.fetch::<(Option<String>,)>(wanted.with(*organization)).await?;
            let names = gone.iter().filter_map(|(name,)| name.as_ref()).map(|name| [name.into()]);
            tx.later(Statement::of_rows(REMOVE_GIVEN_IDS, names).with(*organization))?;
            Ok(gone.len() as u64)
        }
    }
}

/// The same in a transaction that waits for no disk on Postgres, and so keeps nobody else waiting for it: what a power cut
/// brings back goes the next time.
pub async fn remove_beside(db: &Db, old: &Old) -> Result<u64, sqlx::Error> {
    let mut desk = Desk::new(db.clone());
    let mut tx = desk.begin().await?;
    tx.execute(Statement::new("select set_config('synchronous_commit', 'off', true)", [])).await?;
    let removed = remove(&mut tx, old).await?;
    tx.commit().await?;
    Ok(removed)
}

macro_rules! no_delivery {
    () => {
        "not exists (select 1 from deliveries d where d.organization_id = events.organization_id \
         and d.event_id = events.id)"
    };
}

const EVENTS: &str = concat!(
    "select id from events where organization_id = $1 and id > $2 and id < $3 and created_at < $4 and ",
    no_delivery!(),
    " order by id limit $5"
);

/// Events from before this time that no delivery is left of, after the one with the id `after`, oldest first.
pub async fn events_without_deliveries(
    db: &Db,
    organization: OrganizationId,
    after: EventId,
    before: Time,
    limit: i64,
) -> Result<Vec<EventId>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_scalar(EVENTS).bind(organization).bind(after).bind(last_id(before))
        .bind(before).bind(limit).fetch_all(pool).await)
}

const REMOVE_EVENTS: &str = concat!(
    "with v (id) as ({rows}) delete from events where organization_id = ? and ",
    no_delivery!(),
    " and id in (select id from v) returning given_id"
);
const REMOVE_GIVEN_IDS: &str = "with v (given_id) as ({rows}) delete from given_ids where organization_id = ? \
    and given_id in (select given_id from v)";

const JOBS: &str = "delete from recoveries where organization_id = $1 and id in \
    (select id from recoveries where organization_id = $1 and ended_at < $2 and in_flight = 0 limit $3)";

/// Removes recovery jobs that ended before this time; answers how many.
pub async fn remove_jobs(db: &Db, organization: OrganizationId, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    on_db!(db, write pool => sqlx::query(JOBS).bind(organization).bind(before).bind(limit)
        .execute(pool).await.map(|done| done.rows_affected()))
}

const WITH_COUNTS: &str = "select w.id from webhooks w where w.organization_id = $1 and exists (select 1 from \
    health_rollups r where r.organization_id = w.organization_id and r.webhook_id = w.id and r.slice = $2 \
    and r.start_at < $3) order by w.id limit 1";
const COUNTS: &str = "delete from health_rollups where organization_id = $1 and webhook_id = $2 and slice = $3 \
    and start_at < $4 and start_at < (select min(start_at) from health_rollups where organization_id = $1 \
    and webhook_id = $2 and slice = $3) + $5";

/// Removes counts of slices of this length (in seconds) from before this time, of one webhook that has any,
/// as far as they reach over `span` from the first; answers how many.
pub async fn remove_counts(
    db: &Db,
    organization: OrganizationId,
    slice: i32,
    before: Time,
    span: Duration,
) -> Result<u64, sqlx::Error> {
    let found: Option<WebhookId> = on_db!(db, read pool => sqlx::query_scalar(WITH_COUNTS)
        .bind(organization).bind(slice).bind(before).fetch_optional(pool).await)?;
    let Some(webhook) = found else { return Ok(0) };
    let span = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    on_db!(db, write pool => sqlx::query(COUNTS).bind(organization).bind(webhook).bind(slice).bind(before).bind(span)
        .execute(pool).await.map(|done| done.rows_affected()))
}
