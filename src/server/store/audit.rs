//! The audit log: one row for each change, written in the transaction of the change.

use super::db::Db;
use crate::model::{id::*, time::Time};
use std::future::Future;

/// One row: who did what, from where, to what, with before and after as JSON without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub organization_id: OrganizationId,
    pub id: AuditId,
    pub at: Time,
    /// A person's or key's name, or “Switchhook”.
    pub actor: String,
    pub actor_id: Option<String>,
    /// The address that the request came from.
    pub source: Option<String>,
    /// As `webhook.created`.
    pub action: &'static str,
    pub target_id: Option<String>,
    pub target: Option<String>,
    pub before: Option<String>,
    pub after: Option<String>,
}

const INSERT: &str = "insert into audit_log \
    (organization_id, id, at, actor, actor_id, source, action, target_id, target, before, after) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// An open transaction of either database: what [`Entry::write`] takes inside `on_db!`.
pub trait Ledger {
    fn append(&mut self, entry: &Entry) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

macro_rules! ledger {
    ($($connection:ty),*) => {$(
        impl Ledger for $connection {
            async fn append(&mut self, e: &Entry) -> Result<(), sqlx::Error> {
                sqlx::query(INSERT)
                    .bind(e.organization_id).bind(e.id).bind(e.at)
                    .bind(&e.actor).bind(&e.actor_id).bind(&e.source)
                    .bind(e.action).bind(&e.target_id).bind(&e.target)
                    .bind(&e.before).bind(&e.after)
                    .execute(self).await.map(drop)
            }
        }
    )*};
}
ledger!(sqlx::SqliteConnection, sqlx::PgConnection);

impl Entry {
    /// Writes the row within an open transaction, so that there is no change without its row.
    pub async fn write<L: Ledger>(&self, transaction: &mut L) -> Result<(), sqlx::Error> {
        transaction.append(self).await
    }
}

/// Writes a row by itself, for what leaves no other trace in the database.
pub async fn write(db: &Db, entry: &Entry) -> Result<(), sqlx::Error> {
    on_db!(db, transaction tx => { entry.write(tx).await })
}
