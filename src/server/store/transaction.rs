//! An open transaction of either database, for what takes several functions to write; the writer has its own (`group.rs`).

use super::db::Db;
use tokio::sync::OwnedMutexGuard;

/// Rolled back when dropped.
pub enum Transaction {
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>, OwnedMutexGuard<()>),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// Runs one body on either connection.
#[macro_export]
macro_rules! on_transaction {
    ($transaction:expr, $connection:ident => $body:expr) => {
        match $transaction {
            $crate::server::store::transaction::Transaction::Sqlite(open, _turn) => {
                let $connection = &mut **open;
                $body
            }
            $crate::server::store::transaction::Transaction::Postgres(open) => {
                let $connection = &mut **open;
                $body
            }
        }
    };
}

impl Transaction {
    /// IMMEDIATE on SQLite, so that what it reads cannot change before it writes.
    pub async fn begin(db: &Db) -> Result<Self, sqlx::Error> {
        Ok(match db {
            Db::Sqlite(sqlite) => {
                let turn = sqlite.turn().await;
                Self::Sqlite(sqlite.write.begin_with("BEGIN IMMEDIATE").await?, turn)
            }
            Db::Postgres(pool) => Self::Postgres(pool.begin().await?),
        })
    }
    /// Returns once it is on the disk.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(open, _turn) => open.commit().await,
            Self::Postgres(open) => open.commit().await,
        }
    }
}
