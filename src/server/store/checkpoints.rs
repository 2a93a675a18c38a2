//! Moving what SQLite has committed from its log into the database, on a thread of its own: whoever publishes
//! waits for one write to the log, not for the many to the database that follow from time to time.
//!
//! Who plays which part: the writer tells of commits; here the log is moved beside it, again and again until
//! little is left, and the rest while nobody may write, so that the log can begin anew and stays small.

use super::{db::Sqlite, direct::Direct};
use std::{
    io,
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::Duration,
};
use tokio::sync::Mutex;

/// Pause between two checkpoints: a page that changes often is moved once in it.
const EVERY: Duration = Duration::from_secs(1);
/// Longest pause where the writer tells of nothing.
const UNTOLD: Duration = Duration::from_secs(60);
/// Pages of the log (16 MiB) from which on it is to begin anew.
const MANY: i64 = 4_000;
/// Pages that are moved while the writer waits.
const FEW: i64 = 250;
/// Pages of the log (64 MiB) from which on the writer waits a moment for those who read, so that it begins anew though
/// somebody always reads: each page is looked for in all of the log.
const TOO_MANY: i64 = 16_000;
/// Longest such moment. Whoever reads for longer has the log grow.
const A_MOMENT: Duration = Duration::from_millis(50);
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
    // Now and then it looks by itself: others write a little too.
    while !matches!(told.recv_timeout(UNTOLD), Err(RecvTimeoutError::Disconnected)) {
        thread::sleep(EVERY);
        if let Err(error) = move_all(direct, turn, A_MOMENT) {
            tracing::warn!(%error, "the log of the database cannot be moved into it; it grows meanwhile");
        }
    }
}

/// `patience`: how long whoever reads from a long log is waited for.
fn move_all(direct: &Direct, turn: &Mutex<()>, patience: Duration) -> Result<(), sqlx::Error> {
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
    let (pages, left) = direct.checkpoint()?;
    // What somebody has read for long kept back is moved beside the writer, the next time.
    if pages >= TOO_MANY && left <= MANY {
        direct.let_log_begin_anew(patience)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::{db::Db, statement::Statement};

    /// A fresh database, its writer, and its log's length.
    struct Fresh {
        folder: tempfile::TempDir,
        writer: Direct,
    }

    impl Fresh {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let writer = Direct::open(&folder.path().join("a.db")).unwrap();
            writer.fetch(&Statement::new("pragma journal_mode = wal", []), |_| Ok(())).unwrap();
            writer.execute(&Statement::new("create table t (b blob)", [])).unwrap();
            Self { folder, writer }
        }
        fn another(&self) -> Direct {
            Direct::open(&self.folder.path().join("a.db")).unwrap()
        }
        fn write_megabytes(&self, count: i64) {
            self.writer.begin().unwrap();
            let row = "insert into t (b) values (zeroblob(?))";
            self.writer.execute(&Statement::new(row, [(count << 20).into()])).unwrap();
            self.writer.commit().unwrap();
        }
        fn log(&self) -> u64 {
            std::fs::metadata(self.folder.path().join("a.db-wal")).unwrap().len()
        }
    }

    #[test]
    fn a_long_log_is_moved_into_the_database_and_begins_anew() {
        let (fresh, turn) = (Fresh::new(), Mutex::new(()));
        let mover = fresh.another();
        fresh.write_megabytes(24);
        let long = fresh.log();
        assert!(long > 24 << 20);
        move_all(&mover, &turn, A_MOMENT).unwrap();
        fresh.write_megabytes(20);
        assert_eq!(fresh.log(), long, "the second went where the first had been");
    }

    #[test]
    fn where_somebody_always_reads_a_long_log_is_waited_for_until_those_before_have_ended() {
        let (fresh, turn) = (Fresh::new(), Mutex::new(()));
        let (mover, reader) = (fresh.another(), fresh.another());
        fresh.write_megabytes(72);
        let long = fresh.log();
        let (reads, reading) = std::sync::mpsc::channel();
        thread::scope(|scope| {
            let turn = &turn;
            scope.spawn(move || {
                reader.fetch(&Statement::new("begin", []), |_| Ok(())).unwrap();
                reader.fetch(&Statement::new("select count(*) from t", []), |_| Ok(())).unwrap();
                reads.send(()).unwrap();
                // It ends when the writer is kept from beginning before it has.
                while turn.try_lock().is_ok() {
                    thread::yield_now();
                }
                (0..500_000).for_each(|_| thread::yield_now());
                reader.commit().unwrap();
            });
            reading.recv().unwrap();
            move_all(&mover, turn, Duration::from_secs(30)).unwrap();
            fresh.write_megabytes(1);
        });
        assert_eq!(fresh.log(), long, "the log begins anew");
    }

    #[tokio::test]
    async fn a_log_that_an_earlier_run_has_left_is_emptied_at_the_start() {
        let fresh = Fresh::new();
        fresh.write_megabytes(24);
        let db = Db::open(&format!("sqlite://{}/a.db", fresh.folder.path().display()), 2).await.unwrap();
        assert!(fresh.log() > 24 << 20);
        db.empty_log().await;
        assert_eq!(fresh.log(), 0);
    }

    #[test]
    fn a_log_that_grew_while_somebody_read_shrinks_when_it_begins_anew() {
        let (fresh, turn) = (Fresh::new(), Mutex::new(()));
        let mover = fresh.another();
        fresh.write_megabytes(150);
        assert!(fresh.log() > 150 << 20);
        move_all(&mover, &turn, A_MOMENT).unwrap();
        fresh.write_megabytes(1);
        assert_eq!(fresh.log(), 128 << 20);
    }

    #[test]
    fn what_a_long_reader_has_kept_back_is_not_moved_while_the_writer_waits() {
        let (fresh, turn) = (Fresh::new(), Mutex::new(()));
        let (mover, reader) = (fresh.another(), fresh.another());
        reader.fetch(&Statement::new("begin", []), |_| Ok(())).unwrap();
        reader.fetch(&Statement::new("select count(*) from t", []), |_| Ok(())).unwrap();
        fresh.write_megabytes(72);
        // It would be waited for until it ends, which it does not.
        move_all(&mover, &turn, Duration::from_secs(3_600)).unwrap();
        assert!(turn.try_lock().is_ok());
        reader.commit().unwrap();
    }

    #[test]
    fn while_somebody_reads_for_long_the_log_grows_and_nobody_waits_and_then_it_begins_anew() {
        let (fresh, turn) = (Fresh::new(), Mutex::new(()));
        let (mover, reader) = (fresh.another(), fresh.another());
        fresh.write_megabytes(24);
        let sees = |reader: &Direct| {
            reader.fetch(&Statement::new("select count(*) from t", []), |row| row.get::<_, i64>(0)).unwrap()
        };
        reader.fetch(&Statement::new("begin", []), |_| Ok(())).unwrap();
        assert_eq!(sees(&reader), [1]);
        fresh.write_megabytes(20);
        move_all(&mover, &turn, A_MOMENT).unwrap();
        fresh.write_megabytes(20);
        let long = fresh.log();
        assert!(long > 64 << 20, "what is being read stays where it is");
        assert_eq!(sees(&reader), [1], "it sees what it saw");
        reader.commit().unwrap();
        move_all(&mover, &turn, A_MOMENT).unwrap();
        fresh.write_megabytes(60);
        assert_eq!(fresh.log(), long, "the log begins anew");
    }
}
