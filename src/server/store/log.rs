//! Reading the log: lists by any combination of filters, one delivery with its attempts, one event.
//!
//! Lists go down the primary key or a secondary index that ends in the id, both newest first. A time
//! range is narrowed by ids first, since ids begin with their time; the exact bound follows on `created_at`.

use super::db::Db;
use crate::model::{
    delivery::{DeliveryStatus, Outcome, Trigger},
    id::*,
    log_filter::{CodeFilter, ErrorFilter},
    time::Time,
};
use sqlx::AssertSqlSafe;
use std::time::Duration;

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

/// What to list; times exact, ids resolved.
#[derive(Debug, Clone, Default)]
pub struct LogCriteria {
    pub webhook_id: Option<WebhookId>,
    pub event_id: Option<EventId>,
    pub delivery_id: Option<DeliveryId>,
    pub event_type: Option<String>,
    pub status: Option<DeliveryStatus>,
    pub response_code: Option<CodeFilter>,
    pub error: Option<ErrorFilter>,
    /// Created at or after.
    pub from: Option<Time>,
    /// Created before.
    pub to: Option<Time>,
    /// Finished at or before.
    pub finished_by: Option<Time>,
    /// Only what can be sent again for good: no tests, and a webhook that is there and active.
    pub recoverable: bool,
}

enum Bind<'a> {
    Id([u8; 16]),
    Text(&'a str),
    Number(i64),
    Small(i16),
}

/// Conditions in SQL and what to bind to them; `$1` is the organization.
struct Conditions<'a> {
    sql: String,
    binds: Vec<Bind<'a>>,
}

impl<'a> Conditions<'a> {
    /// Adds `condition`, whose `?` is the value.
    fn add(&mut self, condition: &str, value: Bind<'a>) {
        self.binds.push(value);
        let placeholder = format!("${}", self.binds.len() + 1);
        self.sql.push_str(" and ");
        self.sql.push_str(&condition.replace('?', &placeholder));
    }
    /// Adds a condition without a value.
    fn add_fixed(&mut self, condition: &str) {
        self.sql.push_str(" and ");
        self.sql.push_str(condition);
    }
}

/// Ids are drawn a moment after the time that `created_at` states, and clocks of several machines differ.
const SLACK: Duration = Duration::from_secs(60);

/// The first id that can be drawn at this time.
pub(super) fn id_at(time: Time) -> [u8; 16] {
    let mut bytes = [0; 16];
    let millis = u64::try_from(time.millis()).unwrap_or(0);
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes
}

fn conditions(criteria: &LogCriteria, before: [u8; 16]) -> Conditions<'_> {
    let mut out = Conditions { sql: String::new(), binds: Vec::new() };
    if before != [0xff; 16] {
        out.add("d.id < ?", Bind::Id(before));
    }
    if let Some(id) = criteria.webhook_id {
        out.add("d.webhook_id = ?", Bind::Id(id.bytes()));
    }
    if let Some(id) = criteria.event_id {
        out.add("d.event_id = ?", Bind::Id(id.bytes()));
    }
    if let Some(id) = criteria.delivery_id {
        out.add("d.id = ?", Bind::Id(id.bytes()));
    }
    if let Some(name) = &criteria.event_type {
        out.add("d.event_type = ?", Bind::Text(name));
    }
    if let Some(from) = criteria.from {
        out.add("d.id >= ?", Bind::Id(id_at(from.minus(SLACK))));
        out.add("d.created_at >= ?", Bind::Number(from.0));
    }
    if let Some(to) = criteria.to {
        out.add("d.id < ?", Bind::Id(id_at(to.plus(SLACK))));
        out.add("d.created_at < ?", Bind::Number(to.0));
    }
    if let Some(by) = criteria.finished_by {
        out.add("d.completed_at <= ?", Bind::Number(by.0));
    }
    if criteria.recoverable {
        out.add_fixed(RECOVERABLE);
    }
    states(criteria, &mut out);
    out
}

const RECOVERABLE: &str = "d.is_test = false and exists (select 1 from webhooks h \
    where h.organization_id = d.organization_id and h.id = d.webhook_id and h.deleted_at is null and h.active = true)";

/// The states' numbers stand in the SQL itself: only so do both planners see that the partial index serves.
fn states(criteria: &LogCriteria, out: &mut Conditions<'_>) {
    const UNSUCCESSFUL: &str = "d.status <> 1";
    match criteria.status {
        None => {}
        Some(DeliveryStatus::Success) => out.add_fixed("d.status = 1"),
        Some(DeliveryStatus::Pending) => out.add_fixed("d.status = 0 and d.status <> 1"),
        Some(DeliveryStatus::Failed) => out.add_fixed("d.status = 2 and d.status <> 1 and d.status >= 2"),
        Some(DeliveryStatus::Skipped) => out.add_fixed("d.status = 3 and d.status <> 1 and d.status >= 2"),
    }
    match criteria.response_code {
        None => {}
        Some(CodeFilter::Exactly(code)) => {
            out.add("d.response_code = ?", Bind::Small(i16::try_from(code).unwrap_or(i16::MAX)));
        }
        Some(CodeFilter::Class(class)) => {
            let first = i16::try_from(class * 100).unwrap_or(i16::MAX);
            out.add("d.response_code >= ?", Bind::Small(first));
            out.add("d.response_code < ?", Bind::Small(first.saturating_add(100)));
        }
    }
    match criteria.error {
        None => {}
        Some(ErrorFilter::Status) => {
            out.add_fixed(UNSUCCESSFUL);
            out.add("d.outcome = ?", Bind::Small(Outcome::Answered as i16));
        }
        Some(ErrorFilter::Outcome(outcome)) => {
            out.add_fixed(UNSUCCESSFUL);
            out.add("d.outcome = ?", Bind::Small(outcome as i16));
        }
    }
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

/// Left joins, though there always is a partner: so SQLite reads deliveries first, in the index's order.
const SELECT: &str = "select d.id, d.event_id, e.given_id, d.event_type, d.webhook_id, coalesce(w.url, '') as url, d.status, d.is_test, \
    d.response_code, d.outcome, d.duration_us, d.attempt_count, d.max_attempts, d.created_at, d.next_attempt_at, \
    d.completed_at from deliveries d \
    left join webhooks w on w.organization_id = d.organization_id and w.id = d.webhook_id \
    left join events e on e.organization_id = d.organization_id and e.id = d.event_id \
    where d.organization_id = $1";

/// Deliveries that meet the criteria, made before the one with the id `before`, newest first.
pub async fn list(
    db: &Db,
    organization: OrganizationId,
    criteria: &LogCriteria,
    before: [u8; 16],
    limit: u32,
) -> Result<Vec<DeliveryRow>, sqlx::Error> {
    let Conditions { sql, binds } = conditions(criteria, before);
    let sql = format!("{SELECT}{sql} order by d.id desc limit {limit}");
    on_db!(db, read pool => {
        bind_all!(sqlx::query_as(AssertSqlSafe(sql)).bind(organization), &binds).fetch_all(pool).await
    })
}

/// The ids of deliveries that meet the criteria and were made after the one with the id `after`, oldest first.
pub async fn ids_after(
    db: &Db,
    organization: OrganizationId,
    criteria: &LogCriteria,
    after: DeliveryId,
    limit: u32,
) -> Result<Vec<DeliveryId>, sqlx::Error> {
    let mut conditions = conditions(criteria, [0xff; 16]);
    conditions.add("d.id > ?", Bind::Id(after.bytes()));
    let Conditions { sql, binds } = conditions;
    let sql =
        format!("select d.id from deliveries d where d.organization_id = $1{sql} order by d.id asc limit {limit}");
    on_db!(db, read pool => {
        let query = sqlx::query_as::<_, (DeliveryId,)>(AssertSqlSafe(sql)).bind(organization);
        bind_all!(query, &binds).fetch_all(pool).await.map(|rows| rows.into_iter().map(|(id,)| id).collect())
    })
}

/// How many deliveries meet the criteria, and when the first and the last of them were created. Reads them all:
/// for criteria that an index narrows down, and not for every view of a page.
pub async fn span(
    db: &Db,
    organization: OrganizationId,
    criteria: &LogCriteria,
) -> Result<(i64, Option<Time>, Option<Time>), sqlx::Error> {
    let Conditions { sql, binds } = conditions(criteria, [0xff; 16]);
    let sql = format!(
        "select count(*), min(d.created_at), max(d.created_at) from deliveries d where d.organization_id = $1{sql}"
    );
    on_db!(db, read pool => {
        bind_all!(sqlx::query_as(AssertSqlSafe(sql)).bind(organization), &binds).fetch_one(pool).await
    })
}

/// The attempts of one delivery, oldest first.
pub async fn attempts(
    db: &Db,
    organization: OrganizationId,
    delivery: DeliveryId,
) -> Result<Vec<AttemptRow>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(
        "select id, number, trigger, triggered_by, started_at, duration_us, outcome, detail, response_code, url, \
         request_headers, response_headers, response_truncated, response_body from attempts \
         where organization_id = $1 and delivery_id = $2 order by number")
        .bind(organization).bind(delivery).fetch_all(pool).await)
}

/// The event that is shown by this text: the platform's own id, else ours.
pub async fn event_id(db: &Db, organization: OrganizationId, shown: &str) -> Result<Option<EventId>, sqlx::Error> {
    let given: Option<(EventId,)> = on_db!(db, read pool => sqlx::query_as(
        "select id from events where organization_id = $1 and given_id = $2")
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
