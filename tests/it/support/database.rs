//! A fresh database for each test.

use super::postgres;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, postgres::PgConnectOptions};
use std::{
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
};
use switchhook::server::store::db::Db;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// A migrated, empty database; gone when dropped (SQLite) or closed (Postgres).
pub struct Fresh {
    pub db: Db,
    pub url: String,
    /// Where the SQLite file is; a place for other files of the test on either database.
    pub folder: TempDir,
    name: Option<String>,
}

impl Fresh {
    pub async fn on(kind: Kind) -> Self {
        if kind == Kind::Postgres {
            template().await;
        }
        let fresh = Self::of(kind, &template_name()).await;
        fresh.db.migrate().await.expect("the migrations run");
        fresh
    }
    /// A database without a schema.
    pub async fn empty(kind: Kind) -> Self {
        Self::of(kind, "template0").await
    }
    /// On Postgres a copy of the template.
    async fn of(kind: Kind, template: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temp folder");
        let (url, name) = match kind {
            Kind::Sqlite => (sqlite_url(&folder), None),
            Kind::Postgres => {
                let name = unused_name();
                administer(&format!("create database {name} template {template}")).await;
                (database_url(&name), Some(name))
            }
        };
        let db = Db::open(&url, 6).await.expect("the database opens");
        Self { db, url, folder, name }
    }
    /// The SQLite file and those beside it as they are at this moment, in another folder; the first is given up.
    pub async fn copied(self) -> Self {
        let folder = tempfile::tempdir().expect("a temp folder");
        for file in std::fs::read_dir(self.folder.path()).expect("the folder reads").flatten() {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).expect("the file is copied");
        }
        self.close().await;
        let url = sqlite_url(&folder);
        let db = Db::open(&url, 6).await.expect("the copy opens");
        Self { db, url, folder, name: None }
    }

    /// Closes connections and drops what Postgres would keep.
    pub async fn close(self) {
        self.db.close().await;
        if let Some(name) = self.name {
            administer(&format!("drop database if exists {name} with (force)")).await;
        }
    }
}

fn sqlite_url(folder: &TempDir) -> String {
    format!("sqlite://{}", folder.path().join("switchhook.db").display())
}

fn unused_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("switchhook_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn template_name() -> String {
    format!("switchhook_test_{}_template", std::process::id())
}

/// Migrates once; copying is quicker than migrating.
async fn template() {
    static MADE: OnceCell<()> = OnceCell::const_new();
    MADE.get_or_init(|| async {
        administer(&format!("create database {}", template_name())).await;
        let db = Db::open(&database_url(&template_name()), 2).await.expect("the template opens");
        db.migrate().await.expect("the migrations run");
        db.close().await;
    })
    .await;
}

/// Runs one statement on the server's maintenance database.
async fn administer(statement: &str) {
    let mut connection = PgConnection::connect(postgres::server_url()).await.expect("the test Postgres answers");
    connection.execute(AssertSqlSafe(statement.to_string())).await.expect("the statement runs");
    connection.close().await.expect("the connection closes");
}

fn database_url(name: &str) -> String {
    let options = PgConnectOptions::from_str(postgres::server_url()).expect("the address of the test Postgres");
    let mut url = options.database(name).to_url_lossy();
    if let Some((_, folder)) = postgres::server_url().split_once("host=") {
        url.set_query(Some(&format!("host={folder}")));
    }
    url.to_string()
}
