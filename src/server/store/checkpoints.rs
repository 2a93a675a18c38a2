//! Moving what SQLite has committed from its log into the database, on a thread of its own: whoever publishes
//! waits for one write to the log, not for the many to the database that follow from time to time.
//!
//! Who plays which part: the writer tells of commits; here the log is moved beside it, again and again until
//! little is left, and the rest while nobody may write, so that the log can begin anew and stays small.

use super::{db::Sqlite, direct::Direct};
use std::{
    io,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
    time::Duration,
};
use tokio::sync::Mutex;

/// Pause between two checkpoints: a page that changes often is moved once in it.
const EVERY: Duration = Duration::from_secs(1);
/// Pages of the log (16 MiB) from which on it is to begin anew.
const MANY: i64 = 4_000;
/// Pages that are moved while the writer waits.
const FEW: i64 = 250;
/// Rounds beside a writer that is as fast as they are.
const ROUNDS: usize = 4;

/// Tells the thread that something was committed; it ends with this.
pub struct Checkpoints(SyncSender<()>);

impl Checkpoints {
    pub fn start(sqlite: &Sqlite) -> Result<Self, sqlx::Error> {
        let (tell, told) = sync_channel(1);
        let direct = Direct::open(&sqlite.path)?;
        let turn = sqlite.turn.clone();
        let run = move || run(&direct, &told, &turn);
        thread::Builder::new().name("checkpoints".into()).spawn(run).map_err(failed)?;
        Ok(Self(tell))
    }
    /// Something was committed.
    pub fn written(&self) {
        // It knows already.
        let _ = self.0.try_send(());
    }
}

fn failed(error: io::Error) -> sqlx::Error {
    sqlx::Error::Io(error)
}

fn run(direct: &Direct, told: &Receiver<()>, turn: &Mutex<()>) {
    while told.recv().is_ok() {
        thread::sleep(EVERY);
        if let Err(error) = move_all(direct, turn) {
            tracing::warn!(%error, "the log of the database cannot be moved into it; it grows meanwhile");
        }
    }
}

fn move_all(direct: &Direct, turn: &Mutex<()>) -> Result<(), sqlx::Error> {
    for _ in 0..ROUNDS {
        let (pages, left) = direct.checkpoint()?;
        if pages < MANY {
            return Ok(());
        }
        if left <= FEW {
            break;
        }
    }
    let _turn = turn.blocking_lock();
    direct.checkpoint().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::statement::Statement;

    #[test]
    fn a_long_log_is_moved_into_the_database_and_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let writer = Direct::open(&path).unwrap();
        let log = || std::fs::metadata(folder.path().join("a.db-wal")).unwrap().len();
        writer.fetch(&Statement::new("pragma journal_mode = wal", []), |_| Ok(())).unwrap();
        writer.execute(&Statement::new("create table t (b blob)", [])).unwrap();
        let mover = Direct::open(&path).unwrap();
        let megabytes = |count: i64| {
            writer.begin().unwrap();
            let row = "insert into t (b) values (zeroblob(?))";
            writer.execute(&Statement::new(row, [(count << 20).into()])).unwrap();
            writer.commit().unwrap();
        };
        megabytes(24);
        let long = log();
        assert!(long > 24 << 20);
        move_all(&mover, &Mutex::new(())).unwrap();
        megabytes(20);
        assert_eq!(log(), long, "the second went where the first had been");
    }
}
