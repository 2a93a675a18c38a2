//! A log of millions: made by the program's own tables, then read beside a steady stream of new events.

use crate::scenarios::Bench;
use rig::{
    Result,
    api::Api,
    database::Kind,
    figures::{Figures, percentile},
    machine::now_ns,
    publisher::{Load, Posted, publish},
    wire::Connection,
};

/// Events a second beside which the log is read.
const BESIDE: f64 = 1_000.0;

/// Fills the log, then measures reads, accepts and the cost of a delivery.
pub async fn run(bench: Bench, rows: u64, figures: &mut Figures) -> Result<()> {
    let (program, api) = bench.with_webhooks("bench", 4).await?;
    let filled = now_ns();
    fill(&bench, rows).await?;
    figures.add("rows in the log", rows as f64);
    figures.add("seconds to fill it", (now_ns() - filled) as f64 / 1e9);
    let publishing = tokio::spawn({
        let api = api.clone();
        async move { publish(&api, &Load { connections: 32, ..Load::new(0, 20_000) }.at_rate(BESIDE)).await }
    });
    let webhook = api.json("GET", "/v1/webhooks", &serde_json::Value::Null).await?["data"][0]["id"].clone();
    let webhook = webhook.as_str().unwrap_or_default().to_owned();
    for (name, query) in [
        ("no filter", String::new()),
        ("failed", "&status=failed".into()),
        ("one webhook", format!("&webhook_id={webhook}")),
        ("one type", "&event_type=batch.failed".into()),
        ("5xx", "&response_code=5xx".into()),
        ("one webhook, failed", format!("&webhook_id={webhook}&status=failed")),
        ("one type, failed", "&event_type=call.completed&status=failed".into()),
        ("timeouts", "&error=timeout".into()),
        ("nothing matches", "&event_type=call.completed&response_code=418".into()),
    ] {
        let (first, deep) = pages(&api, &query).await?;
        figures.add(leak(format!("log, {name}: first page p95, ms")), first);
        figures.add(leak(format!("log, {name}: a page deep inside p95, ms")), deep);
    }
    let posted = publishing.await?;
    let mut accepts: Vec<f64> = times(&posted);
    figures.add("accept p50 meanwhile, ms", percentile(&mut accepts, 0.5));
    figures.add("accept p99 meanwhile, ms", percentile(&mut accepts, 0.99));
    let before = program.usage().cpu_seconds + bench.database.usage().cpu_seconds;
    publish(&api, &Load::new(100_000, 5_000)).await;
    bench.receiver.wait(0, 25_001, std::time::Duration::from_secs(20)).await;
    let after = program.usage().cpu_seconds + bench.database.usage().cpu_seconds;
    figures.add("processor s per 1,000 deliveries beside so many rows", (after - before) / 20.0);
    Ok(())
}

fn times(posted: &[Posted]) -> Vec<f64> {
    posted.iter().filter(|one| one.status == 202).map(|one| (one.answered_ns - one.sent_ns) as f64 / 1e6).collect()
}

/// The p95 of the first page, and of a page a thousand pages down (or as far as there are any).
async fn pages(api: &Api, query: &str) -> Result<(f64, f64)> {
    let mut connection = Connection::open(api.address()).await?;
    let mut first = Vec::new();
    let mut cursor = None;
    for _ in 0..20 {
        let (took, next) = page(&mut connection, api, query, None).await?;
        first.push(took);
        cursor = next;
    }
    for _ in 0..1_000 {
        let Some(at) = &cursor else { break };
        match page(&mut connection, api, query, Some(at)).await?.1 {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    let mut deep = Vec::new();
    for _ in 0..20 {
        deep.push(page(&mut connection, api, query, cursor.as_deref()).await?.0);
    }
    Ok((percentile(&mut first, 0.95), percentile(&mut deep, 0.95)))
}

async fn page(
    connection: &mut Connection,
    api: &Api,
    query: &str,
    cursor: Option<&str>,
) -> Result<(f64, Option<String>)> {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let path = format!("/v1/webhooks/logs?limit=50{query}{cursor}");
    let started = now_ns();
    let answer = connection.call("GET", &path, &[("authorization", api.bearer())], b"").await?;
    let took = (now_ns() - started) as f64 / 1e6;
    if answer.status() != 200 {
        return Err(format!("{path}: {}", String::from_utf8_lossy(&answer.body)).into());
    }
    let body: serde_json::Value = serde_json::from_slice(&answer.body)?;
    Ok((took, body["next_cursor"].as_str().map(str::to_owned)))
}

/// Names of figures live as long as the program.
fn leak(name: String) -> &'static str {
    name.leak()
}

/// Copies the deliveries that the program itself has made, at earlier times and with other ends, in large steps.
async fn fill(bench: &Bench, rows: u64) -> Result<()> {
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
