//! Questions about the installation as a whole, for `doctor`.

use super::db::{self, Db};
use crate::model::id::*;

/// Whether every migration of this program has run.
pub async fn is_schema_current(db: &Db) -> Result<bool, sqlx::Error> {
    const SQL: &str = "select version from _sqlx_migrations where success";
    let done: Vec<i64> = on_db!(db, read pool => sqlx::query_scalar(SQL).fetch_all(pool).await)?;
    Ok(db::migrations().all(|version| done.contains(&version)))
}

/// One encrypted webhook secret of whatever organization, with what it belongs to.
pub async fn any_sealed_secret_of_any_organization(
    db: &Db,
) -> Result<Option<(OrganizationId, WebhookId, Vec<u8>)>, sqlx::Error> {
    const SQL: &str = "select organization_id, webhook_id, secret from webhook_secrets limit 1";
    on_db!(db, read pool => sqlx::query_as(SQL).fetch_optional(pool).await)
}
