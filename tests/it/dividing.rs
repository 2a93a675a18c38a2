//! What the plan beyond one machine rests on (`docs/SCALING.md`): on Postgres tables can be distributed by organization,
//! and the log's can be divided by time. Postgres itself is asked.

use crate::support::{TestApp, database::Kind};
use sqlx::{AssertSqlSafe, PgPool};
use switchhook::server::store::db::Db;

fn pool(app: &TestApp) -> &PgPool {
    let Db::Postgres(pool) = &app.env.db else { panic!("the app is on Postgres") };
    pool
}

/// Tables of the whole installation, which are small and stay in one place, or are copied to all.
const OF_ALL: [&str; 7] =
    ["_sqlx_migrations", "chores", "organizations", "password_resets", "processes", "sessions", "users"];
/// What is found by a token before its organization is known: small as well.
const BY_TOKEN: [&str; 3] = ["api_keys", "inboxes", "invitations"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_must_be_unique_is_so_within_its_organization_so_that_tables_can_be_distributed_by_it() {
    let app = TestApp::on(Kind::Postgres).await;
    let without: Vec<(String, String)> = sqlx::query_as(
        "select t.relname::text, i.relname::text from pg_index x join pg_class t on t.oid = x.indrelid \
         join pg_class i on i.oid = x.indexrelid join pg_namespace n on n.oid = t.relnamespace \
         left join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0] \
         where n.nspname = current_schema() and x.indisunique and a.attname is distinct from 'organization_id' \
         order by 1, 2",
    )
    .fetch_all(pool(&app))
    .await
    .unwrap();
    let others: Vec<&(String, String)> = without
        .iter()
        .filter(|(table, _)| !OF_ALL.contains(&table.as_str()) && !BY_TOKEN.contains(&table.as_str()))
        .collect();
    assert!(others.is_empty(), "unique without their organization: {others:?}");
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' \
         and n.nspname = current_schema() and not exists (select 1 from pg_attribute a where a.attrelid = c.oid \
         and a.attname = 'organization_id') order by 1",
    )
    .fetch_all(pool(&app))
    .await
    .unwrap();
    let others: Vec<&String> = tables.iter().filter(|table| !OF_ALL.contains(&table.as_str())).collect();
    assert!(others.is_empty(), "of no organization: {others:?}");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tables_of_the_log_with_all_of_their_indexes_can_be_divided_by_the_time_in_their_ids() {
    let app = TestApp::on(Kind::Postgres).await;
    for (table, id) in [("events", "id"), ("deliveries", "id"), ("attempts", "delivery_id")] {
        // Postgres refuses an index that is unique and does not hold what the parts are told apart by.
        for statement in [
            format!("create table parts_of_{table} (like {table} including all) partition by range ({id})"),
            format!(
                "create table {table}_of_a_day partition of parts_of_{table} \
                 for values from ('019abcde-0000-0000-0000-000000000000') to ('019abcdf-0000-0000-0000-000000000000')"
            ),
        ] {
            sqlx::query(AssertSqlSafe(statement)).execute(pool(&app)).await.unwrap();
        }
        let (whole, parts): (i64, i64) = sqlx::query_as(
            "select count(*) filter (where tablename = $1), count(*) filter (where tablename = $2) from pg_indexes",
        )
        .bind(table)
        .bind(format!("{table}_of_a_day"))
        .fetch_one(pool(&app))
        .await
        .unwrap();
        assert!(whole > 0 && whole == parts, "{table} has {whole} indexes, a part of it {parts}");
    }
    app.close().await;
}
