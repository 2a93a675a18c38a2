//! Reading when and by whom a webhook was switched off, and what was skipped since: each a few steps down an index.

use super::db::Db;
use crate::model::{id::*, time::Time};

/// A change that may have been the one.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ChangeRow {
    pub at: Time,
    pub actor: String,
    pub actor_id: Option<String>,
    /// JSON object.
    pub after: String,
}

/// What was skipped.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SkippedRow {
    pub count: i64,
    pub oldest_at: Option<Time>,
}

/// Changes of a webhook that speak of being off, newest first; a filter of its own may say the same words.
const CHANGES: &str = "select at, actor, actor_id, after from audit_log where organization_id = $1 and target_id = $2 \
    and action in ('webhook.disabled', 'webhook.changed', 'webhook.created') and after like '%\"active\":false%' \
    order by id desc limit 20";

pub async fn changes(db: &Db, organization: OrganizationId, webhook: WebhookId) -> Result<Vec<ChangeRow>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(CHANGES).bind(organization).bind(webhook.to_string()).fetch_all(pool).await)
}

/// (The state is said twice, so that both planners see that a partial index serves.)
const SKIPPED: &str = "select count(*) as count, min(created_at) as oldest_at from (\
    select d.created_at, d.completed_at from deliveries d where d.organization_id = $1 and d.webhook_id = $2 \
    and d.status = 3 and d.status >= 2 order by d.id desc limit $3) latest where latest.completed_at >= $4";

/// Of the latest `most` skipped deliveries of a webhook, those that were skipped at or after `since`.
pub async fn skipped(
    db: &Db,
    organization: OrganizationId,
    webhook: WebhookId,
    since: Time,
    most: i64,
) -> Result<SkippedRow, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(SKIPPED).bind(organization).bind(webhook).bind(most).bind(since)
        .fetch_one(pool).await)
}
