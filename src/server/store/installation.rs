//! Questions about the installation as a whole, for `doctor`.

use super::db::{self, Db};
use crate::model::id::*;

/// How the database's schema stands to this program's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    Current,
    /// Migrations are still to be run.
    Older,
    /// A newer program has run its own.
    Newer,
}

/// Compares the migrations that have run with those of this program.
pub async fn schema(db: &Db) -> Result<Schema, sqlx::Error> {
    const SQL: &str = "select version from _sqlx_migrations where success";
    let done: Vec<i64> = on_db!(db, read pool => sqlx::query_scalar(SQL).fetch_all(pool).await)?;
    let ours: Vec<i64> = db::migrations().collect();
    Ok(if done.iter().any(|version| !ours.contains(version)) {
        Schema::Newer
    } else if ours.iter().all(|version| done.contains(version)) {
        Schema::Current
    } else {
        Schema::Older
    })
}

/// One encrypted webhook secret of whatever organization, with what it belongs to.
pub async fn any_sealed_secret_of_any_organization(
    db: &Db,
) -> Result<Option<(OrganizationId, WebhookId, Vec<u8>)>, sqlx::Error> {
    const SQL: &str = "select organization_id, webhook_id, secret from webhook_secrets limit 1";
    on_db!(db, read pool => sqlx::query_as(SQL).fetch_optional(pool).await)
}
