//! The one writer of the hot path: events coming in and records of attempts, committed in groups.
//!
//! Who plays which part: callers take room, put work into two queues and wait; one task takes whatever has queued
//! while the last commit ran, one call of each organization in turn, and writes it in ONE transaction; only then are
//! the callers answered, in the order of the commits. Where there is no room that is the caller's to report (503):
//! memory has a bound. Records are kept and tried again while the database is away; new events are refused meanwhile.

mod commit;
mod refusals;
mod room;
mod task;
mod turns;

use super::{
    db::{Db, is_unreachable},
    events::{NewRow, Stored},
    record::Record,
    retention::{self, Old},
    switch_off::SwitchOff,
};
use crate::model::{
    id::{OrganizationId, WebhookId},
    time::Time,
};
use refusals::Refusals;
use room::Room;
use std::{
    sync::{Arc, Mutex, OnceLock},
    thread,
};
use task::Task;
use tokio::{
    runtime::Handle,
    sync::{
        OwnedSemaphorePermit, Semaphore,
        mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender},
        oneshot,
    },
    time::Instant,
};

pub use room::Place;

/// Bytes of calls that may wait for a commit.
const ROOM: usize = 64 * 1_024 * 1_024;
/// Bytes that a call takes beside its events, so that some four thousand small ones may wait.
const CALL: usize = 16 * 1_024;
/// Bytes that an event or a delivery takes beside the event's data.
const ROW: usize = 512;
/// Records that may wait for a commit; whoever has one more waits.
const QUEUED_RECORDS: usize = 2_048;
/// Kibibytes of records that may wait for a commit, those that the database has not taken included; whoever has one
/// more waits.
const QUEUED_KIB: u32 = 32 * 1_024;

/// Events of one call: all are written, or none.
pub struct Submission {
    pub organization: OrganizationId,
    pub rows: Vec<NewRow>,
    /// The room that they take, given back after the commit.
    pub place: Place,
    /// Called once, after the commit, in the order of commits.
    pub done: Box<dyn FnOnce(Result<Vec<Stored>, Unwritten>) + Send + Sync>,
}

/// Why events were not written. They may be on the disk all the same, where only the answer was lost.
#[derive(Debug)]
pub enum Unwritten {
    /// The database takes nothing for the moment; the log says why.
    Away,
    /// It refuses them.
    Refused(sqlx::Error),
}

/// What became of one delivery.
pub struct Recording {
    pub record: Record,
    /// Whether somebody waits for the commit: a person, or what cannot be sent before.
    pub is_awaited: bool,
    /// Called once, after the commit, with whether the record still counted.
    pub done: Box<dyn FnOnce(bool) + Send + Sync>,
}

/// A record in the queue, with the room that it takes.
struct Kept {
    recording: Recording,
    _room: Option<OwnedSemaphorePermit>,
}

/// A webhook that is to be switched off by itself.
struct Off {
    organization: OrganizationId,
    webhook: WebhookId,
    at: Time,
    order: SwitchOff,
    done: oneshot::Sender<Result<(), sqlx::Error>>,
}

/// What was kept for long enough, to go with a group that is committed anyway.
struct Removal {
    old: Old,
    done: oneshot::Sender<Result<u64, sqlx::Error>>,
}

/// What is in the queue of calls; their room bounds it.
enum Call {
    Events(Box<Submission>),
    /// Answered once what came before it is on the disk.
    Flush(oneshot::Sender<()>),
}

/// What is in the queue of records.
enum Item {
    Record(Box<Kept>),
    Off(Box<Off>),
    Removal(Box<Removal>),
    /// Answered once what came before it is on the disk.
    Flush(oneshot::Sender<()>),
}

impl Item {
    fn is_awaited(&self) -> bool {
        match self {
            Self::Record(kept) => kept.recording.is_awaited,
            Self::Removal(_) => false,
            Self::Off(_) | Self::Flush(_) => true,
        }
    }
}

/// The queues of the writer's task, which starts with the first work.
pub struct Writer {
    db: Db,
    calls: UnboundedSender<Call>,
    room: Arc<Room>,
    recordings: Sender<Item>,
    records_room: Arc<Semaphore>,
    refusals: Arc<Refusals>,
    /// The ends of both queues, until the task has them.
    idle: Mutex<Option<(UnboundedReceiver<Call>, Receiver<Item>)>>,
    started: OnceLock<()>,
}

impl Writer {
    pub fn new(db: Db) -> Self {
        let (calls, called) = mpsc::unbounded_channel();
        let (recordings, recorded) = mpsc::channel(QUEUED_RECORDS);
        Self {
            db,
            calls,
            room: Room::new(ROOM),
            recordings,
            records_room: Arc::new(Semaphore::new(QUEUED_KIB as usize)),
            refusals: Arc::default(),
            idle: Mutex::new(Some((called, recorded))),
            started: OnceLock::new(),
        }
    }

    /// SQLite has one writer, which waits for the disk on a thread of its own. On Postgres events do not wait for
    /// records to be written, nor records for events.
    fn start(&self) {
        self.started.get_or_init(|| {
            let Some((called, recorded)) = self.idle.lock().ok().and_then(|mut idle| idle.take()) else { return };
            let (db, refusals) = (self.db.clone(), &self.refusals);
            if db.is_sqlite() {
                let task = Task::new(db, Some(called), Some(recorded), refusals.clone());
                let runtime = Handle::current();
                let thread = thread::Builder::new().name("writer".into()).spawn(move || runtime.block_on(task.run()));
                if let Err(error) = thread {
                    tracing::error!(%error, "the writer cannot start: nothing is accepted");
                }
                return;
            }
            tokio::spawn(Task::new(db.clone(), Some(called), None, refusals.clone()).run());
            tokio::spawn(Task::new(db, None, Some(recorded), refusals.clone()).run());
        });
    }

    /// Room for a call with so many bytes of data in so many events, and so many deliveries of them; none where too
    /// much waits already. To be taken before anything is planned.
    pub fn room(&self, organization: OrganizationId, bytes: usize, events: usize, deliveries: usize) -> Option<Place> {
        self.room.take(organization, CALL + bytes + (events + deliveries) * ROW)
    }

    /// Queues events.
    pub fn submit(&self, call: Submission) {
        self.start();
        if let Err(unsent) = self.calls.send(Call::Events(Box::new(call)))
            && let Call::Events(call) = unsent.0
        {
            (call.done)(Err(Unwritten::Refused(sqlx::Error::PoolClosed)));
        }
    }

    /// Queues a record; waits while the queue is full.
    pub async fn record(&self, recording: Recording) {
        self.start();
        // It is never closed.
        let room = self.records_room.clone().acquire_many_owned(recording.record.kib().min(QUEUED_KIB)).await.ok();
        if self.recordings.send(Item::Record(Box::new(Kept { recording, _room: room }))).await.is_err() {
            tracing::error!("the writer has stopped; an attempt was not recorded");
        }
    }

    /// Whether the database took nothing a moment ago, and has taken nothing since.
    pub fn is_refused(&self) -> bool {
        self.refusals.are_recent(Instant::now())
    }
    /// Somebody else has asked the database, and this came of it.
    pub fn note_error(&self, error: &sqlx::Error) {
        if is_unreachable(error) {
            self.refusals.note(Instant::now(), true);
        }
    }
    /// Whether it could not even be asked: nothing can be read either.
    pub fn is_unreachable(&self) -> bool {
        self.refusals.are_of_the_unreachable(Instant::now())
    }
    /// What came of telling the database that this process is there.
    pub fn note_beat(&self, told: &Result<(), sqlx::Error>) {
        match told {
            Ok(()) => self.refusals.is_reached(),
            Err(error) => self.note_error(error),
        }
    }
    /// Whether a call would be turned away by [`Writer::turns_away`].
    pub fn would_turn_away(&self) -> bool {
        self.refusals.would_turn_away(Instant::now())
    }
    /// Whether a call is to be turned away at once, since the database takes nothing. Where it is not, it has to be
    /// submitted: now and then one goes through to see.
    pub fn turns_away(&self) -> bool {
        self.refusals.turn_away(Instant::now())
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
        self.start();
        let (events, events_flushed) = oneshot::channel();
        let (records, records_flushed) = oneshot::channel();
        if self.calls.send(Call::Flush(events)).is_ok() {
            // The writer drops the answer where the runtime ends: nothing is left to wait for.
            let _ = events_flushed.await;
        }
        if self.recordings.send(Item::Flush(records)).await.is_ok() {
            // As above.
            let _ = records_flushed.await;
        }
    }
}
