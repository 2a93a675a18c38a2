//! A log of millions, read beside a steady stream of new events; then a part of it is removed.

use crate::{
    combinations,
    fill::{Filled, fill},
    scenarios::Bench,
};
use rig::{
    Result,
    api::Api,
    figures::{Figures, percentile},
    machine::{now_ms, now_ns},
    program::Program,
    publisher::{Load, Posted, publish},
    wire::Connection,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Events a second beside which the log is read.
const BESIDE: f64 = 1_000.0;
/// How often accepting is measured beside removal and without it.
const TURNS: u64 = 3;
const PATIENCE: Duration = Duration::from_secs(60);

/// Fills the log, then measures reads, accepts, the cost of a delivery and the removal of what is old.
pub async fn run(bench: Bench, filled: Filled, figures: &mut Figures) -> Result<()> {
    let Filled { rows, webhooks, .. } = filled;
    let (mut program, api) = bench.with_webhooks("bench", webhooks).await?;
    // A part of the log is another organization's.
    let other = program.api(&bench.setup.organization("other")?);
    other.webhook(&bench.receiver.url(0), &[5, 60]).await?;
    let before = cost(&bench, &program, &api, 200_000, webhooks).await?;
    figures.add("processor s per 1,000 deliveries, log empty", before);
    let started = now_ns();
    fill(&bench, filled).await?;
    figures.add("rows in the log", rows as f64);
    figures.add("seconds to fill it", (now_ns() - started) as f64 / 1e9);
    figures.add("gigabytes of the database", bench.database.kept().await? as f64 / 1e9);
    let after = cost(&bench, &program, &api, 300_000, webhooks).await?;
    figures.add("processor s per 1,000 deliveries, log full", after);
    figures.add("the one to the other", after / before);
    let accepted = Arc::new(AtomicU64::new(0));
    let beside = tokio::spawn({
        let (api, accepted) = (api.clone(), accepted.clone());
        async move {
            // For as long as it is read.
            for part in 0.. {
                let load = Load { connections: 32, ..Load::new(1_000_000 + part * 5_000, 5_000) };
                let posted = publish(&api, &load.at_rate(BESIDE)).await;
                accepted.fetch_add(posted.iter().filter(|one| one.status == 202).count() as u64, Ordering::Relaxed);
            }
        }
    });
    let started = now_ns();
    reads(&api, figures).await?;
    combinations::reads(&api, figures).await?;
    beside.abort();
    let seconds = (now_ns() - started) as f64 / 1e9;
    figures.add("events/s accepted while it is read", accepted.load(Ordering::Relaxed) as f64 / seconds);
    program.stop().await?;
    drop(program);
    remove(&bench, &api, figures).await
}

/// Processor seconds per 1,000 deliveries at full rate, program and database.
async fn cost(bench: &Bench, program: &Program, api: &Api, first: u64, webhooks: usize) -> Result<f64> {
    let used = || program.usage().cpu_seconds + bench.database.usage().cpu_seconds;
    let (before, arrived) = (used(), bench.receiver.count(0));
    publish(api, &Load::new(first, 5_000)).await;
    for path in 0..webhooks {
        bench.receiver.wait(path, arrived + 5_000, PATIENCE).await;
    }
    Ok((used() - before) / (5.0 * webhooks as f64))
}

/// Publishes for a second, so that connections are there, and for ten more; adds how long it then took to be accepted, and
/// answers the p99 in ms.
async fn accepts(api: &Api, first: u64, name: &str, figures: &mut Figures) -> f64 {
    let load = |first, count| Load { connections: 32, ..Load::new(first, count) }.at_rate(BESIDE);
    publish(api, &load(first, 1_000)).await;
    let mut times = times(&publish(api, &load(first + 1_000, 10_000)).await);
    let p99 = percentile(&mut times, 0.99);
    figures.add(leak(format!("{name}: p50, ms")), percentile(&mut times, 0.5));
    figures.add(leak(format!("{name}: p99, ms")), p99);
    p99
}

/// The log by filters that an index answers, and by some that none does.
async fn reads(api: &Api, figures: &mut Figures) -> Result<()> {
    let webhook = api.json("GET", "/v1/webhooks", &serde_json::Value::Null).await?["data"][0]["id"].clone();
    let webhook = webhook.as_str().unwrap_or_default().to_owned();
    // Nothing new fails: the newest that has failed is the end of what was filled in.
    let failed = api.json("GET", "/v1/webhooks/logs?limit=1&status=failed", &serde_json::Value::Null).await?;
    let end = failed["data"][0]["created_at"].as_str().unwrap_or_default().to_owned();
    for (name, query) in [
        ("no filter", String::new()),
        ("failed", "&status=failed".into()),
        ("succeeded", "&status=success".into()),
        ("one webhook", format!("&webhook_id={webhook}")),
        ("one type", "&event_type=batch.failed".into()),
        ("5xx", "&response_code=5xx".into()),
        ("404", "&response_code=404".into()),
        ("timeouts", "&error=timeout".into()),
        ("one webhook, failed", format!("&webhook_id={webhook}&status=failed")),
        ("one webhook, one type", format!("&webhook_id={webhook}&event_type=batch.failed")),
        ("one type, failed", "&event_type=call.completed&status=failed".into()),
        ("since a time, one type, 5xx", "&from=2020-01-01&event_type=call.completed&response_code=5xx".into()),
        ("since a time, failed", "&from=2020-01-01&status=failed".into()),
        ("until a time, succeeded", format!("&to={end}&status=success")),
        (
            "between two times, one webhook, one type, 404",
            format!("&from=2020-01-01&to={end}&webhook_id={webhook}&event_type=call.completed&response_code=404"),
        ),
        (
            "all of them",
            format!("&webhook_id={webhook}&event_type=call.completed&status=failed&error=status&response_code=503"),
        ),
        ("nothing matches", format!("&webhook_id={webhook}&event_type=call.started&status=success")),
        ("no such code", "&event_type=call.completed&response_code=418".into()),
    ] {
        let (first, deep) = pages(api, &query).await?;
        figures.add(leak(format!("log, {name}: first page p95, ms")), first);
        figures.add(leak(format!("log, {name}: deep inside p95, ms")), deep);
    }
    Ok(())
}

/// Fills the log, then removes what is old of it.
pub async fn removal(bench: Bench, filled: Filled, figures: &mut Figures) -> Result<()> {
    let (mut program, api) = bench.with_webhooks("bench", filled.webhooks).await?;
    fill(&bench, filled).await?;
    figures.add("rows in the log", filled.rows as f64);
    program.stop().await?;
    remove(&bench, &api, figures).await?;
    to_the_end(&bench, &api, figures).await
}

/// Removes all that is left, deliveries and then their events, beside new ones.
async fn to_the_end(bench: &Bench, api: &Api, figures: &mut Figures) -> Result<()> {
    const OLDEST: &str = "select coalesce(min(created_at), 0) / 1000 from \
        (select created_at from events order by organization_id, id limit 1) as oldest";
    const DELIVERIES: &str = "select count(*) from deliveries where created_at < \
        (select max(created_at) from deliveries) - 864000000000";
    const EVENTS: &str = "select count(*) from events where created_at < \
        (select max(created_at) from events) - 864000000000";
    let (deliveries, events) = (bench.database.number(DELIVERIES).await?, bench.database.number(EVENTS).await?);
    let recent = now_ms()? - 10 * 24 * 3_600 * 1_000;
    let mut program = start(bench, DUE).await?;
    let started = now_ns();
    let (mut p99s, mut turn) = (Vec::new(), 0);
    while bench.database.number(OLDEST).await? < recent {
        let load = Load { connections: 32, ..Load::new(5_000_000 + turn * 10_000, 10_000) }.at_rate(BESIDE);
        p99s.push(percentile(&mut times(&publish(api, &load).await), 0.99));
        turn += 1;
    }
    let seconds = (now_ns() - started) as f64 / 1e9;
    if bench.database.number(DELIVERIES).await? > 0 || bench.database.number(EVENTS).await? > 0 {
        return Err("what is old is still there".into());
    }
    figures.add("to the end: deliveries removed", deliveries as f64);
    figures.add("to the end: events removed", events as f64);
    figures.add("to the end: seconds", seconds);
    figures.add("to the end: accept p99 of ten seconds, median, ms", percentile(&mut p99s, 0.5));
    figures.add("to the end: accept p99 of ten seconds, at most, ms", percentile(&mut p99s, 1.0));
    program.stop().await?;
    Ok(())
}

/// Everything that was filled in is too old by now: how accepting fares while it goes, and while it does not, in
/// turns that differ in nothing else.
async fn remove(bench: &Bench, api: &Api, figures: &mut Figures) -> Result<()> {
    // Rows were made a millisecond after each other, and go in that order.
    const OLDEST: &str = "select created_at / 1000 from deliveries order by organization_id, id limit 1";
    bench.database.number("update organizations set retention_days = 7 returning cast(1 as bigint)").await?;
    for turn in 0..TURNS {
        let first = 400_000 + turn * 50_000;
        let mut program = start(bench, NOT_DUE).await?;
        let alone = accepts(api, first, "accept beside nothing", figures).await;
        program.stop().await?;
        let mut program = start(bench, DUE).await?;
        let (oldest, started) = (bench.database.number(OLDEST).await?, now_ns());
        let beside = accepts(api, first + 20_000, "accept beside removal", figures).await;
        let removed = bench.database.number(OLDEST).await? - oldest;
        figures.add("deliveries removed a second", removed as f64 / ((now_ns() - started) as f64 / 1e9));
        figures.add("accept beside removal: p99, times beside nothing", beside / alone);
        program.stop().await?;
    }
    Ok(())
}

const NOT_DUE: &str =
    "update chores set held_at = 0, done_at = 9000000000000000 where name = 'retention' returning cast(1 as bigint)";
const DUE: &str = "update chores set held_at = 0, done_at = 0 where name = 'retention' returning cast(1 as bigint)";

/// The program, with removal due or not.
async fn start(bench: &Bench, chores: &'static str) -> Result<Program> {
    bench.database.number(chores).await?;
    bench.database.checkpoint().await?;
    bench.setup.start().await
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

pub async fn page(
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
pub fn leak(name: String) -> &'static str {
    name.leak()
}
