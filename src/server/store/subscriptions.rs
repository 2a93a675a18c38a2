//! What the index of subscriptions is read from: an organization's convention, webhooks and live secrets.

use super::db::Db;
use crate::model::{id::*, time::Time};

/// A webhook's row, as far as matching and sending need it.
#[derive(sqlx::FromRow)]
pub struct WebhookRow {
    pub id: WebhookId,
    pub url: String,
    pub active: bool,
    /// JSON array; none takes all.
    pub events: Option<String>,
    /// Sealed JSON array of [name, value].
    pub headers: Option<Vec<u8>>,
    /// JSON object.
    pub filters: String,
    /// JSON object.
    pub retry_policy: Option<String>,
    pub timeout_seconds: Option<i32>,
    pub rate_per_second: Option<i32>,
}

/// A sealed secret.
#[derive(sqlx::FromRow)]
pub struct SecretRow {
    pub webhook_id: WebhookId,
    pub secret: Vec<u8>,
    pub expires_at: Option<Time>,
}

/// All of one organization.
pub struct Found {
    pub convention: String,
    /// Oldest first; deleted ones are left out.
    pub webhooks: Vec<WebhookRow>,
    /// Oldest first.
    pub secrets: Vec<SecretRow>,
}

const CONVENTION: &str = "select convention from organizations where id = $1";
const WEBHOOKS: &str = "select id, url, active, events, headers, filters, retry_policy, timeout_seconds, rate_per_second \
    from webhooks where organization_id = $1 and deleted_at is null order by id";
const SECRETS: &str = "select s.webhook_id, s.secret, s.expires_at from webhook_secrets s \
    join webhooks w on w.organization_id = s.organization_id and w.id = s.webhook_id and w.deleted_at is null \
    where s.organization_id = $1 order by s.created_at, s.id";

/// Reads what an organization's index is made of; none where there is no such organization.
pub async fn of_organization(db: &Db, organization: OrganizationId) -> Result<Option<Found>, sqlx::Error> {
    on_db!(db, read pool => {
        let convention: Option<String> =
            sqlx::query_scalar(CONVENTION).bind(organization).fetch_optional(pool).await?;
        let Some(convention) = convention else { return Ok(None) };
        let webhooks = sqlx::query_as(WEBHOOKS).bind(organization).fetch_all(pool).await?;
        let secrets = sqlx::query_as(SECRETS).bind(organization).fetch_all(pool).await?;
        Ok(Some(Found { convention, webhooks, secrets }))
    })
}
