//! Claiming what is due, and giving it back.
//!
//! Who plays which part: a delivery that nobody holds and whose time has come is claimed by setting `leased_by`
//! in one conditional update; whoever holds it makes the attempt and records it. On SQLite there is one
//! process, which voids all leases when it starts; on Postgres those of a process that has stopped beating
//! are voided by the others. What is NOT promised: that a delivery is sent once; a process can die after
//! it has sent and before it has recorded.

use super::{
    batch::{batches, push_list},
    db::Db,
};
use crate::model::{delivery::Trigger, id::*, time::Time};
use sqlx::QueryBuilder;

/// A webhook with deliveries that nobody holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Free {
    pub organization_id: OrganizationId,
    pub webhook_id: WebhookId,
    /// When the first of them is due.
    pub due: Time,
}

// Steps from organization to organization and from webhook to webhook along the index: what it costs
// grows with the number of webhooks that have something waiting, not with the number of deliveries.
macro_rules! free {
    ($deliveries:literal) => {
        concat!(
            "with recursive o (id) as ( \
                select (select d.organization_id from ",
            $deliveries,
            " where d.status = 0 and d.leased_by is null \
                    order by d.organization_id limit 1) \
                union all select (select d.organization_id from ",
            $deliveries,
            " where d.status = 0 \
                    and d.leased_by is null and d.organization_id > o.id order by d.organization_id limit 1) \
                    from o where o.id is not null), \
              w (organization_id, id) as ( \
                select o.id, (select d.webhook_id from ",
            $deliveries,
            " where d.status = 0 and d.leased_by is null \
                    and d.organization_id = o.id order by d.webhook_id limit 1) from o where o.id is not null \
                union all select w.organization_id, (select d.webhook_id from ",
            $deliveries,
            " where d.status = 0 \
                    and d.leased_by is null and d.organization_id = w.organization_id and d.webhook_id > w.id \
                    order by d.webhook_id limit 1) from w where w.id is not null) \
              select w.organization_id, w.id as webhook_id, (select d.next_attempt_at from ",
            $deliveries,
            " \
                where d.status = 0 and d.leased_by is null and d.organization_id = w.organization_id \
                and d.webhook_id = w.id order by d.next_attempt_at limit 1) as due from w where w.id is not null"
        )
    };
}

/// Every webhook of any organization that has deliveries which nobody holds.
pub async fn free_of_any_organization(db: &Db) -> Result<Vec<Free>, sqlx::Error> {
    // The dialect piece: SQLite would go through what is held as well.
    let statement =
        if db.is_sqlite() { free!("deliveries d indexed by deliveries_free") } else { free!("deliveries d") };
    let found: Vec<(OrganizationId, WebhookId, Option<Time>)> =
        on_db!(db, read pool => sqlx::query_as(statement).fetch_all(pool).await)?;
    // A delivery may have been claimed between two steps.
    let free = |(organization_id, webhook_id, due): (_, _, Option<Time>)| {
        Some(Free { organization_id, webhook_id, due: due? })
    };
    Ok(found.into_iter().filter_map(free).collect())
}

/// A claimed delivery.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Claimed {
    pub id: DeliveryId,
    pub event_id: EventId,
    pub attempt_count: i32,
    pub max_attempts: i32,
    pub next_trigger: Trigger,
    pub triggered_by: Option<String>,
    pub next_attempt_at: Time,
}

macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "update deliveries set leased_by = $3 where organization_id = $1 and id in \
             (select id from deliveries where organization_id = $1 and webhook_id = $2 and status = 0 \
              and leased_by is null and next_attempt_at <= $4 order by next_attempt_at, id limit $5",
            $lock,
            ") returning id, event_id, attempt_count, max_attempts, next_trigger, triggered_by, next_attempt_at"
        )
    };
}

/// Claims up to `limit` due deliveries of a webhook, those that have waited longest first.
pub async fn claim(
    db: &Db,
    organization: OrganizationId,
    webhook: WebhookId,
    holder: ProcessId,
    now: Time,
    limit: usize,
) -> Result<Vec<Claimed>, sqlx::Error> {
    // The dialect piece: Postgres passes over what another process is claiming.
    let statement = if db.is_sqlite() { claim!("") } else { claim!(" for update skip locked") };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut claimed: Vec<Claimed> = on_db!(db, write pool => sqlx::query_as(statement)
        .bind(organization).bind(webhook).bind(holder).bind(now).bind(limit).fetch_all(pool).await)?;
    claimed.sort_unstable_by_key(|row| (row.next_attempt_at, row.id));
    Ok(claimed)
}

macro_rules! by_another_clock {
    () => {
        "d.status = 0 and d.leased_by is null and d.next_attempt_at > $1 and (d.attempt_count = 0 or d.next_trigger <> 0 \
         or exists (select 1 from attempts a where a.organization_id = d.organization_id and a.delivery_id = d.id \
         and a.number = d.attempt_count and a.started_at <= d.next_attempt_at \
         and d.next_attempt_at - a.started_at < a.started_at - $1))"
    };
}

const IS_BY_ANOTHER_CLOCK: &str = concat!("select exists (select 1 from deliveries d where ", by_another_clock!(), ")");

macro_rules! due_by_this_clock {
    ($lock:literal) => {
        concat!(
            "update deliveries set next_attempt_at = $1 + case when next_trigger <> 0 then 0 else coalesce( \
                (select deliveries.next_attempt_at - a.started_at from attempts a \
                where a.organization_id = deliveries.organization_id and a.delivery_id = deliveries.id \
                and a.number = deliveries.attempt_count), 0) end \
             where status = 0 and leased_by is null and next_attempt_at > $1 and (organization_id, id) in \
             (select d.organization_id, d.id from deliveries d where ",
            by_another_clock!(),
            " limit $2",
            $lock,
            ")"
        )
    };
}

/// Deliveries that are made due with one statement.
pub const MADE_DUE: u32 = 1_000;

/// The clock was set back: what was written before would wait until it has come so far again. What nothing was tried for,
/// or somebody asked for, was due at once, and is. A retry that would wait more than twice as long as it was to waits as
/// long from now on. [`MADE_DUE`] at most; answers how many. Done twice it changes nothing more.
pub async fn make_due_of_any_organization(db: &Db, now: Time) -> Result<u64, sqlx::Error> {
    // Mostly there is none. SQLite's one writer need not look through all that waits to know that.
    if db.is_sqlite() {
        let is_any: bool =
            on_db!(db, read pool => sqlx::query_scalar(IS_BY_ANOTHER_CLOCK).bind(now).fetch_one(pool).await)?;
        if !is_any {
            return Ok(0);
        }
    }
    // The dialect piece: Postgres passes over what another process is claiming.
    let statement =
        if db.is_sqlite() { due_by_this_clock!("") } else { due_by_this_clock!(" for update of d skip locked") };
    on_db!(db, write pool => sqlx::query(statement).bind(now).bind(i64::from(MADE_DUE)).execute(pool).await
        .map(|d| d.rows_affected()))
}

/// What is stored of an event beside its data.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EventFacts {
    pub id: EventId,
    pub given_id: Option<String>,
    pub event_type: String,
    pub occurred_at: Time,
    pub is_test: bool,
}

/// An event as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EventRow {
    #[sqlx(flatten)]
    pub facts: EventFacts,
    pub data: Vec<u8>,
}

/// An event whose data comes along where it is small.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SizedRow {
    #[sqlx(flatten)]
    pub facts: EventFacts,
    /// Of the data.
    pub bytes: i64,
    pub data: Option<Vec<u8>>,
}

// Neither database reads the data for its length.
const EVENTS: &str = "select id, given_id, event_type, occurred_at, is_test, cast(length(data) as bigint) as bytes, \
    case when length(data) <= ";

/// The events, with their data where that has at most `size` bytes.
pub async fn events_up_to(
    db: &Db,
    organization: OrganizationId,
    ids: &[EventId],
    size: usize,
) -> Result<Vec<SizedRow>, sqlx::Error> {
    let mut found = Vec::with_capacity(ids.len());
    for batch in batches(ids) {
        let rows: Vec<SizedRow> = on_db!(db, read pool => {
            let mut query = QueryBuilder::new(EVENTS);
            query.push_bind(size as i32).push(" then data end as data from events where organization_id = ");
            query.push_bind(organization).push(" and id in ");
            push_list(&mut query, batch);
            query.build_query_as().fetch_all(pool).await?
        });
        found.extend(rows);
    }
    Ok(found)
}

/// One event.
pub async fn event(db: &Db, organization: OrganizationId, id: EventId) -> Result<Option<EventRow>, sqlx::Error> {
    let statement = "select id, given_id, event_type, occurred_at, is_test, data from events \
        where organization_id = $1 and id = $2";
    on_db!(db, read pool => sqlx::query_as(statement).bind(organization).bind(id).fetch_optional(pool).await)
}

/// Gives back what this process holds and could not end; answers how many.
pub async fn release_of_any_organization(db: &Db, holder: ProcessId, now: Time) -> Result<u64, sqlx::Error> {
    let statement = "update deliveries set leased_by = null, interrupted_at = $2 where status = 0 and leased_by = $1";
    on_db!(db, write pool => sqlx::query(statement).bind(holder).bind(now).execute(pool).await.map(|d| d.rows_affected()))
}

/// Every delivery that a process holds: the webhook's key and the delivery.
pub async fn held_in_any_organization(
    db: &Db,
    holder: ProcessId,
) -> Result<Vec<((OrganizationId, WebhookId), DeliveryId)>, sqlx::Error> {
    let statement = "select organization_id, webhook_id, id from deliveries where status = 0 and leased_by = $1";
    let held: Vec<(OrganizationId, WebhookId, DeliveryId)> =
        on_db!(db, read pool => sqlx::query_as(statement).bind(holder).fetch_all(pool).await)?;
    Ok(held.into_iter().map(|(organization, webhook, id)| ((organization, webhook), id)).collect())
}

/// Gives one delivery back that this process holds and could not attempt. Answers whether it was still held.
pub async fn give_back(
    db: &Db,
    organization: OrganizationId,
    id: DeliveryId,
    holder: ProcessId,
) -> Result<bool, sqlx::Error> {
    // `+ 0`: as for records.
    let statement = "update deliveries set leased_by = null \
        where organization_id = $1 and id = $2 and leased_by = $3 and status + 0 = 0";
    let given_back = on_db!(db, write pool => sqlx::query(statement)
        .bind(organization).bind(id).bind(holder).execute(pool).await.map(|done| done.rows_affected()))?;
    Ok(given_back > 0)
}

/// Gives deliveries of one organization back that this process holds.
pub async fn give_back_all(
    db: &Db,
    organization: OrganizationId,
    ids: &[DeliveryId],
    holder: ProcessId,
) -> Result<(), sqlx::Error> {
    for batch in batches(ids) {
        on_db!(db, write pool => {
            let mut update = QueryBuilder::new("update deliveries set leased_by = null where status + 0 = 0 and leased_by = ");
            update.push_bind(holder).push(" and organization_id = ").push_bind(organization).push(" and id in ");
            push_list(&mut update, batch);
            update.build().execute(pool).await?;
        });
    }
    Ok(())
}

/// Voids every lease; for SQLite, where a process that starts is the only one. Answers how many.
pub async fn void_all_leases(db: &Db, now: Time) -> Result<u64, sqlx::Error> {
    let statement =
        "update deliveries set leased_by = null, interrupted_at = $1 where status = 0 and leased_by is not null";
    on_db!(db, write pool => sqlx::query(statement).bind(now).execute(pool).await.map(|d| d.rows_affected()))
}

/// Keys that are forgotten with one statement.
pub const KEYS_AT_ONCE: u32 = 1_000;

/// Forgets keys from before this time, [`KEYS_AT_ONCE`] at most; answers how many.
pub async fn forget_keys_of_any_organization(db: &Db, before: Time) -> Result<u64, sqlx::Error> {
    let statement = "delete from idempotency_keys where (organization_id, key) in \
        (select organization_id, key from idempotency_keys where created_at < $1 limit $2) and created_at < $1";
    on_db!(db, write pool => sqlx::query(statement).bind(before).bind(i64::from(KEYS_AT_ONCE)).execute(pool).await.map(|d| d.rows_affected()))
}
