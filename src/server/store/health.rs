//! What the pages about health read: counts that the recorder keeps, and the edges of the log.

use super::db::Db;
use crate::model::{delivery::*, id::*, time::Time};

/// One count of one slice.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct CountRow {
    pub webhook_id: WebhookId,
    pub start_at: Time,
    /// `succeeded`, `failed`, `latency:<upper bound in ms>`.
    pub measure: String,
    pub count: i64,
}

/// Where one webhook stands in the log.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct EdgeRow {
    pub id: WebhookId,
    pub active: bool,
    pub disabled_reason: Option<String>,
    pub waiting: i64,
    /// When something was last sent, to the minute where the delivery is still going on (to the hour where it is days
    /// ago); what only waits or was skipped is none.
    pub last_delivery_at: Option<Time>,
    /// Of the latest delivery that was attempted; none where it succeeded, and much has come since that waits.
    pub status: Option<DeliveryStatus>,
    pub response_code: Option<i16>,
    pub outcome: Option<Outcome>,
}

/// The hourly counts since `since` of every webhook that is not deleted. Causes are left out. (`cross join`: SQLite reads
/// webhooks first, as everywhere where counts are read, or it goes through all that is kept.)
pub async fn counts(db: &Db, organization: OrganizationId, since: Time) -> Result<Vec<CountRow>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(
        "select r.webhook_id, r.start_at, r.measure, r.count from webhooks w cross join health_rollups r \
         where w.organization_id = $1 and w.deleted_at is null and r.organization_id = w.organization_id \
         and r.webhook_id = w.id and r.slice = 3600 and r.start_at >= $2 and r.measure not like 'cause:%'")
        .bind(organization).bind(since).fetch_all(pool).await)
}

/// What was tried last, in a bounded number of steps however much waits: of the latest 100 deliveries, or else the last
/// that has not arrived, unless something was tried in a later minute: that must have been a success, under more than
/// was looked at. (What waits is counted in the order of an index, since Postgres would read all of it otherwise.)
const EDGES: &str = "with edge as (select w.id, w.active, w.disabled_reason, \
       (select count(*) from (select 1 from deliveries d where d.organization_id = w.organization_id \
          and d.webhook_id = w.id and d.status = 0 order by d.next_attempt_at limit $2) counted) as waiting, \
       coalesce( \
         (select max(r.start_at) from health_rollups r where r.organization_id = w.organization_id \
            and r.webhook_id = w.id and r.slice = 60), \
         (select max(r.start_at) from health_rollups r where r.organization_id = w.organization_id \
            and r.webhook_id = w.id and r.slice = 3600)) as last_slice, \
       (select id from (select d.id, d.attempt_count from deliveries d where d.organization_id = w.organization_id \
          and d.webhook_id = w.id order by d.id desc limit 100) latest where attempt_count > 0 \
          order by id desc limit 1) as tried_id, \
       (select d.id from deliveries d where d.organization_id = w.organization_id and d.webhook_id = w.id \
          and d.status <> 1 and d.attempt_count > 0 order by d.id desc limit 1) as not_arrived_id \
     from webhooks w where w.organization_id = $1 and w.deleted_at is null) \
     select e.id, e.active, e.disabled_reason, e.waiting, d.status, d.response_code, d.outcome, \
       case when d.completed_at > coalesce(e.last_slice, 0) then d.completed_at else e.last_slice end \
       as last_delivery_at \
     from edge e left join deliveries d on d.organization_id = $1 and d.id = coalesce(e.tried_id, e.not_arrived_id) \
       and (e.tried_id is not null \
         or coalesce(d.completed_at, e.last_slice, 0) + 60000000 >= coalesce(e.last_slice, 0)) \
     order by e.id";

/// The edges of all webhooks of an organization that are not deleted. Each part is a few steps down an index;
/// waiting deliveries are counted up to `most`.
pub async fn edges(db: &Db, organization: OrganizationId, most: i64) -> Result<Vec<EdgeRow>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(EDGES).bind(organization).bind(most).fetch_all(pool).await)
}
