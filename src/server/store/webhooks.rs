//! Webhooks and their secrets. What is confidential arrives sealed and leaves sealed.

use super::{audit::Entry, db::Db};
use crate::model::{id::*, time::Time};

/// A webhook as it is kept.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct WebhookRow {
    pub id: WebhookId,
    pub url: String,
    pub description: String,
    pub active: bool,
    pub disabled_reason: Option<String>,
    /// JSON array of types; none takes all.
    pub events: Option<String>,
    /// Sealed JSON array of [name, value].
    pub headers: Option<Vec<u8>>,
    /// JSON object.
    pub filters: String,
    /// JSON object; none: the convention's schedule.
    pub retry_policy: Option<String>,
    pub timeout_seconds: Option<i32>,
    pub rate_per_second: Option<i32>,
    /// Until when nothing is sent, since the receiver fails. Only read here.
    pub rests_until: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    /// Of the current secret.
    pub secret_hint: String,
}

/// A signing secret as it is kept.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct SecretRow {
    pub webhook_id: WebhookId,
    pub id: SecretId,
    /// Sealed, bound to organization and webhook.
    pub secret: Vec<u8>,
    pub hint: String,
    pub created_at: Time,
    /// None: the current one.
    pub expires_at: Option<Time>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select w.id, w.url, w.description, w.active, w.disabled_reason, w.events, w.headers, w.filters, \
             w.retry_policy, w.timeout_seconds, w.rate_per_second, w.rests_until, w.created_at, w.updated_at, \
             coalesce(s.hint, '') as secret_hint \
             from webhooks w left join webhook_secrets s on s.organization_id = w.organization_id \
             and s.webhook_id = w.id and s.expires_at is null \
             where w.organization_id = $1 and w.deleted_at is null ",
            $rest
        )
    };
}

/// All of an organization's webhooks, oldest first.
pub async fn list(db: &Db, organization: OrganizationId) -> Result<Vec<WebhookRow>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(select!("order by w.id")).bind(organization).fetch_all(pool).await)
}

/// The `limit` webhooks made before `before`, newest first; the largest id asks for the newest.
pub async fn page(
    db: &Db,
    organization: OrganizationId,
    before: WebhookId,
    limit: i64,
) -> Result<Vec<WebhookRow>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(select!("and w.id < $2 order by w.id desc limit $3"))
        .bind(organization).bind(before).bind(limit).fetch_all(pool).await)
}

/// One webhook; none where it is deleted or another organization's.
pub async fn get(db: &Db, organization: OrganizationId, id: WebhookId) -> Result<Option<WebhookRow>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(select!("and w.id = $2"))
        .bind(organization).bind(id).fetch_optional(pool).await)
}

/// A webhook to be, with its first secret.
#[derive(Debug)]
pub struct NewRow {
    pub row: WebhookRow,
    pub secret: SecretRow,
    pub audit: Entry,
}

/// Adds webhooks, all of them or none.
pub async fn insert(db: &Db, organization: OrganizationId, all: &[NewRow]) -> Result<(), sqlx::Error> {
    on_db!(db, transaction tx => {
        for NewRow { row, secret, audit } in all {
            sqlx::query(
                "insert into webhooks (organization_id, id, url, description, active, disabled_reason, events, headers, \
                 filters, retry_policy, timeout_seconds, rate_per_second, created_at, updated_at) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)")
                .bind(organization).bind(row.id).bind(&row.url).bind(&row.description).bind(row.active)
                .bind(&row.disabled_reason).bind(&row.events).bind(&row.headers).bind(&row.filters)
                .bind(&row.retry_policy).bind(row.timeout_seconds).bind(row.rate_per_second)
                .bind(row.created_at).bind(row.updated_at)
                .execute(&mut *tx).await?;
            sqlx::query(INSERT_SECRET).bind(organization).bind(secret.webhook_id).bind(secret.id)
                .bind(&secret.secret).bind(&secret.hint).bind(secret.created_at).execute(&mut *tx).await?;
            audit.write(&mut *tx).await?;
        }
        Ok(())
    })
}

pub(super) const INSERT_SECRET: &str = "insert into webhook_secrets (organization_id, webhook_id, id, secret, hint, created_at) \
                             values ($1, $2, $3, $4, $5, $6)";

/// Writes a changed webhook, unless somebody else changed it since it was read at `read_at`
/// (its `updated_at` then); answers whether it was written.
pub async fn update(
    db: &Db,
    organization: OrganizationId,
    row: &WebhookRow,
    read_at: Time,
    audit: &Entry,
) -> Result<bool, sqlx::Error> {
    on_db!(db, transaction tx => {
        let done = sqlx::query(
            "update webhooks set url = $4, description = $5, active = $6, disabled_reason = $7, events = $8, \
             headers = $9, filters = $10, retry_policy = $11, timeout_seconds = $12, rate_per_second = $13, updated_at = $14 \
             where organization_id = $1 and id = $2 and updated_at = $3 and deleted_at is null")
            .bind(organization).bind(row.id).bind(read_at).bind(&row.url).bind(&row.description).bind(row.active)
            .bind(&row.disabled_reason).bind(&row.events).bind(&row.headers).bind(&row.filters)
            .bind(&row.retry_policy).bind(row.timeout_seconds).bind(row.rate_per_second).bind(row.updated_at)
            .execute(&mut *tx).await?.rows_affected();
        if done == 0 {
            return Ok(false);
        }
        audit.write(&mut *tx).await.map(|()| true)
    })
}

/// Hides a webhook and forgets its secrets and header values; the log still names it. False where there is none.
pub async fn delete(
    db: &Db,
    organization: OrganizationId,
    id: WebhookId,
    now: Time,
    audit: &Entry,
) -> Result<bool, sqlx::Error> {
    on_db!(db, transaction tx => {
        let done = sqlx::query(
            "update webhooks set deleted_at = $3, active = $4, headers = null, updated_at = $3 \
             where organization_id = $1 and id = $2 and deleted_at is null")
            .bind(organization).bind(id).bind(now).bind(false).execute(&mut *tx).await?.rows_affected();
        if done == 0 {
            return Ok(false);
        }
        sqlx::query("delete from webhook_secrets where organization_id = $1 and webhook_id = $2")
            .bind(organization).bind(id).execute(&mut *tx).await?;
        audit.write(&mut *tx).await.map(|()| true)
    })
}
