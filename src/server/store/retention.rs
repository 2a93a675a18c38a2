//! Removing what was kept for long enough, a batch at a time: first it is looked for beside the writer, then
//! removed by id in one short transaction, where it still is what was looked for.

use super::{
    batch::{batches, push_list},
    db::Db,
    log_conditions::id_at,
};
use crate::model::{id::*, time::Time};
use sqlx::QueryBuilder;
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

/// On Postgres what is removed need not be on the disk at once: what a power cut brings back goes the next time. So
/// it waits for no disk, and nobody else waits for its turn at one.
const BEGIN: &str = "begin; set local synchronous_commit = off";

const REMOVE: &str = "with gone as (delete from deliveries where organization_id = $1 and status <> 0 \
        and completed_at < $2 and id = any($3) returning id), \
    tried as (delete from attempts where organization_id = $1 and delivery_id = any(array(select id from gone))) \
    select count(*) from gone";

/// Removes those of the deliveries that still are finished, with their attempts; answers how many.
pub async fn remove_deliveries(
    db: &Db,
    organization: OrganizationId,
    ids: &[DeliveryId],
    before: Time,
) -> Result<u64, sqlx::Error> {
    match db {
        Db::Sqlite(sqlite) => {
            let _turn = sqlite.turn().await;
            let mut tx = sqlite.write.begin_with("BEGIN IMMEDIATE").await?;
            let mut removed: Vec<DeliveryId> = Vec::new();
            for batch in batches(ids) {
                let mut delete = QueryBuilder::new("delete from deliveries where organization_id = ");
                delete.push_bind(organization).push(" and status <> 0 and completed_at < ").push_bind(before);
                delete.push(" and id in ");
                push_list(&mut delete, batch);
                let gone = delete.push(" returning id").build_query_scalar::<DeliveryId>().fetch_all(&mut *tx);
                removed.extend(gone.await?);
            }
            for batch in batches(&removed) {
                let mut delete = QueryBuilder::new("delete from attempts where organization_id = ");
                delete.push_bind(organization).push(" and delivery_id in ");
                push_list(&mut delete, batch);
                delete.build().execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(removed.len() as u64)
        }
        Db::Postgres(pool) => {
            let ids: Vec<Uuid> = ids.iter().map(|id| Uuid::from_bytes(id.bytes())).collect();
            let mut tx = pool.begin_with(BEGIN).await?;
            let remove = sqlx::query_scalar::<_, i64>(REMOVE).bind(organization).bind(before).bind(ids);
            let removed = remove.fetch_one(&mut *tx).await?;
            tx.commit().await?;
            Ok(removed.unsigned_abs())
        }
    }
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

const REMOVE_EVENTS: &str =
    concat!("delete from events where organization_id = $1 and ", no_delivery!(), " and id = any($2)");

/// Removes those of the events that still have no delivery; answers how many.
pub async fn remove_events(db: &Db, organization: OrganizationId, ids: &[EventId]) -> Result<u64, sqlx::Error> {
    match db {
        Db::Sqlite(sqlite) => {
            let _turn = sqlite.turn().await;
            let mut tx = sqlite.write.begin_with("BEGIN IMMEDIATE").await?;
            let mut removed = 0;
            for batch in batches(ids) {
                let mut delete = QueryBuilder::new("delete from events where organization_id = ");
                delete.push_bind(organization).push(concat!(" and ", no_delivery!(), " and id in "));
                push_list(&mut delete, batch);
                removed += delete.build().execute(&mut *tx).await?.rows_affected();
            }
            tx.commit().await?;
            Ok(removed)
        }
        Db::Postgres(pool) => {
            let ids: Vec<Uuid> = ids.iter().map(|id| Uuid::from_bytes(id.bytes())).collect();
            let mut tx = pool.begin_with(BEGIN).await?;
            let removed = sqlx::query(REMOVE_EVENTS).bind(organization).bind(ids).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(removed.rows_affected())
        }
    }
}

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
