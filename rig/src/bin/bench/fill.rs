//! A log of millions, made by statements of its own: events, deliveries and attempts as the program would have written
//! them, without health's counts.

use crate::scenarios::Bench;
use rig::{Result, database::Kind, machine};

/// Rows that one statement makes.
const STEP: u64 = 250_000;
/// How long ago the first of them was.
const AGO_MS: i64 = 20 * 24 * 3_600 * 1_000;

/// What a log is filled with.
#[derive(Debug, Clone, Copy)]
pub struct Filled {
    pub rows: u64,
    pub webhooks: usize,
    /// Bytes of each event's data.
    pub data: usize,
}

/// So many finished deliveries of 20 days ago, each of an event of its own, with one attempt.
pub async fn fill(bench: &Bench, Filled { rows, data, .. }: Filled) -> Result<()> {
    let data = format!("{{\"text\":\"{}\"}}", "x".repeat(data.saturating_sub(11)));
    let first_ms = machine::now_ms()? - AGO_MS;
    match bench.database.kind {
        Kind::Sqlite => {
            let pool = sqlx::SqlitePool::connect(&bench.database.url).await?;
            for (from, to, insert) in steps(rows) {
                let statement = sqlx::AssertSqlSafe(format!(
                    "{SQLITE} {}",
                    insert
                        .replace("DATA", &format!("cast('{data}' as blob)"))
                        .replace("BODY", "cast('{\"ok\":true}' as blob)")
                ));
                sqlx::query(statement).bind(from).bind(to).bind(first_ms).execute(&pool).await?;
            }
            pool.close().await;
        }
        Kind::Postgres => {
            let pool = sqlx::PgPool::connect(&bench.database.url).await?;
            for (from, to, insert) in steps(rows) {
                let statement = sqlx::AssertSqlSafe(format!(
                    "{POSTGRES} {}",
                    insert.replace("DATA", &format!("'{data}'::bytea")).replace("BODY", "'{\"ok\":true}'::bytea")
                ));
                sqlx::query(statement).bind(from).bind(to).bind(first_ms).execute(&pool).await?;
            }
            // As autovacuum would in time.
            sqlx::query("vacuum analyze").execute(&pool).await?;
            pool.close().await;
        }
    }
    Ok(())
}

fn steps(rows: u64) -> impl Iterator<Item = (i64, i64, &'static str)> {
    let bounds = move |from: u64| (from as i64, (from + STEP).min(rows) as i64);
    (0..rows).step_by(STEP as usize).flat_map(move |from| {
        let (from, to) = bounds(from);
        [EVENTS, DELIVERIES, ATTEMPTS].map(|insert| (from, to, insert))
    })
}

// Row n is n milliseconds after the first; ids carry that time, as the program's do.
const SQLITE: &str = "with recursive n(n) as (select $1 union all select n + 1 from n where n + 1 < $2), \
    h as (select organization_id as org, id, row_number() over (order by id) - 1 as place, count(*) over () as all_of \
          from webhooks), \
    t as (select n, $3 + n as ms from n), \
    r as (select n, org, ms * 1000 as us, unhex(printf('%012x7000%016x', ms, n)) as event, \
          unhex(printf('%012x7001%016x', ms, n)) as id, h.id as hook from t join h on h.place = n % all_of)";
const POSTGRES: &str = "with n as (select generate_series($1::bigint, $2::bigint - 1) as n), \
    h as (select organization_id as org, id, row_number() over (order by id) - 1 as place, count(*) over () as all_of \
          from webhooks), \
    t as (select n, $3::bigint + n as ms from n), \
    r as (select n, org, ms * 1000 as us, \
          (lpad(to_hex(ms), 12, '0') || '7000' || lpad(to_hex(n), 16, '0'))::uuid as event, \
          (lpad(to_hex(ms), 12, '0') || '7001' || lpad(to_hex(n), 16, '0'))::uuid as id, h.id as hook \
          from t join h on h.place = n % all_of)";

// One in twenty has failed: by 500, 503, 404 or a timeout. One in two hundred was never sent.
const EVENTS: &str = "insert into events \
    (organization_id, id, event_type, occurred_at, created_at, delivery_count, is_test, data) \
    select org, event, case n % 5 when 0 then 'batch.failed' else 'call.completed' end, us, us, 1, false, DATA from r";
const DELIVERIES: &str = "insert into deliveries (organization_id, id, event_id, webhook_id, event_type, status, \
    is_test, attempt_count, max_attempts, next_trigger, created_at, response_code, outcome, duration_us, completed_at) \
    select org, id, event, hook, case n % 5 when 0 then 'batch.failed' else 'call.completed' end, \
    case when n % 200 = 11 then 3 when n % 20 = 7 then 2 else 1 end, false, case n % 200 when 11 then 0 else 1 end, 3, 0, us, \
    case when n % 80 = 7 then 500 when n % 80 = 27 then 503 when n % 80 = 47 then 404 when n % 80 = 67 or n % 200 = 11 then null \
    else 200 end, case when n % 200 = 11 then null when n % 80 = 67 then 1 else 0 end, \
    case n % 200 when 11 then null else 1500 end, us + 2000 from r";
const ATTEMPTS: &str = "insert into attempts (organization_id, delivery_id, number, id, trigger, started_at, \
    duration_us, outcome, response_code, url, request_headers, response_headers, response_truncated, response_body) \
    select org, id, 1, id, 0, us, 1500, case n % 80 when 67 then 1 else 0 end, \
    case n % 80 when 7 then 500 when 27 then 503 when 47 then 404 when 67 then null else 200 end, \
    'http://127.0.0.1/0', '[[\"content-type\",\"application/json\"]]', '[[\"content-length\",\"11\"]]', false, BODY from r \
    where n % 200 <> 11";
