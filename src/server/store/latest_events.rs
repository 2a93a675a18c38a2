//! What was published last.

use super::db::Db;
use crate::model::{id::*, time::Time};

/// An event without its data.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct LatestEvent {
    pub id: EventId,
    pub given_id: Option<String>,
    pub event_type: String,
    pub created_at: Time,
}

/// The latest events, newest first.
pub async fn latest(db: &Db, organization: OrganizationId, limit: i64) -> Result<Vec<LatestEvent>, sqlx::Error> {
    const SQL: &str = "select id, given_id, event_type, created_at from events where organization_id = $1 \
                       order by id desc limit $2";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).bind(limit).fetch_all(pool).await)
}
