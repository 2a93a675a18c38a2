//! `make bench`: starts the program, its receiver and its load, prints a table and writes one line of JSON
//! per scenario under `target/bench/`. `docs/PERFORMANCE.md` says how to read it.

mod bodies;
mod combinations;
mod fill;
mod log;
mod scenarios;
mod several;
mod waiting;

use rig::{
    Result,
    database::{Database, Kind},
    figures::{Figures, short},
    machine,
    publisher::Load,
};
use scenarios::Bench;
use serde_json::{Value, json};
use std::{fs, io::Write, path::Path, process::Command};

const USAGE: &str = "\
bench [--database sqlite|postgres|both] [--scenarios a,b] [--repeats N] [--events N] [--rate N] [--rows N] [--webhooks N] [--keys yes|no] [--data N]

scenarios (all but the last five are run if none is named)
  start      from exec to the first healthy answer; memory when idle
  one        one webhook, events as fast as they are taken
  steady     one webhook, --rate events a second
  ten        ten webhooks for each event
  neighbour  150 events/s to a healthy webhook: alone, beside one that answers at once, beside one that answers after 5 s
  kill       SIGKILL in the middle of one, and a new start
  bodies     webhooks that answer 500 with a page of 3 kB: bytes and processor time of each attempt
  waiting    a healthy webhook alone, beside 10,000 events that wait for one that hangs, and 100,000 for one that is gone
  two        one, on two programs that share a Postgres and are published to alike
  log        --rows deliveries in the log: reads beside 1,000 events/s, cost per delivery, removal
  removal    the last of these alone, to the last row

options (default)
  --database sqlite   --repeats 3   --events 20000   --rate 480   --rows 1000000
  --webhooks 4   that take each event, in log and removal
  --data 11      bytes of each event that the log is filled with, in log and removal
  --keys no      whether each event has an Idempotency-Key, in one, steady and ten";

struct Options {
    kinds: Vec<Kind>,
    scenarios: Vec<String>,
    repeats: u64,
    events: u64,
    rate: f64,
    rows: u64,
    webhooks: usize,
    keys: bool,
    data: usize,
}

fn options() -> Result<Options> {
    let mut options = Options {
        kinds: vec![Kind::Sqlite],
        scenarios: ["start", "one", "steady", "ten", "neighbour", "kill"].map(String::from).to_vec(),
        repeats: 3,
        events: 20_000,
        rate: 480.0,
        rows: 1_000_000,
        webhooks: 4,
        keys: false,
        data: 11,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or(USAGE)?;
        match word.as_str() {
            "--database" => {
                options.kinds = match value.as_str() {
                    "sqlite" => vec![Kind::Sqlite],
                    "postgres" => vec![Kind::Postgres],
                    "both" => vec![Kind::Sqlite, Kind::Postgres],
                    _ => return Err(USAGE.into()),
                }
            }
            "--scenarios" => options.scenarios = value.split(',').map(String::from).collect(),
            "--repeats" => options.repeats = value.parse()?,
            "--events" => options.events = value.parse()?,
            "--rate" => options.rate = value.parse()?,
            "--rows" => options.rows = value.parse()?,
            "--webhooks" => options.webhooks = value.parse()?,
            "--data" => options.data = value.parse()?,
            "--keys" => options.keys = value == "yes",
            _ => return Err(USAGE.into()),
        }
    }
    Ok(options)
}

#[tokio::main]
async fn main() {
    if let Err(error) = run().await {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

async fn run() -> Result<()> {
    let options = options()?;
    let commit = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output().map(|done| done.stdout);
    let commit = String::from_utf8_lossy(&commit.unwrap_or_default()).trim().to_owned();
    println!("{} · commit {commit} · {} runs each: median, least … most\n", machine::description(), options.repeats);
    let folder = Path::new("target/bench");
    fs::create_dir_all(folder)?;
    let mut lines = fs::File::options().create(true).append(true).open(folder.join("results.jsonl"))?;
    for kind in &options.kinds {
        for scenario in &options.scenarios {
            let figures = repeat(&options, *kind, scenario).await?;
            println!("{scenario} ({})\n{}", kind.name(), figures.table());
            let usual = Load::new(0, 0);
            let line = json!({
                "scenario": scenario, "database": kind.name(), "machine": machine::description(), "commit": commit,
                "events": options.events, "rate": options.rate, "rows": options.rows, "webhooks": options.webhooks,
                "keys": options.keys, "data": options.data, "repeats": options.repeats, "payload": usual.payload, "connections": usual.connections,
                "figures": Value::Object(figures.json()),
            });
            println!("{line}\n");
            writeln!(lines, "{line}")?;
        }
    }
    println!("Every run is in {}.", folder.join("results.jsonl").display());
    Ok(())
}

async fn repeat(options: &Options, kind: Kind, scenario: &str) -> Result<Figures> {
    let mut figures = Figures::default();
    for _ in 0..options.repeats {
        figures.add("machine: spin, million rounds a second", machine::spin());
        figures.add("machine: all cores at once, times one", machine::together());
        let bench = Bench::new(Database::fresh(kind).await?, options.events, options.rate, options.keys).await?;
        if let Err(error) = run_one(bench, options, scenario, &mut figures).await {
            println!("{scenario} ({}) failed; until then\n{}", kind.name(), figures.table());
            return Err(error);
        }
        eprintln!("{scenario} ({}): spin now {}", kind.name(), short(machine::spin()));
    }
    Ok(figures)
}

async fn run_one(bench: Bench, options: &Options, scenario: &str, figures: &mut Figures) -> Result<()> {
    let filled = fill::Filled { rows: options.rows, webhooks: options.webhooks, data: options.data };
    match scenario {
        "start" => bench.start(figures).await,
        "one" => bench.one(figures).await,
        "steady" => bench.steady(figures).await,
        "ten" => bench.ten(figures).await,
        "neighbour" => bench.neighbour(figures).await,
        "kill" => bench.kill(figures).await,
        "bodies" => bodies::run(bench, figures).await,
        "waiting" => waiting::run(bench, figures).await,
        "two" => several::run(bench, figures).await,
        "log" => log::run(bench, filled, figures).await,
        "removal" => log::removal(bench, filled, figures).await,
        _ => Err(USAGE.into()),
    }
}
