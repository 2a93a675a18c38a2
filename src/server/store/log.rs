//! Reading the log: lists by any combination of filters, one delivery with its attempts, one event.
//!
//! Lists go down the primary key or a secondary index that ends in the id, both newest first.

pub use super::log_conditions::LogCriteria;
use super::{
    db::Db,
    log_conditions::{ANY, Bind, Conditions},
};
use crate::model::{
    delivery::{DeliveryStatus, Outcome, Trigger},
    id::*,
    time::Time,
};
use sqlx::{AssertSqlSafe, FromRow, postgres::PgRow, sqlite::SqliteRow};
use std::{ops::Range, time::Duration};
use tokio::time::Instant;

/// A delivery as it is kept, with the names it goes by.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DeliveryRow {
    pub id: DeliveryId,
    pub event_id: EventId,
    pub given_id: Option<String>,
    pub event_type: String,
    pub webhook_id: WebhookId,
    pub url: String,
    pub status: DeliveryStatus,
    pub is_test: bool,
    pub response_code: Option<i16>,
    pub outcome: Option<Outcome>,
    pub duration_us: Option<i64>,
    pub attempt_count: i32,
    pub max_attempts: i32,
    pub created_at: Time,
    pub next_attempt_at: Option<Time>,
    pub completed_at: Option<Time>,
}

/// An attempt as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AttemptRow {
    pub id: AttemptId,
    pub number: i32,
    pub trigger: Trigger,
    pub triggered_by: Option<String>,
    pub started_at: Time,
    pub duration_us: i64,
    pub outcome: Outcome,
    pub detail: Option<String>,
    pub response_code: Option<i16>,
    pub url: String,
    /// JSON array of [name, value].
    pub request_headers: String,
    pub response_headers: Option<String>,
    pub response_truncated: bool,
    pub response_body: Option<Vec<u8>>,
    pub response_deflated: bool,
}

/// An event as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EventRow {
    pub id: EventId,
    pub given_id: Option<String>,
    pub event_type: String,
    pub occurred_at: Time,
    pub created_at: Time,
    pub is_test: bool,
    pub data: Vec<u8>,
}

macro_rules! bind_all {
    ($query:expr, $binds:expr) => {{
        let mut query = $query;
        for bind in $binds {
            query = match bind {
                Bind::Id(id) => query.bind(uuid::Uuid::from_bytes(*id)),
                Bind::Text(text) => query.bind(*text),
                Bind::Number(number) => query.bind(*number),
                Bind::Small(number) => query.bind(*number),
            };
        }
        query
    }};
}

/// What is read of each delivery of a list, and which way the list goes.
trait Listed: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {
    const COLUMNS: &'static str;
    const PARTNERS: &'static str;
    const ORDER: Order;
}

/// Which comes first.
#[derive(Debug, Clone, Copy)]
enum Order {
    Newest,
    Oldest,
}

impl Order {
    fn sql(self) -> &'static str {
        match self {
            Self::Newest => "order by d.id desc",
            Self::Oldest => "order by d.id asc",
        }
    }
    /// Cuts ids after the one with the id `end`: what comes first, and the rest.
    fn cut(self, ids: &Range<[u8; 16]>, end: DeliveryId) -> (Range<[u8; 16]>, Range<[u8; 16]>) {
        match self {
            Self::Newest => (end.bytes()..ids.end, ids.start..end.bytes()),
            Self::Oldest => (ids.start..beyond(end), beyond(end)..ids.end),
        }
    }
}

impl Listed for DeliveryRow {
    const COLUMNS: &'static str = "d.id, d.event_id, e.given_id, d.event_type, d.webhook_id, coalesce(w.url, '') as url, \
        d.status, d.is_test, d.response_code, d.outcome, d.duration_us, d.attempt_count, d.max_attempts, d.created_at, \
        d.next_attempt_at, d.completed_at";
    /// Left joins, though there always is a partner: so SQLite reads deliveries first, in the index's order.
    const PARTNERS: &'static str = "left join webhooks w on w.organization_id = d.organization_id and w.id = d.webhook_id \
        left join events e on e.organization_id = d.organization_id and e.id = d.event_id";
    const ORDER: Order = Order::Newest;
}

impl Listed for (DeliveryId,) {
    const COLUMNS: &'static str = "d.id";
    const PARTNERS: &'static str = "";
    const ORDER: Order = Order::Oldest;
}

fn beyond(id: DeliveryId) -> [u8; 16] {
    u128::from_be_bytes(id.bytes()).saturating_add(1).to_be_bytes()
}

/// Rows that a search looks through in its first step; each further step takes twice as many, up to the last.
const FIRST_STEP: u32 = 250;
const LAST_STEP: u32 = 8_000;
/// It goes on by itself as long as the next step, which is twice the last, should be over by then: a cold disk takes a
/// millisecond for ten rows.
const LONG: Duration = Duration::from_millis(20);

/// What a search has found.
#[derive(Debug)]
pub struct Found {
    pub rows: Vec<DeliveryRow>,
    /// How far it has come, where it stopped before the end with fewer than it was to find.
    pub searched_to: Option<[u8; 16]>,
}

/// Deliveries that meet the criteria, made before the one with the id `before`, newest first. Where an index
/// does not answer the criteria, it looks through some thousands of rows, fewer on a cold disk, and says how far it came.
pub async fn search(
    db: &Db,
    organization: OrganizationId,
    criteria: &LogCriteria,
    before: [u8; 16],
    limit: u32,
) -> Result<Found, sqlx::Error> {
    let (rows, left) = in_steps(db, organization, criteria, ANY.start..before, limit).await?;
    Ok(Found { rows, searched_to: left.map(|left| left.end) })
}

/// The ids of deliveries that meet the criteria and were made just after the one with the id `after`, oldest first, and
/// whether all was looked through that had to be; in the steps and the time of [`search`].
pub async fn ids_just_after(
    db: &Db,
    organization: OrganizationId,
    criteria: &LogCriteria,
    after: DeliveryId,
    limit: u32,
) -> Result<(Vec<DeliveryId>, bool), sqlx::Error> {
    let (rows, left) = in_steps(db, organization, criteria, beyond(after)..ANY.end, limit).await?;
    Ok((rows.into_iter().map(|(id,)| id).collect(), left.is_none()))
}

/// What is found in a few steps, and the ids that were not come to.
async fn in_steps<T: Listed>(
    db: &Db,
    organization: OrganizationId,
    criteria: &LogCriteria,
    mut ids: Range<[u8; 16]>,
    limit: u32,
) -> Result<(Vec<T>, Option<Range<[u8; 16]>>), sqlx::Error> {
    let (mut rows, started) = (Vec::new(), Instant::now());
    let mut size = FIRST_STEP;
    while size <= LAST_STEP {
        let began = Instant::now();
        let end = step(db, organization, criteria.conditions(db, ids.clone()), T::ORDER, size).await?;
        let (first, left) = match end {
            Some(end) => T::ORDER.cut(&ids, end),
            None => (ids, ANY.start..ANY.start),
        };
        let wanted = limit - rows.len() as u32;
        rows.extend(read(db, organization, criteria.conditions(db, first), wanted, Some(size)).await?);
        if end.is_none() || rows.len() >= limit as usize {
            return Ok((rows, None));
        }
        ids = left;
        if started.elapsed() + began.elapsed() * 2 > LONG {
            break;
        }
        size *= 2;
    }
    Ok((rows, Some(ids)))
}

/// The last row of the next step; none where fewer are left, or an index answers without steps.
async fn step(
    db: &Db,
    organization: OrganizationId,
    conditions: Conditions<'_>,
    order: Order,
    size: u32,
) -> Result<Option<DeliveryId>, sqlx::Error> {
    let Conditions { from, lead, lead_binds, binds, is_search, .. } = conditions;
    if !is_search {
        return Ok(None);
    }
    let (order, passed) = (order.sql(), size - 1);
    let sql = format!("select d.id from {from} where d.organization_id = $1{lead} {order} limit 1 offset {passed}");
    let found: Option<(DeliveryId,)> = on_db!(db, read pool => {
        bind_all!(sqlx::query_as(AssertSqlSafe(sql)).bind(organization), &binds[..lead_binds]).fetch_optional(pool).await
    })?;
    Ok(found.map(|(id,)| id))
}

/// Deliveries that meet the criteria, made before the one with the id `before`, newest first; however far it
/// has to look for them.
pub async fn list(
    db: &Db,
    organization: OrganizationId,
    criteria: &LogCriteria,
    before: [u8; 16],
    limit: u32,
) -> Result<Vec<DeliveryRow>, sqlx::Error> {
    read(db, organization, criteria.conditions(db, ANY.start..before), limit, None).await
}

/// The ids of deliveries that meet the criteria and were made after the one with the id `after`, oldest first; however
/// far it has to look for them.
pub async fn ids_after(
    db: &Db,
    organization: OrganizationId,
    criteria: &LogCriteria,
    after: DeliveryId,
    limit: u32,
) -> Result<Vec<DeliveryId>, sqlx::Error> {
    let rows = read(db, organization, criteria.conditions(db, beyond(after)..ANY.end), limit, None).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Reads what meets the conditions; in a step some so many rows meet what leads.
async fn read<T: Listed>(
    db: &Db,
    organization: OrganizationId,
    conditions: Conditions<'_>,
    limit: u32,
    step: Option<u32>,
) -> Result<Vec<T>, sqlx::Error> {
    let Conditions { mut from, mut lead, rest, binds, is_search, .. } = conditions;
    let (columns, partners, order) = (T::COLUMNS, T::PARTNERS, T::ORDER.sql());
    // The dialect piece: where the rest seems to be rarer than what leads, Postgres would go down the rest's index, and
    // through all of it for a webhook that has none of these.
    if let Some(size) = step.filter(|_| is_search && !db.is_sqlite()) {
        // Others write meanwhile: what has come since the step was measured must not push its last rows out.
        let most = 2 * size;
        from = format!("(select d.* from {from} where d.organization_id = $1{lead} {order} limit {most}) d");
        lead.clear();
    }
    let sql = format!(
        "select {columns} from {from} {partners} where d.organization_id = $1{lead}{rest} {order} limit {limit}"
    );
    on_db!(db, read pool => {
        bind_all!(sqlx::query_as(AssertSqlSafe(sql)).bind(organization), &binds).fetch_all(pool).await
    })
}

/// How many deliveries meet the criteria, and when the first and the last of them were created. Reads them all:
/// for criteria that an index narrows down, and not for every view of a page.
pub async fn span(
    db: &Db,
    organization: OrganizationId,
    criteria: &LogCriteria,
) -> Result<(i64, Option<Time>, Option<Time>), sqlx::Error> {
    let Conditions { from, lead, rest, binds, .. } = criteria.conditions(db, ANY);
    let sql = format!(
        "select count(*), min(d.created_at), max(d.created_at) from {from} \
         where d.organization_id = $1{lead}{rest}"
    );
    on_db!(db, read pool => {
        bind_all!(sqlx::query_as(AssertSqlSafe(sql)).bind(organization), &binds).fetch_one(pool).await
    })
}

/// When the oldest delivery that is there was created: the first step down the primary key.
pub async fn oldest(db: &Db, organization: OrganizationId) -> Result<Option<Time>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_scalar(
        "select created_at from deliveries where organization_id = $1 order by id limit 1")
        .bind(organization).fetch_optional(pool).await)
}

/// The attempts of one delivery, oldest first.
pub async fn attempts(
    db: &Db,
    organization: OrganizationId,
    delivery: DeliveryId,
) -> Result<Vec<AttemptRow>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(
        "select id, number, trigger, triggered_by, started_at, duration_us, outcome, detail, response_code, url, \
         request_headers, response_headers, response_truncated, response_body, \
         response_deflated from attempts \
         where organization_id = $1 and delivery_id = $2 order by number")
        .bind(organization).bind(delivery).fetch_all(pool).await)
}

/// The event that is shown by this text: the platform's own id, else ours.
pub async fn event_id(db: &Db, organization: OrganizationId, shown: &str) -> Result<Option<EventId>, sqlx::Error> {
    let given: Option<(EventId,)> = on_db!(db, read pool => sqlx::query_as(
        "select event_id from given_ids where organization_id = $1 and given_id = $2")
        .bind(organization).bind(shown).fetch_optional(pool).await)?;
    if let Some((id,)) = given {
        return Ok(Some(id));
    }
    let Ok(id) = shown.parse::<EventId>() else { return Ok(None) };
    // An event that was given an id goes by that one only.
    let ours: Option<(EventId,)> = on_db!(db, read pool => sqlx::query_as(
        "select id from events where organization_id = $1 and id = $2 and given_id is null")
        .bind(organization).bind(id).fetch_optional(pool).await)?;
    Ok(ours.map(|(id,)| id))
}

/// One event with its data.
pub async fn event(db: &Db, organization: OrganizationId, id: EventId) -> Result<Option<EventRow>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(
        "select id, given_id, event_type, occurred_at, created_at, is_test, data from events \
         where organization_id = $1 and id = $2")
        .bind(organization).bind(id).fetch_optional(pool).await)
}

/// A webhook's description and URL, and whether it is still there; also for deleted ones, which the log names.
pub async fn webhook_name(
    db: &Db,
    organization: OrganizationId,
    id: WebhookId,
) -> Result<Option<(String, String, bool)>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(
        "select description, url, deleted_at is null from webhooks where organization_id = $1 and id = $2")
        .bind(organization).bind(id).fetch_optional(pool).await)
}

/// When the process that held the delivery last ended without order.
pub async fn interrupted_at(
    db: &Db,
    organization: OrganizationId,
    id: DeliveryId,
) -> Result<Option<Time>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_scalar("select interrupted_at from deliveries where organization_id = $1 and id = $2")
        .bind(organization).bind(id).fetch_optional(pool).await.map(Option::flatten))
}

/// How many attempts of a delivery ended so.
pub async fn attempts_that_ended(
    db: &Db,
    organization: OrganizationId,
    id: DeliveryId,
    outcome: Outcome,
) -> Result<i64, sqlx::Error> {
    let statement = "select count(*) from attempts where organization_id = $1 and delivery_id = $2 and outcome = $3";
    on_db!(db, read pool => sqlx::query_scalar(statement).bind(organization).bind(id).bind(outcome).fetch_one(pool).await)
}
