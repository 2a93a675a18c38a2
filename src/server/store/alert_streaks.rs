//! What whoever watches reads and keeps: failures in a row, minute by minute. One watcher looks at all
//! organizations at once.

use super::{chores, db::Db};
use crate::model::{id::*, time::Time};

/// Attempts of one webhook in one minute.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct MinuteRow {
    pub organization_id: OrganizationId,
    pub webhook_id: WebhookId,
    pub start_at: Time,
    /// `succeeded` or `failed`.
    pub measure: String,
    pub count: i64,
}

/// Failures since the last success.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Streak {
    pub organization_id: OrganizationId,
    pub webhook_id: WebhookId,
    pub failed: i64,
    pub failing_since: Time,
    pub last_failed_at: Time,
}

/// A delivery that was given up.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct GivenUp {
    pub webhook_id: WebhookId,
    pub event_type: String,
    pub count: i64,
}

/// A webhook that the service has switched off.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct SwitchedOff {
    pub organization_id: OrganizationId,
    pub id: WebhookId,
    pub reason: String,
    pub updated_at: Time,
}

/// What active webhooks counted from `from` until before `to`, oldest first.
pub async fn minutes_of_any_organization(db: &Db, from: Time, to: Time) -> Result<Vec<MinuteRow>, sqlx::Error> {
    const SQL: &str = "select r.organization_id, r.webhook_id, r.start_at, r.measure, r.count from webhooks w \
        cross join health_rollups r where w.deleted_at is null and w.active = true \
        and r.organization_id = w.organization_id and r.webhook_id = w.id and r.slice = 60 \
        and r.start_at >= $1 and r.start_at < $2 and r.measure in ('succeeded', 'failed') order by r.organization_id, r.webhook_id, r.start_at";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(from).bind(to).fetch_all(pool).await)
}

/// The streaks of active webhooks.
pub async fn of_any_organization(db: &Db) -> Result<Vec<Streak>, sqlx::Error> {
    const SQL: &str = "select s.organization_id, s.webhook_id, s.failed, s.failing_since, s.last_failed_at \
        from alert_streaks s join webhooks w on w.organization_id = s.organization_id and w.id = s.webhook_id \
        where w.active = true and w.deleted_at is null";
    on_db!(db, read pool => sqlx::query_as(SQL).fetch_all(pool).await)
}

/// Keeps what has changed and how far it was counted, in one go, so that no minute counts twice.
pub async fn keep(
    db: &Db,
    longer: &[Streak],
    ended: &[(OrganizationId, WebhookId)],
    chore: &str,
    done_to: Time,
) -> Result<(), sqlx::Error> {
    const KEEP: &str = "insert into alert_streaks (organization_id, webhook_id, failed, failing_since, last_failed_at) \
        values ($1, $2, $3, $4, $5) on conflict (organization_id, webhook_id) do update set \
        failed = excluded.failed, failing_since = excluded.failing_since, last_failed_at = excluded.last_failed_at";
    const END: &str = "delete from alert_streaks where organization_id = $1 and webhook_id = $2";
    on_db!(db, transaction tx => {
        for s in longer {
            sqlx::query(KEEP).bind(s.organization_id).bind(s.webhook_id).bind(s.failed).bind(s.failing_since)
                .bind(s.last_failed_at).execute(&mut *tx).await?;
        }
        for (organization, webhook) in ended {
            sqlx::query(END).bind(*organization).bind(*webhook).execute(&mut *tx).await?;
        }
        sqlx::query(chores::DONE_TO).bind(chore).bind(done_to).execute(&mut *tx).await.map(drop)
    })
}

/// Forgets the streaks of webhooks that are off, whoever switched them off: they begin anew.
pub async fn forget_inactive_of_any_organization(db: &Db) -> Result<(), sqlx::Error> {
    const SQL: &str = "delete from alert_streaks where not exists (select 1 from webhooks w \
        where w.organization_id = alert_streaks.organization_id and w.id = alert_streaks.webhook_id \
        and w.active = true and w.deleted_at is null)";
    on_db!(db, write pool => sqlx::query(SQL).execute(pool).await.map(drop))
}

/// Deliveries that were given up from `from` until before `to`, but for tests.
pub async fn given_up(
    db: &Db,
    organization: OrganizationId,
    from: Time,
    to: Time,
) -> Result<Vec<GivenUp>, sqlx::Error> {
    const SQL: &str = "select webhook_id, event_type, count(*) as count from deliveries where organization_id = $1 \
        and status = 2 and completed_at >= $2 and completed_at < $3 and is_test = false group by webhook_id, event_type";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).bind(from).bind(to).fetch_all(pool).await)
}

/// Every webhook that the service has switched off.
pub async fn switched_off_of_any_organization(db: &Db) -> Result<Vec<SwitchedOff>, sqlx::Error> {
    const SQL: &str = "select organization_id, id, disabled_reason as reason, updated_at from webhooks \
        where active = false and disabled_reason is not null and deleted_at is null";
    on_db!(db, read pool => sqlx::query_as(SQL).fetch_all(pool).await)
}

/// Organizations that have asked for something that streaks do not tell.
pub async fn with_rates_or_types_of_any_organization(db: &Db) -> Result<Vec<OrganizationId>, sqlx::Error> {
    const SQL: &str = "select organization_id from alert_settings where rate_below is not null or event_types <> '[]'";
    on_db!(db, read pool => sqlx::query_scalar(SQL).fetch_all(pool).await)
}

/// The latest delivery of a webhook that did not arrive: id, type, code and outcome of its last attempt.
pub async fn sample(
    db: &Db,
    organization: OrganizationId,
    webhook: WebhookId,
    event_type: Option<&str>,
) -> Result<Option<DeliveryId>, sqlx::Error> {
    const SQL: &str = "select id from deliveries where organization_id = $1 and webhook_id = $2 and attempt_count > 0 \
        and status <> 1 and ($3 is null or event_type = $3) order by id desc limit 1";
    on_db!(db, read pool => sqlx::query_scalar(SQL).bind(organization).bind(webhook).bind(event_type)
        .fetch_optional(pool).await)
}
