//! A log of millions, made by statements of its own: all that the program would have written.

use crate::scenarios::Bench;
use rig::{Result, database::Kind};

/// So many finished deliveries of 20 days ago, each of an event of its own, with one attempt.
pub async fn fill(bench: &Bench, rows: u64) -> Result<()> {
    match bench.database.kind {
        Kind::Sqlite => {
            let pool = sqlx::SqlitePool::connect(&bench.database.url).await?;
            for from in (0..rows).step_by(100_000) {
                let many = (rows - from).min(100_000);
                for statement in [SQLITE_EVENTS, SQLITE_DELIVERIES, SQLITE_ATTEMPTS] {
                    let statement = sqlx::AssertSqlSafe(statement.replace("DATA", "x'7b7d'"));
                    sqlx::query(statement).bind(from as i64).bind((from + many) as i64).execute(&pool).await?;
                }
            }
            sqlx::query("analyze").execute(&pool).await?;
            pool.close().await;
        }
        Kind::Postgres => {
            let pool = sqlx::PgPool::connect(&bench.database.url).await?;
            for from in (0..rows).step_by(100_000) {
                let many = (rows - from).min(100_000);
                for statement in [PG_EVENTS, PG_DELIVERIES, PG_ATTEMPTS] {
                    let statement = sqlx::AssertSqlSafe(statement.replace("DATA", "'{}'::bytea"));
                    sqlx::query(statement).bind(from as i64).bind((from + many) as i64).execute(&pool).await?;
                }
            }
            sqlx::query("analyze").execute(&pool).await?;
            pool.close().await;
        }
    }
    Ok(())
}

// Row n is a millisecond after row n - 1, beginning 20 days ago; ids carry that time, as the program's do.
// One in twenty has failed: by 500, 503, 404 or a timeout.
macro_rules! rows {
    ($sqlite_id:literal, $pg_id:literal, $insert:literal) => {
        (
            concat!(
                "with recursive n(n) as (select $1 union all select n + 1 from n where n + 1 < $2), \
                 o as (select id as org, (select count(*) from webhooks) as hooks from organizations limit 1), \
                 t as (select n, org, hooks, (cast(strftime('%s', 'now') as integer) - 1728000) * 1000 + n as ms from n, o), \
                 r as (select n, org, ms, ms * 1000 as us, ", $sqlite_id, " as id, \
                 (select id from webhooks order by id limit 1 offset n % t.hooks) as hook from t) ", $insert
            ),
            concat!(
                "with o as (select id as org, (select count(*) from webhooks) as hooks from organizations limit 1), \
                 h as (select array_agg(id order by id) as ids from webhooks), \
                 t as (select n, org, hooks, (extract(epoch from now())::bigint - 1728000) * 1000 + n as ms \
                       from generate_series($1::bigint, $2::bigint - 1) n, o), \
                 r as (select n, org, ms, ms * 1000 as us, ", $pg_id, " as id, \
                 h.ids[1 + (n % hooks)::int] as hook from t, h) ", $insert
            ),
        )
    };
}

const EVENTS: (&str, &str) = rows!(
    "unhex(printf('%012x7000%016x', ms, n))",
    "(lpad(to_hex(ms), 12, '0') || '7000' || lpad(to_hex(n), 16, '0'))::uuid",
    "insert into events (organization_id, id, event_type, occurred_at, created_at, delivery_count, is_test, data) \
     select org, id, case n % 5 when 0 then 'batch.failed' else 'call.completed' end, us, us, 1, false, \
     DATA from r"
);
const DELIVERIES: (&str, &str) = rows!(
    "unhex(printf('%012x7001%016x', ms, n))",
    "(lpad(to_hex(ms), 12, '0') || '7001' || lpad(to_hex(n), 16, '0'))::uuid",
    "insert into deliveries (organization_id, id, event_id, webhook_id, event_type, status, is_test, attempt_count, \
     max_attempts, next_trigger, created_at, response_code, outcome, duration_us, completed_at) \
     select org, id, id, hook, case n % 5 when 0 then 'batch.failed' else 'call.completed' end, \
     case n % 20 when 7 then 2 else 1 end, false, 1, 3, 0, us, \
     case n % 80 when 7 then 500 when 27 then 503 when 47 then 404 when 67 then null else 200 end, \
     case n % 80 when 67 then 1 else 0 end, 1500, us + 2000 from r"
);
const ATTEMPTS: (&str, &str) = rows!(
    "unhex(printf('%012x7001%016x', ms, n))",
    "(lpad(to_hex(ms), 12, '0') || '7001' || lpad(to_hex(n), 16, '0'))::uuid",
    "insert into attempts (organization_id, delivery_id, number, id, trigger, started_at, duration_us, outcome, \
     response_code, url, request_headers, response_headers, response_truncated) \
     select org, id, 1, id, 0, us, 1500, case n % 80 when 67 then 1 else 0 end, \
     case n % 80 when 7 then 500 when 27 then 503 when 47 then 404 when 67 then null else 200 end, \
     'http://127.0.0.1/0', '[[\"content-type\",\"application/json\"]]', '[[\"content-length\",\"2\"]]', false from r"
);
const SQLITE_EVENTS: &str = EVENTS.0;
const SQLITE_DELIVERIES: &str = DELIVERIES.0;
const SQLITE_ATTEMPTS: &str = ATTEMPTS.0;
const PG_EVENTS: &str = EVENTS.1;
const PG_DELIVERIES: &str = DELIVERIES.1;
const PG_ATTEMPTS: &str = ATTEMPTS.1;
