//! What waits for a webhook that hangs, or is gone: what it costs the others, and how much memory.

use crate::scenarios::{Bench, MB, PATIENCE, arrival};
use rig::{
    Result,
    api::Api,
    figures::Figures,
    program::Program,
    publisher::{Load, publish},
    receiver::Manner,
};
use std::net::TcpListener;

const RATE: f64 = 150.0;
const EVENTS: u64 = 150 * 20;
const HANGING: u64 = 10_000;
const GONE: u64 = 100_000;

pub async fn run(bench: Bench, figures: &mut Figures) -> Result<()> {
    let healthy = bench.receiver.add(Manner::Answer) + 1;
    let (program, api) = bench.with_webhooks("healthy", 1).await?;
    // As much as the others have later, so that what is remembered of it is in all of the figures.
    let before = Load::new(10_000_000, HANGING + GONE);
    publish(&api, &before).await;
    bench.receiver.wait(healthy, (HANGING + GONE) as usize + 1, PATIENCE).await;
    let alone = turn(&bench, &api, healthy, 1).await?;
    let memory = memory(&program);
    figures.add("alone: publish to arrival p50, ms", alone.0);
    figures.add("alone: publish to arrival p99, ms", alone.1);
    figures.add("alone: memory, MB", memory);
    // What the same comes to once more, with nothing in between.
    let again = turn(&bench, &api, healthy, 4).await?;
    figures.add("alone once more: p50, times alone", again.0 / alone.0);
    figures.add("alone once more: p99, times alone", again.1 / alone.1);
    let hangs = bench.receiver.url(bench.receiver.add(Manner::Never));
    // Nobody listens there any more.
    let gone = format!("http://{}/", TcpListener::bind("127.0.0.1:0")?.local_addr()?);
    for (number, name, url, waiting) in [(2, "hangs", hangs, HANGING), (3, "is gone", gone, GONE)] {
        let neighbour = program.api(&bench.setup.organization(&name.replace(' ', "-"))?);
        neighbour.webhook(&url, &[5, 60]).await?;
        publish(&neighbour, &Load::new(20_000_000, waiting)).await;
        let (p50, p99) = turn(&bench, &api, healthy, number).await?;
        let mut add =
            |what: &str, value| figures.add(format!("beside {waiting} for one that {name}: {what}").leak(), value);
        add("p50, times alone", p50 / alone.0);
        add("p99, times alone", p99 / alone.1);
        add("memory, MB", self::memory(&program));
        add("memory, MB more than alone", self::memory(&program) - memory);
    }
    let waits = bench.database.number("select count(*) from deliveries where status = 0").await?;
    figures.add("deliveries that wait at the end", waits as f64);
    Ok(())
}

fn memory(program: &Program) -> f64 {
    program.usage().memory as f64 / MB
}

/// Publishes to the healthy one for a while; answers p50 and p99 of the way to it, in ms. No turn pays for what was written before.
async fn turn(bench: &Bench, api: &Api, healthy: usize, number: u64) -> Result<(f64, f64)> {
    bench.database.checkpoint().await?;
    let arrived = bench.receiver.count(healthy);
    let load = Load::new(30_000_000 + number * EVENTS, EVENTS).at_rate(RATE);
    let posted = publish(api, &load).await;
    bench.receiver.wait(healthy, arrived + EVENTS as usize, PATIENCE).await;
    Ok(arrival(&posted, &bench.arrivals(healthy)))
}
