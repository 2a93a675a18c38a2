//! The two databases, and how one SQL text serves both.
//!
//! SQLite has one writer at a time: a pool of one connection and the connection of the group commit (`direct.rs`)
//! take turns; a pool of several reads beside them (WAL).
//! Postgres has one pool, and the writer connections of its own (`own.rs`). `$1` placeholders, RETURNING, ON CONFLICT,
//! partial indexes and CHECK work in both.

use super::direct;
use sqlx::{
    ConnectOptions, Connection, Executor, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fs::OpenOptions,
    io::ErrorKind,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::timeout,
};

/// A Postgres connection that has rested for longer is asked whether it still is there.
pub const IDLE_UNASKED: Duration = Duration::from_secs(2);

/// A statement whose connection has ended does too, where Postgres can tell (14 and later).
pub const GOES_WITH_ITS_CALLER: &str = "do $$ begin perform set_config('client_connection_check_interval', '2s', false); \
    exception when others then null; end $$";
/// Longest wait for such an answer.
pub const ANSWER: Duration = Duration::from_secs(2);

/// Either database.
#[derive(Clone, Debug)]
pub enum Db {
    Sqlite(Sqlite),
    Postgres(PgPool),
}

/// The pools of a SQLite file.
#[derive(Clone, Debug)]
pub struct Sqlite {
    pub read: SqlitePool,
    /// One connection: SQLite has one writer, and a queue in front of it beats a busy error behind it.
    pub write: SqlitePool,
    /// Whose turn it is to write: the pool's, or the connection's that the writer keeps for itself.
    pub turn: Arc<Mutex<()>>,
    pub path: PathBuf,
}

impl Sqlite {
    /// Waits until nobody else of this process writes; held for as long as one does.
    pub async fn turn(&self) -> OwnedMutexGuard<()> {
        self.turn.clone().lock_owned().await
    }
}

/// Runs one body on either database. `read` and `write` bind a pool; `transaction` binds an open
/// transaction (IMMEDIATE on SQLite), which is committed if the body answers `Ok` and rolled back if not, and also where the body leaves by `return`.
#[macro_export]
macro_rules! on_db {
    ($db:expr, read $pool:ident => $body:expr) => {
        match $db {
            $crate::server::store::db::Db::Sqlite(sqlite) => {
                let $pool = &sqlite.read;
                $body
            }
            $crate::server::store::db::Db::Postgres(postgres) => {
                let $pool = postgres;
                $body
            }
        }
    };
    ($db:expr, write $pool:ident => $body:expr) => {
        match $db {
            $crate::server::store::db::Db::Sqlite(sqlite) => {
                let _turn = sqlite.turn().await;
                let $pool = &sqlite.write;
                $body
            }
            $crate::server::store::db::Db::Postgres(postgres) => {
                let $pool = postgres;
                $body
            }
        }
    };
    ($db:expr, transaction $tx:ident => $body:block) => {
        match $db {
            $crate::server::store::db::Db::Sqlite(sqlite) => {
                let _turn = sqlite.turn().await;
                let mut open = sqlite.write.begin_with("BEGIN IMMEDIATE").await?;
                let result = {
                    let $tx = &mut *open;
                    $body
                };
                if result.is_ok() {
                    open.commit().await?;
                } else {
                    open.rollback().await?;
                }
                result
            }
            $crate::server::store::db::Db::Postgres(postgres) => {
                let mut open = postgres.begin().await?;
                let result = {
                    let $tx = &mut *open;
                    $body
                };
                if result.is_ok() {
                    open.commit().await?;
                } else {
                    open.rollback().await?;
                }
                result
            }
        }
    };
}

/// The versions of all migrations of this program.
pub fn migrations() -> impl Iterator<Item = i64> {
    MIGRATIONS.iter().map(|migration| migration.version)
}

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

impl Db {
    /// Opens `sqlite://path` or `postgres://…`; makes the SQLite file and its folder if missing.
    pub async fn open(url: &str, connections: u32) -> Result<Self, sqlx::Error> {
        if url.starts_with("sqlite:") {
            return Self::open_sqlite(url, connections).await;
        }
        Self::open_postgres(url, connections).await
    }

    async fn open_sqlite(url: &str, connections: u32) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // FULL: a commit is on the disk before it is answered. NORMAL could undo it on a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(direct::BUSY)
            .statement_cache_capacity(256)
            .pragma("temp_store", "memory")
            // `Checkpoints` moves the log long before that (512 MiB), where there is a writer, and no commit waits for it.
            .pragma("wal_autocheckpoint", "131072")
            .pragma("journal_size_limit", direct::LONGEST_LOG.to_string())
            .pragma("cache_size", "-16000");
        let path = options.get_filename().to_path_buf();
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(sqlx::Error::Io)?;
        }
        make_private(&path).map_err(sqlx::Error::Io)?;
        // A connection to a file does not break while nobody looks, but for one thing: where the disk was
        // full, SQLite has rolled back by itself, and the connection believes to be in a transaction for good.
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .before_acquire(|connection, _| {
                Box::pin(async move {
                    if connection.is_in_transaction() {
                        // A rollback may be under way.
                        connection.ping().await?;
                    }
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_with(options.clone())
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(connections.max(2))
            .test_before_acquire(false)
            .connect_with(options.read_only(true))
            .await?;
        let turn = Arc::default();
        Ok(Self::Sqlite(Sqlite { read, write, turn, path }))
    }

    async fn open_postgres(url: &str, connections: u32) -> Result<Self, sqlx::Error> {
        let options = PgConnectOptions::from_str(url)?.application_name("switchhook");
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(5))
            // A plan that is kept is that of the tables as they were: made while they are empty, it goes through all
            // of them for as long as the connection lives.
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection.execute("set plan_cache_mode = force_custom_plan").await?;
                    // As a disk seeks that has no arm: else going through the newest rows seems as cheap as an index to
                    // what is rare among them, and is not where all of that is old.
                    connection.execute("set random_page_cost = 1.1").await?;
                    connection.execute(GOES_WITH_ITS_CALLER).await.map(drop)
                })
            })
            // A connection that was used a moment ago is not asked again whether it is there.
            .test_before_acquire(false)
            .before_acquire(|connection, known| {
                Box::pin(async move {
                    if known.idle_for > IDLE_UNASKED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            // Who gave up on a silent database leaves a connection that would be waited for, and its place with it.
            .after_release(|connection, _| {
                Box::pin(async move {
                    let silent = |_| sqlx::Error::Io(ErrorKind::TimedOut.into());
                    timeout(ANSWER, connection.ping()).await.map_err(silent)?.map(|()| true)
                })
            })
            .connect_with(options.clone())
            .await;
        match pool {
            Ok(pool) => Ok(Self::Postgres(pool)),
            Err(error) => Err(cause(error, &options).await),
        }
    }

    /// Brings the schema up to date; safe to run from several processes.
    pub async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        match self {
            Self::Sqlite(sqlite) => MIGRATIONS.run(&sqlite.write).await,
            Self::Postgres(pool) => MIGRATIONS.run(pool).await,
        }
    }

    /// Moves what an earlier run has left in SQLite's log, for the one process that serves: one that is killed again and
    /// again within a second comes to it at no other time, and each start reads all of the log.
    pub async fn empty_log(&self) {
        let Self::Sqlite(sqlite) = self else { return };
        if let Err(error) = sqlx::query("pragma wal_checkpoint(truncate)").execute(&sqlite.write).await {
            tracing::warn!(%error, "the log of the database could not be emptied at the start");
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => {
                sqlite.read.close().await;
                // So that the file is whole by itself, whoever still has it open.
                if let Err(error) = sqlx::query("pragma wal_checkpoint(passive)").execute(&sqlite.write).await {
                    tracing::debug!(%error, "the log of the database was left beside it");
                }
                sqlite.write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }
}

/// Makes the file if it is missing, for its owner alone: what receivers answer is nobody else's. SQLite gives the
/// files beside it the same rights.
fn make_private(path: &Path) -> std::io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

/// The pool tries until its time is over and does not tell why it failed; one more try does.
async fn cause(error: sqlx::Error, options: &PgConnectOptions) -> sqlx::Error {
    if !matches!(error, sqlx::Error::PoolTimedOut) {
        return error;
    }
    match tokio::time::timeout(Duration::from_secs(2), options.connect()).await {
        Ok(Err(cause)) => cause,
        Ok(Ok(_)) | Err(_) => error,
    }
}

/// What went wrong, for the operator's log. The pool's own words for a database that is silent speak of the pool alone.
pub fn said(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::PoolTimedOut => "the database gave no connection in time: it is silent or out of reach, or all \
            of SWITCHHOOK_DATABASE_CONNECTIONS were in use"
            .into(),
        sqlx::Error::Io(error) if error.kind() == ErrorKind::TimedOut => error.to_string(),
        other => other.to_string(),
    }
}

/// Whether the database cannot even be asked.
pub fn is_unreachable(error: &sqlx::Error) -> bool {
    match error {
        // Postgres: connection (08), a password that was changed (28), no such database (3D), shutdown (57P).
        sqlx::Error::Database(fault) => {
            let code = fault.code().unwrap_or_default();
            code.len() == 5 && ["08", "28", "3D", "57P"].iter().any(|class| code.starts_with(class))
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

/// Whether the database starts, or has no connection left for the moment: asked again soon, it may have one.
pub fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
        sqlx::Error::Database(fault) => fault.code().is_some_and(|code| matches!(&*code, "53300" | "57P03")),
        _ => false,
    }
}

/// Whether the database is away, full or busy, rather than refusing what was written.
pub fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(fault) => {
            let code = fault.code().unwrap_or_default();
            // SQLite: BUSY 5, LOCKED 6, NOMEM 7, READONLY 8, IOERR 10, FULL 13, CANTOPEN 14, PROTOCOL 15 and their
            // extended codes.
            // Postgres: connection (08), read-only after a failover (25), a password that was changed (28), no such database
            // (3D), rollback by conflict (40), resources and disk (53), a lock that was not to be had (55), shutdown (57),
            // system (58).
            let is_busy = |c: u32| matches!(c & 0xff, 5..=8 | 10 | 13..=15);
            let sqlite = code.len() != 5 && code.parse().is_ok_and(is_busy);
            let postgres = ["08", "25", "28", "3D", "40", "53", "55", "57", "58"];
            sqlite || postgres.iter().any(|class| code.len() == 5 && code.starts_with(class))
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}
