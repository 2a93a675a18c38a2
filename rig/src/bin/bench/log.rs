//! A log of millions, read beside a steady stream of new events; then a part of it is removed.

use crate::{fill::fill, scenarios::Bench};
use rig::{
    Result,
    api::Api,
    figures::{Figures, percentile},
    machine::now_ns,
    program::Program,
    publisher::{Load, Posted, publish},
    wire::Connection,
};
use std::time::Duration;

/// Events a second beside which the log is read.
const BESIDE: f64 = 1_000.0;
/// Webhooks that take each event.
const WEBHOOKS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);

/// Fills the log, then measures reads, accepts, the cost of a delivery and the removal of what is old.
pub async fn run(bench: Bench, rows: u64, figures: &mut Figures) -> Result<()> {
    let (mut program, api) = bench.with_webhooks("bench", WEBHOOKS).await?;
    let before = cost(&bench, &program, &api, 200_000).await?;
    figures.add("processor s per 1,000 deliveries, log empty", before);
    let filled = now_ns();
    fill(&bench, rows).await?;
    figures.add("rows in the log", rows as f64);
    figures.add("seconds to fill it", (now_ns() - filled) as f64 / 1e9);
    let after = cost(&bench, &program, &api, 300_000).await?;
    figures.add("processor s per 1,000 deliveries, log full", after);
    figures.add("the one to the other", after / before);
    accepts(&api, 0, "accept beside nothing", figures).await;
    let beside = tokio::spawn({
        let api = api.clone();
        async move { publish(&api, &Load { connections: 32, ..Load::new(50_000, 60_000) }.at_rate(BESIDE)).await }
    });
    reads(&api, figures).await?;
    beside.abort();
    program.stop().await?;
    drop(program);
    removal(&bench, &api, figures).await
}

/// Processor seconds per 1,000 deliveries at full rate, program and database.
async fn cost(bench: &Bench, program: &Program, api: &Api, first: u64) -> Result<f64> {
    let used = || program.usage().cpu_seconds + bench.database.usage().cpu_seconds;
    let (before, arrived) = (used(), bench.receiver.count(0));
    publish(api, &Load::new(first, 5_000)).await;
    for path in 0..WEBHOOKS {
        bench.receiver.wait(path, arrived + 5_000, PATIENCE).await;
    }
    Ok((used() - before) / (5.0 * WEBHOOKS as f64))
}

/// Publishes for ten seconds; adds how long it took to be accepted.
async fn accepts(api: &Api, first: u64, name: &str, figures: &mut Figures) {
    let posted = publish(api, &Load { connections: 32, ..Load::new(first, 10_000) }.at_rate(BESIDE)).await;
    let mut times = times(&posted);
    figures.add(leak(format!("{name}: p50, ms")), percentile(&mut times, 0.5));
    figures.add(leak(format!("{name}: p99, ms")), percentile(&mut times, 0.99));
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

/// Everything that was filled in is too old by now: how accepting fares while it goes.
async fn removal(bench: &Bench, api: &Api, figures: &mut Figures) -> Result<()> {
    bench.database.number("update organizations set retention_days = 7 returning cast(1 as bigint)").await?;
    bench.database.number("update chores set done_at = 0 returning cast(1 as bigint)").await?;
    let program = bench.setup.start().await?;
    let count = "select count(*) from deliveries";
    let (rows, started) = (bench.database.number(count).await?, now_ns());
    accepts(api, 400_000, "accept beside removal", figures).await;
    // What has come meanwhile is counted too.
    let left = bench.database.number(count).await? - 10_000 * WEBHOOKS as i64;
    figures.add("deliveries removed a second", (rows - left) as f64 / ((now_ns() - started) as f64 / 1e9));
    drop(program);
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
