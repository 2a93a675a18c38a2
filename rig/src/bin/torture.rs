//! `make torture`: kills the program as often as is asked for, on both databases, and says whether anything broke.
//! At points it needs a debug build: `SWITCHHOOK_BIN=target/debug/switchhook`.

use rig::{
    Result,
    database::Kind,
    outage,
    torture::{Moments, Plan, run},
};
use std::time::Duration;

/// How long the database is away at the end.
const OUTAGE: Duration = Duration::from_secs(30);

const USAGE: &str = "torture [--database sqlite|postgres|both] [--moments random|points] \
    [--kills N (1000, for each database; at points, for each of them)] [--seed N]";

#[tokio::main]
async fn main() {
    match all().await {
        Ok(true) => {}
        Ok(false) => std::process::exit(1),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(2);
        }
    }
}

async fn all() -> Result<bool> {
    let (mut kinds, mut kills, mut seed) = (vec![Kind::Sqlite, Kind::Postgres], 1_000, rand::random());
    let mut moments = Moments::Random;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        match (word.as_str(), value.as_str()) {
            ("--database", "both") => {}
            ("--database", "sqlite") => kinds = vec![Kind::Sqlite],
            ("--database", "postgres") => kinds = vec![Kind::Postgres],
            ("--moments", "random") => {}
            ("--moments", "points") => moments = Moments::Points,
            ("--kills", value) => kills = value.parse()?,
            ("--seed", value) => seed = value.parse()?,
            _ => return Err(USAGE.into()),
        }
    }
    let mut is_whole = true;
    for kind in kinds {
        println!("{}: {kills} kills ({moments:?}), seed {seed}", kind.name());
        let report = run(Plan { kind, moments, kills, events: 0, seed }).await?;
        println!(
            "  {} events accepted, {} requests arrived, {} events arrived again after success, slowest start {:?}",
            report.accepted, report.requests, report.repeated, report.slowest_start
        );
        for fault in &report.broken {
            println!("  BROKEN {fault}");
        }
        is_whole &= report.broken.is_empty();
        println!("  {}", if report.broken.is_empty() { "all eight invariants hold" } else { "invariants are broken" });
        println!("{}: the database takes nothing for {} s", kind.name(), OUTAGE.as_secs());
        let report = outage::run(kind, OUTAGE).await?;
        println!(
            "  {} calls refused, in {:.1} ms (median) and {:.0} ms at most; memory grew by {} MiB",
            report.refused,
            report.median_ms,
            report.slowest_ms,
            report.grown / 1_048_576
        );
        for fault in &report.broken {
            println!("  BROKEN {fault}");
        }
        is_whole &= report.broken.is_empty();
        println!("  {}", if report.broken.is_empty() { "nothing lost, nothing repeated" } else { "that did harm" });
    }
    Ok(is_whole)
}
