//! The one writer of the hot path: events coming in and records of attempts, committed in groups.
//!
//! Who plays which part: callers put work into two bounded queues; one task takes whatever has queued
//! while the last commit ran and writes it in ONE transaction; only then are the callers answered, in
//! the order of the queue. A full queue is the caller's to report (503): memory has a bound. Records are
//! kept and tried again while the database is away; new events are refused meanwhile.

use super::{
    db::{Db, is_away},
    events::{self, NewRow, Stored},
    group::Desk,
    record::{self, Record},
    switch_off::{self, SwitchOff},
};
use crate::{
    model::{
        id::{OrganizationId, WebhookId},
        time::Time,
    },
    server::kill_point::reached,
};
use std::{
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::{
        OwnedSemaphorePermit, Semaphore,
        mpsc::{self, Receiver, Sender, UnboundedSender},
        oneshot,
    },
    time::Instant,
};

/// Calls that may wait for a commit.
const QUEUED_CALLS: usize = 4_096;
/// Kibibytes of events that may wait for a commit.
const QUEUED_KIB: usize = 64 * 1_024;
/// Records that may wait for a commit; whoever has one more waits.
const QUEUED_RECORDS: usize = 2_048;
/// Most calls and most records of one group.
const GROUP: usize = 512;
/// Records kept while the database is away; more wait in the queue, and attempts with them.
const MOST_KEPT: usize = 2 * GROUP;
/// How long records wait for an event to go with: a commit costs the disk as much for one as for both.
const COMPANY: Duration = Duration::from_millis(3);
/// How long records wait for each other on Postgres, where they are a transaction of their own: four round trips for
/// one or for a hundred. No attempt waits for them.
const EACH_OTHER: Duration = Duration::from_millis(10);
/// As many records as are worth a transaction.
const ENOUGH: usize = GROUP / 4;
/// Pause after a group that the database did not take.
const PAUSE: Duration = Duration::from_millis(100);

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

/// The queues of the writer's task, which starts with the first work.
pub struct Writer {
    submissions: Sender<Queued>,
    room: Arc<Semaphore>,
    recordings: Sender<Item>,
    /// What it begins with.
    idle: Mutex<Option<Beginning>>,
}

/// The database, and the ends of both queues.
type Beginning = (Db, Receiver<Queued>, Receiver<Item>);

/// What is in the queue of records.
enum Item {
    Record(Box<Recording>),
    Off(Box<Off>),
    /// Answered once what came before it is on the disk.
    Flush(oneshot::Sender<()>),
}

impl Item {
    fn is_awaited(&self) -> bool {
        match self {
            Self::Record(recording) => recording.is_awaited,
            Self::Off(_) | Self::Flush(_) => true,
        }
    }
}

/// Empties the queues that it has.
struct Task {
    desk: Desk,
    submissions: Option<Receiver<Queued>>,
    recordings: Option<Receiver<Item>>,
    answers: Answers,
}

/// What is called after commits, in their order, while the next group is written.
struct Answers(UnboundedSender<Box<dyn FnOnce() + Send>>);

impl Answers {
    fn start() -> Self {
        // Each holds what bounds the queues, so that this one has a bound too.
        let (answers, mut answered) = mpsc::unbounded_channel::<Box<dyn FnOnce() + Send>>();
        tokio::spawn(async move {
            while let Some(answer) = answered.recv().await {
                answer();
            }
        });
        Self(answers)
    }
    fn give(&self, answer: impl FnOnce() + Send + 'static) {
        // The runtime ends: nobody waits any more.
        let _ = self.0.send(Box::new(answer));
    }
}

impl Writer {
    pub fn new(db: Db) -> Self {
        let (submissions, submitted) = mpsc::channel(QUEUED_CALLS);
        let (recordings, recorded) = mpsc::channel(QUEUED_RECORDS);
        let idle = Mutex::new(Some((db, submitted, recorded)));
        Self { submissions, room: Arc::new(Semaphore::new(QUEUED_KIB)), recordings, idle }
    }

    /// SQLite has one writer, which waits for the disk on a thread of its own. On Postgres events do not wait for
    /// records to be written, nor records for events.
    fn start(&self) {
        let Some((db, submitted, recorded)) = self.idle.lock().ok().and_then(|mut idle| idle.take()) else { return };
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

/// Waits for something in a queue; for ever where there is none.
async fn next<T>(queue: &mut Option<Receiver<T>>, into: &mut Vec<T>) -> usize {
    match queue {
        Some(queue) => queue.recv_many(into, GROUP).await,
        None => std::future::pending().await,
    }
}

/// Whether these records may wait: nobody waits for them, and they are few.
fn can_wait(items: &[Item]) -> bool {
    items.len() < ENOUGH && !items.iter().any(Item::is_awaited)
}

/// Takes more records until their time is over, or they can wait no longer.
async fn collect(queue: &mut Option<Receiver<Item>>, items: &mut Vec<Item>) {
    let until = Instant::now() + EACH_OTHER;
    while can_wait(items)
        && let Ok(more) = tokio::time::timeout_at(until, next(queue, items)).await
        && more > 0
    {}
}

fn take<T>(queue: &mut Option<Receiver<T>>) -> Option<T> {
    queue.as_mut()?.try_recv().ok()
}

fn is_empty<T>(queue: &Option<Receiver<T>>) -> bool {
    queue.as_ref().is_none_or(Receiver::is_empty)
}

impl Task {
    fn new(db: Db, submissions: Option<Receiver<Queued>>, recordings: Option<Receiver<Item>>) -> Self {
        Self { desk: Desk::new(db), submissions, recordings, answers: Answers::start() }
    }

    /// Empties the queues until nobody can put anything into them.
    async fn run(mut self) {
        let (mut calls, mut items) = (Vec::new(), Vec::new());
        let (mut records, mut offs, mut flushes) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let more = tokio::select! {
                more = next(&mut self.submissions, &mut calls) => more,
                more = next(&mut self.recordings, &mut items), if records.len() < MOST_KEPT => more,
            };
            if more == 0 {
                return;
            }
            if calls.is_empty() && can_wait(&items) {
                // Nobody waits for a record; whoever publishes would wait for its commit.
                match self.submissions.as_mut() {
                    Some(queue) => {
                        if let Ok(Some(call)) = tokio::time::timeout(COMPANY, queue.recv()).await {
                            calls.push(call);
                        }
                    }
                    None => collect(&mut self.recordings, &mut items).await,
                }
            }
            while calls.len() < GROUP
                && let Some(call) = take(&mut self.submissions)
            {
                calls.push(call);
            }
            while items.len() < GROUP
                && let Some(item) = take(&mut self.recordings)
            {
                items.push(item);
            }
            for item in items.drain(..) {
                match item {
                    Item::Record(recording) => records.push(*recording),
                    Item::Off(off) => offs.push(*off),
                    Item::Flush(answer) => flushes.push(answer),
                }
            }
            self.write_group(std::mem::take(&mut calls), &mut records).await;
            for off in offs.drain(..) {
                let result = switch_off(&mut self.desk, &off).await;
                // Whoever asked may have left.
                let _ = off.done.send(result);
            }
            // Records that the database did not take go with the next group, or with the next try here.
            while !records.is_empty() && is_empty(&self.submissions) && is_empty(&self.recordings) {
                self.write_group(Vec::new(), &mut records).await;
            }
            if records.is_empty() {
                for answer in flushes.drain(..) {
                    self.answers.give(move || {
                        // Whoever asked may have left.
                        let _ = answer.send(());
                    });
                }
            }
        }
    }

    /// Writes and answers a group. Records that the database did not take stay in `records`.
    async fn write_group(&mut self, calls: Vec<Queued>, records: &mut Vec<Recording>) {
        match commit(&mut self.desk, &calls, records).await {
            Ok((stored, counted)) => {
                let records = std::mem::take(records);
                self.answers.give(move || {
                    answer_calls(calls, stored);
                    records.into_iter().zip(counted).for_each(|(recording, counted)| (recording.done)(counted));
                });
            }
            Err(error) if is_away(&error) => {
                tracing::warn!(%error, calls = calls.len(), records = records.len(), "the database takes nothing");
                let refuse = |queued: Queued| (queued.call.done)(Err(sqlx::Error::PoolTimedOut));
                self.answers.give(move || calls.into_iter().for_each(refuse));
                tokio::time::sleep(PAUSE).await;
            }
            Err(_) => self.write_singly(calls, records).await,
        }
    }

    /// One of the group cannot be written: it alone is to fail, not its neighbours.
    async fn write_singly(&mut self, calls: Vec<Queued>, records: &mut Vec<Recording>) {
        for queued in calls {
            let stored = commit(&mut self.desk, std::slice::from_ref(&queued), &[]).await.map(|(stored, _)| stored);
            self.answers.give(move || (queued.call.done)(stored));
        }
        for recording in std::mem::take(records) {
            match commit(&mut self.desk, &[], std::slice::from_ref(&recording)).await {
                Err(error) if is_away(&error) => records.push(recording),
                counted => {
                    if let Err(error) = &counted {
                        let delivery = recording.record.delivery_id;
                        tracing::error!(%error, %delivery, "an attempt cannot be recorded");
                    }
                    let counted = counted.is_ok_and(|(_, counted)| counted == [true]);
                    self.answers.give(move || (recording.done)(counted));
                }
            }
        }
    }
}

fn answer_calls(calls: Vec<Queued>, stored: Vec<Stored>) {
    let mut stored = stored.into_iter();
    for Queued { call, .. } in calls {
        let own = stored.by_ref().take(call.rows.len()).collect();
        (call.done)(Ok(own));
    }
}

async fn switch_off(desk: &mut Desk, off: &Off) -> Result<(), sqlx::Error> {
    let mut tx = desk.begin().await?;
    switch_off::apply(&mut tx, off.organization, off.webhook, off.at, &off.order).await?;
    tx.commit().await
}

async fn commit(
    desk: &mut Desk,
    calls: &[Queued],
    records: &[Recording],
) -> Result<(Vec<Stored>, Vec<bool>), sqlx::Error> {
    let mut tx = desk.begin().await?;
    let rows: Vec<&NewRow> = calls.iter().flat_map(|queued| &queued.call.rows).collect();
    let (mut stored, mut counted) = (Vec::new(), Vec::new());
    if !rows.is_empty() {
        stored = events::insert(&mut tx, &rows).await?;
        reached("events-written");
    }
    let recorded: Vec<&Record> = records.iter().map(|recording| &recording.record).collect();
    if !recorded.is_empty() {
        counted = record::write(&mut tx, &recorded).await?;
        reached("records-written");
    }
    tx.commit().await?;
    reached(if rows.is_empty() { "records-committed" } else { "events-committed" });
    Ok((stored, counted))
}
