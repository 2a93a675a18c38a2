//! The one writer of the hot path: events coming in and records of attempts, committed in groups.
//!
//! Who plays which part: callers put work into two bounded queues; one task takes whatever has queued
//! while the last commit ran and writes it in ONE transaction; only then are the callers answered, in
//! the order of the queue. A full queue is the caller's to report (503): memory has a bound. Records are
//! kept and tried again while the database is away; new events are refused meanwhile.

mod task;

use super::{
    db::Db,
    events::{NewRow, Stored},
    record::Record,
    retention::{self, Old},
    switch_off::SwitchOff,
};
use crate::model::{
    id::{OrganizationId, WebhookId},
    time::Time,
};
use std::{
    sync::{Arc, Mutex},
    thread,
};
use task::Task;
use tokio::{
    runtime::Handle,
    sync::{
        OwnedSemaphorePermit, Semaphore,
        mpsc::{self, Receiver, Sender},
        oneshot,
    },
};

/// Calls that may wait for a commit.
const QUEUED_CALLS: usize = 4_096;
/// Kibibytes of events that may wait for a commit.
const QUEUED_KIB: usize = 64 * 1_024;
/// Records that may wait for a commit; whoever has one more waits.
const QUEUED_RECORDS: usize = 2_048;
/// Events of one call: all are written, or none.
pub struct Submission {
    pub rows: Vec<NewRow>,
    /// Called once, after the commit, in the order of commits.
    pub done: Box<dyn FnOnce(Result<Vec<Stored>, sqlx::Error>) + Send + Sync>,
}

/// What became of one delivery.
pub struct Recording {
    pub record: Record,
    /// Whether somebody waits for the commit.
    pub is_awaited: bool,
    /// Called once, after the commit, with whether the record still counted.
    pub done: Box<dyn FnOnce(bool) + Send + Sync>,
}

/// A webhook that is to be switched off by itself.
struct Off {
    organization: OrganizationId,
    webhook: WebhookId,
    at: Time,
    order: SwitchOff,
    done: oneshot::Sender<Result<(), sqlx::Error>>,
}

/// A call in the queue, with the room that its events take.
struct Queued {
    call: Submission,
    _room: OwnedSemaphorePermit,
}

/// What was kept for long enough, to go with a group that is committed anyway.
struct Removal {
    old: Old,
    done: oneshot::Sender<Result<u64, sqlx::Error>>,
}

/// The queues of the writer's task, which starts with the first work.
pub struct Writer {
    db: Db,
    submissions: Sender<Queued>,
    room: Arc<Semaphore>,
    recordings: Sender<Item>,
    /// What it begins with.
    idle: Mutex<Option<Beginning>>,
}

/// The ends of both queues.
type Beginning = (Receiver<Queued>, Receiver<Item>);

/// What is in the queue of records.
enum Item {
    Record(Box<Recording>),
    Off(Box<Off>),
    Removal(Box<Removal>),
    /// Answered once what came before it is on the disk.
    Flush(oneshot::Sender<()>),
}

impl Item {
    fn is_awaited(&self) -> bool {
        match self {
            Self::Record(recording) => recording.is_awaited,
            Self::Removal(_) => false,
            Self::Off(_) | Self::Flush(_) => true,
        }
    }
}

impl Writer {
    pub fn new(db: Db) -> Self {
        let (submissions, submitted) = mpsc::channel(QUEUED_CALLS);
        let (recordings, recorded) = mpsc::channel(QUEUED_RECORDS);
        let idle = Mutex::new(Some((submitted, recorded)));
        Self { db, submissions, room: Arc::new(Semaphore::new(QUEUED_KIB)), recordings, idle }
    }

    /// SQLite has one writer, which waits for the disk on a thread of its own. On Postgres events do not wait for
    /// records to be written, nor records for events.
    fn start(&self) {
        let Some((submitted, recorded)) = self.idle.lock().ok().and_then(|mut idle| idle.take()) else { return };
        let db = self.db.clone();
        if db.is_sqlite() {
            let task = Task::new(db, Some(submitted), Some(recorded));
            let runtime = Handle::current();
            let thread = thread::Builder::new().name("writer".into()).spawn(move || runtime.block_on(task.run()));
            if let Err(error) = thread {
                tracing::error!(%error, "the writer cannot start: nothing is accepted");
            }
            return;
        }
        tokio::spawn(Task::new(db.clone(), Some(submitted), None).run());
        tokio::spawn(Task::new(db, None, Some(recorded)).run());
    }

    /// Queues events; gives them back where the queue is full.
    pub fn submit(&self, call: Submission) -> Result<(), Submission> {
        self.start();
        let kib = call.rows.iter().map(|row| row.data.len()).sum::<usize>() / 1_024 + 1;
        let room = u32::try_from(kib).ok().and_then(|kib| self.room.clone().try_acquire_many_owned(kib).ok());
        let Some(room) = room else { return Err(call) };
        self.submissions.try_send(Queued { call, _room: room }).map_err(|error| error.into_inner().call)
    }

    /// Queues a record; waits while the queue is full.
    pub async fn record(&self, recording: Recording) {
        self.start();
        if self.recordings.send(Item::Record(Box::new(recording))).await.is_err() {
            tracing::error!("the writer has stopped; an attempt was not recorded");
        }
    }

    /// Switches a webhook off by itself, as after days of failures.
    pub async fn switch_off(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
        at: Time,
        order: SwitchOff,
    ) -> Result<(), sqlx::Error> {
        self.start();
        let (done, answered) = oneshot::channel();
        let off = Box::new(Off { organization, webhook, at, order, done });
        self.recordings.send(Item::Off(off)).await.map_err(|_| sqlx::Error::PoolClosed)?;
        answered.await.map_err(|_| sqlx::Error::PoolClosed)?
    }

    /// Removes what was kept for long enough; answers how many deliveries or events went. On SQLite within a group: a
    /// connection that wrote beside the writer's own would make that forget all it has read.
    pub async fn remove(&self, old: Old) -> Result<u64, sqlx::Error> {
        if !self.db.is_sqlite() {
            return retention::remove_beside(&self.db, &old).await;
        }
        self.start();
        let (done, answered) = oneshot::channel();
        let removal = Box::new(Removal { old, done });
        self.recordings.send(Item::Removal(removal)).await.map_err(|_| sqlx::Error::PoolClosed)?;
        answered.await.map_err(|_| sqlx::Error::PoolClosed)?
    }

    /// Returns once every event and every record that was queued before is on the disk.
    pub async fn flush(&self) {
        let (answer, answered) = oneshot::channel();
        let done = Box::new(move |_| {
            // Whoever asked may have left.
            let _ = answer.send(());
        });
        // Where the queue is full its end is not waited for.
        if self.submit(Submission { rows: Vec::new(), done }).is_ok() {
            // Dropped where the runtime ends: nothing is left to wait for.
            let _ = answered.await;
        }
        let (answer, answered) = oneshot::channel();
        self.start();
        if self.recordings.send(Item::Flush(answer)).await.is_ok() {
            // The writer drops the answer where the runtime ends: nothing is left to wait for.
            let _ = answered.await;
        }
    }
}
