//! Two programs on one Postgres, on one machine: what sharing the work costs.

use crate::scenarios::{Bench, PATIENCE, arrival, latencies, seconds};
use rig::{
    Result,
    figures::Figures,
    machine::now_ns,
    program::Setup,
    publisher::{Load, publish},
    receiver::Manner,
};

pub async fn run(bench: Bench, figures: &mut Figures) -> Result<()> {
    if bench.setup.is_sqlite() {
        return Err("two programs share a Postgres: --database postgres".into());
    }
    let path = bench.receiver.add(Manner::Answer) + 1;
    let (first, api) = bench.with_webhooks("bench", 1).await?;
    let second = Setup::new(&bench.database)?.start().await?;
    let other = api.at(second.address);
    let half = bench.events / 2;
    let used = || first.usage().cpu_seconds + second.usage().cpu_seconds + bench.database.usage().cpu_seconds;
    let (started, before) = (now_ns(), used());
    let load = |first| Load { connections: 32, ..Load::new(first, half) };
    let loads = [load(0), load(half)];
    let (mut posted, more) = tokio::join!(publish(&api, &loads[0]), publish(&other, &loads[1]));
    posted.extend(more);
    bench.receiver.wait(path, 2 * half as usize + 1, PATIENCE).await;
    let spent = used() - before;
    let arrivals = bench.arrivals(path);
    let ends = arrivals.iter().map(|one| one.at_ns).max().unwrap_or(started);
    figures.add("deliveries/s", arrivals.len() as f64 / seconds(started, ends));
    latencies(&posted, &arrivals, figures);
    figures.add("processor s per 1,000: programs and database", spent / arrivals.len().max(1) as f64 * 1_000.0);
    figures.add("missing", (2 * half as usize).saturating_sub(arrivals.len()) as f64);
    let posted = publish(&other, &Load::new(2 * half, 3_000).at_rate(300.0)).await;
    bench.receiver.wait(path, 2 * half as usize + 3_001, PATIENCE).await;
    let (p50, p99) = arrival(&posted, &bench.arrivals(path));
    figures.add("300 events/s to one of them: publish to arrival p50, ms", p50);
    figures.add("300 events/s to one of them: publish to arrival p99, ms", p99);
    Ok(())
}
