//! The database takes nothing for a while: Postgres is stopped, or another program holds SQLite's lock.
//! Publishers are refused, what was under way is recorded afterwards and not sent again, nothing is lost.

use crate::{
    Result,
    database::{Database, Kind},
    figures::percentile,
    house::{House, load, settled},
    machine::now_ns,
    publisher::{Posted, publish},
    receiver::Manner,
};
use sqlx::{Connection, SqliteConnection};
use std::time::Duration;
use tokio::sync::watch;

/// Events before it, of which some are under way when it begins.
const BEFORE: u64 = 100;
/// It lasts at least until so many calls were refused.
const REFUSED: usize = 200;
/// Events that are accepted afterwards.
const AFTER: usize = 50;

/// Whoever waits for the database itself waits for seconds; whoever is turned away does not.
const A_WAIT_MS: f64 = 1_000.0;

/// What is refused takes no memory for long.
const MOST_GROWN: u64 = 64 * 1_048_576;

/// What was seen.
#[derive(Debug)]
pub struct Report {
    pub refused: usize,
    /// How long a refusal took, in milliseconds: in the middle, and at most.
    pub median_ms: f64,
    pub slowest_ms: f64,
    /// By how many bytes the program's memory grew meanwhile, at its peak.
    pub grown: u64,
    pub broken: Vec<String>,
}

/// Whatever keeps the database from writing.
enum Fault {
    Stopped,
    Locked(SqliteConnection),
}

async fn begin(database: &mut Database) -> Result<Fault> {
    match database.kind {
        Kind::Postgres => {
            database.stop()?;
            Ok(Fault::Stopped)
        }
        Kind::Sqlite => {
            let mut connection = SqliteConnection::connect(&database.url).await?;
            sqlx::query("begin immediate").execute(&mut connection).await?;
            Ok(Fault::Locked(connection))
        }
    }
}

async fn end(fault: Fault, database: &mut Database) -> Result<()> {
    match fault {
        Fault::Stopped => database.start().await,
        Fault::Locked(connection) => Ok(connection.close().await?),
    }
}

/// Another program, which holds the lock of a SQLite for so long again and again while it is told to. Ends with an error where
/// nobody can tell it any more.
pub async fn keep_locking(url: String, lasts: Duration, mut told: watch::Receiver<bool>) -> Result<()> {
    let mut connection = SqliteConnection::connect(&url).await?;
    loop {
        told.wait_for(|is_locking| *is_locking).await?;
        sqlx::query("begin immediate").execute(&mut connection).await?;
        tokio::time::sleep(lasts).await;
        sqlx::query("rollback").execute(&mut connection).await?;
        tokio::time::sleep(lasts / 10).await;
    }
}

/// Takes the database away for so long; errors only where the harness itself fails.
pub async fn run(kind: Kind, lasts: Duration) -> Result<Report> {
    let mut house = House::on(kind).await?;
    let (program, api) = house.start().await?;
    let quick = house.webhook(&api, Manner::Answer).await?;
    let slow = house.webhook(&api, Manner::After(Duration::from_millis(700))).await?;
    let before = publish(&api, &load(0, BEFORE)).await;
    house.receiver.wait(slow, 16, Duration::from_secs(30)).await;
    let peak = program.usage().peak;
    let fault = begin(&mut house.database).await?;
    let until = now_ns() + u64::try_from(lasts.as_nanos())?;
    let mut meanwhile: Vec<Posted> = Vec::new();
    while now_ns() < until || meanwhile.len() < REFUSED {
        let from = 1_000_000 + u64::try_from(meanwhile.len())?;
        meanwhile.extend(publish(&api, &load(from, 40)).await);
    }
    // The kernel sums it up from each processor's pages, and may come to a few less than before.
    let grown = program.usage().peak.saturating_sub(peak);
    end(fault, &mut house.database).await?;
    let mut after: Vec<Posted> = Vec::new();
    while after.iter().filter(|one| one.status == 202).count() < AFTER {
        let from = 2_000_000_000 + u64::try_from(after.len())?;
        after.extend(publish(&api, &load(from, 10)).await);
    }
    let mut broken = Vec::new();
    let all: Vec<Posted> = before.iter().chain(&after).cloned().collect();
    for path in [quick, slow] {
        if let Err(missing) = house.all_arrive(path, &all).await {
            broken.push(format!("path {path}: {missing}"));
        }
    }
    let accepted = all.iter().filter(|one| one.status == 202).count();
    if let Err(unsettled) = settled(&api, 2 * accepted).await {
        broken.push(unsettled.to_string());
    }
    for path in [quick, slow] {
        let counts = house.counts(path);
        let again = counts.values().filter(|count| **count > 1).count();
        let refused = counts.keys().filter(|number| (1_000_000..2_000_000_000).contains(*number)).count();
        if again + refused > 0 {
            broken.push(format!("path {path}: {again} came again, {refused} were refused and came all the same"));
        }
    }
    let other = meanwhile.iter().filter(|one| one.status != 503).count();
    if other > 0 {
        broken.push(format!("{other} calls of {} were not answered with 503", meanwhile.len()));
    }
    let unlike = "select count(*) from deliveries d where d.attempt_count <> 1 or d.attempt_count <> \
        (select count(*) from attempts a where a.organization_id = d.organization_id and a.delivery_id = d.id)";
    let unlike = house.database.number(unlike).await?;
    if unlike > 0 {
        broken.push(format!("{unlike} deliveries have not the one attempt that was made"));
    }
    let mut times: Vec<f64> = meanwhile.iter().map(|one| (one.answered_ns - one.sent_ns) as f64 / 1e6).collect();
    let median_ms = percentile(&mut times, 0.5);
    if median_ms > A_WAIT_MS {
        broken.push(format!("half of the calls waited {median_ms:.0} ms and more for their refusal"));
    }
    if grown > MOST_GROWN {
        broken.push(format!("its memory grew by {grown} bytes"));
    }
    Ok(Report { refused: meanwhile.len(), median_ms, slowest_ms: percentile(&mut times, 1.0), grown, broken })
}
