//! A process that is killed while it brings the schema up to date: whoever starts next finds what was there before and
//! finishes. Killed after each statement of each migration.

use crate::support::database::{Fresh, Kind};
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection,
    migrate::{Migration, Migrator},
};
use std::path::Path;
use switchhook::{on_db, server::store::db::Db};

async fn migrations() -> Migrator {
    Migrator::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"))).await.expect("the migrations read")
}

/// The statements, one by one; a semicolon in a comment ends none.
fn statements(migration: &Migration) -> Vec<String> {
    let text: String =
        migration.sql.as_str().lines().flat_map(|line| [line.split("--").next().unwrap_or(""), "\n"]).collect();
    text.split(';').map(str::trim).filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}

/// Every table, column, index and condition, in the database's own words.
async fn schema(db: &Db) -> Vec<String> {
    const SQLITE: &str = "select type || ' ' || name || ': ' || coalesce(sql, '') from sqlite_master order by 1";
    const POSTGRES: &str = "select t from (\
        select table_name || '.' || column_name || ': ' || data_type || ' ' || is_nullable || coalesce(' ' || column_default, '') as t \
        from information_schema.columns where table_schema = 'public' \
        union all select indexdef from pg_indexes where schemaname = 'public' \
        union all select conrelid::regclass || ' ' || conname || ': ' || pg_get_constraintdef(oid) from pg_constraint \
        where connamespace = 'public'::regnamespace) x order by 1";
    let statement = if db.is_sqlite() { SQLITE } else { POSTGRES };
    on_db!(db, read pool => sqlx::query_scalar(statement).fetch_all(pool).await).expect("the schema reads")
}

/// Runs the statements as a migration would, and dies before the end of the transaction.
async fn killed_after(fresh: Fresh, statements: &[String]) -> Fresh {
    // So little memory that the SQLite file has got part of it already.
    let begun = if fresh.db.is_sqlite() { "pragma cache_size = 1; begin" } else { "begin" };
    let half = AssertSqlSafe(format!("{begun}; {}", statements.join("; ")));
    match fresh.db {
        Db::Sqlite(_) => {
            let mut connection = SqliteConnection::connect(&fresh.url).await.expect("it opens");
            connection.execute(half).await.expect("the statements run");
            // What a killed process leaves is its files as they are.
            fresh.copied().await
        }
        Db::Postgres(_) => {
            let mut connection = PgConnection::connect(&fresh.url).await.expect("it opens");
            connection.execute(half).await.expect("the statements run");
            let ended = connection.execute("select pg_terminate_backend(pg_backend_pid())").await;
            assert!(ended.is_err(), "the connection is cut");
            fresh
        }
    }
}

async fn a_schema_half_made_is_finished_by_the_next_start(kind: Kind) {
    let (whole, mut fresh) = (Fresh::on(kind).await, Fresh::empty(kind).await);
    let wanted = schema(&whole.db).await;
    assert!(wanted.len() > 50, "{wanted:?}");
    let all = migrations().await;
    for migration in all.iter() {
        assert!(!migration.no_tx, "“{}” is not undone as a whole where it breaks off", migration.description);
        let (before, statements) = (schema(&fresh.db).await, statements(migration));
        for done in 1..=statements.len() {
            fresh = killed_after(fresh, &statements[..done]).await;
        }
        assert_eq!(schema(&fresh.db).await, before, "killed in “{}”", migration.description);
        on_db!(&fresh.db, write pool => all.run_to(migration.version, pool).await).expect("the next start goes on");
    }
    fresh.db.migrate().await.expect("the program finds its own migrations");
    assert_eq!(schema(&fresh.db).await, wanted);
    fresh.close().await;
    whole.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_killed_after_any_statement_is_finished_by_the_next_start_on_sqlite() {
    a_schema_half_made_is_finished_by_the_next_start(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_killed_after_any_statement_is_finished_by_the_next_start_on_postgres() {
    a_schema_half_made_is_finished_by_the_next_start(Kind::Postgres).await;
}
