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
        let folder = tempfile::tempdir().expect("a temp folder");
        let (url, name) = match kind {
            Kind::Sqlite => (format!("sqlite://{}", folder.path().join("switchhook.db").display()), None),
            Kind::Postgres => {
                let name = unused_name();
                template().await;
                administer(&format!("create database {name} template {}", template_name())).await;
                (database_url(&name), Some(name))
            }
        };
        let db = Db::open(&url, 6).await.expect("the database opens");
        db.migrate().await.expect("the migrations run");
        Self { db, url, folder, name }
    }

    /// Closes connections and drops what Postgres would keep.
    pub async fn close(self) {
        self.db.close().await;
        if let Some(name) = self.name {
            administer(&format!("drop database if exists {name} with (force)")).await;
        }
    }
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
