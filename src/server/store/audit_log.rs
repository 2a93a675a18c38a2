//! Reading the audit log.

use super::db::Db;
use crate::model::{id::*, time::Time};

/// One row, as it is kept.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct AuditRow {
    pub id: AuditId,
    pub at: Time,
    pub actor: String,
    pub actor_id: Option<String>,
    pub source: Option<String>,
    pub action: String,
    pub target_id: Option<String>,
    pub target: Option<String>,
    /// JSON objects.
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What to list; none: all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditCriteria {
    pub actor_id: Option<String>,
    /// What the service itself did; goes before `actor_id`.
    pub by_service: bool,
    /// As `webhook`, for `webhook.created` and the like.
    pub kind: Option<String>,
}

/// The rows before `before`, newest first; the largest id asks for the newest.
pub async fn page(
    db: &Db,
    organization: OrganizationId,
    criteria: &AuditCriteria,
    before: AuditId,
    limit: i64,
) -> Result<Vec<AuditRow>, sqlx::Error> {
    macro_rules! select {
        ($who:literal) => {
            concat!(
                "select id, at, actor, actor_id, source, action, target_id, target, before, after from audit_log \
                 where organization_id = $1 and id < $2 and ($4 is null or action like $4) ",
                $who,
                " order by id desc limit $3"
            )
        };
    }
    let kind = criteria.kind.as_ref().map(|kind| format!("{kind}.%"));
    on_db!(db, read pool => match (&criteria.actor_id, criteria.by_service) {
        (_, true) => sqlx::query_as(select!("and actor_id is null"))
            .bind(organization).bind(before).bind(limit).bind(kind).fetch_all(pool).await,
        (Some(actor), false) => sqlx::query_as(select!("and actor_id = $5"))
            .bind(organization).bind(before).bind(limit).bind(kind).bind(actor).fetch_all(pool).await,
        (None, false) => sqlx::query_as(select!(""))
            .bind(organization).bind(before).bind(limit).bind(kind).fetch_all(pool).await,
    })
}

/// What an action was done to after the row with the id `after` and before a time, oldest first: the row and the
/// thing's id.
pub async fn targets_after(
    db: &Db,
    organization: OrganizationId,
    action: &str,
    after: AuditId,
    before: Time,
    limit: u32,
) -> Result<Vec<(AuditId, String)>, sqlx::Error> {
    const SQL: &str = "select id, target_id from audit_log where organization_id = $1 and id > $2 and action = $3 \
                       and at < $4 and target_id is not null order by id asc limit $5";
    on_db!(db, read pool => sqlx::query_as(SQL)
        .bind(organization).bind(after).bind(action).bind(before).bind(i64::from(limit)).fetch_all(pool).await)
}

/// Everybody who is in the log: id, and the name that it was last written with in the alphabet.
pub async fn actors(db: &Db, organization: OrganizationId) -> Result<Vec<(String, String)>, sqlx::Error> {
    const SQL: &str = "select actor_id, max(actor) as name from audit_log where organization_id = $1 \
                       and actor_id is not null group by actor_id order by name limit 200";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).fetch_all(pool).await)
}
