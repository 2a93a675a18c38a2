//! The writer's task: takes what has queued, writes it in groups, and has whoever waits called.

use super::{
    super::{
        db::{Db, is_away},
        events,
        group::Desk,
        record, retention, switch_off,
    },
    Item, NewRow, Off, Queued, Record, Recording, Removal, Stored,
};
use crate::server::kill_point::reached;
use std::time::Duration;
use tokio::{
    sync::mpsc::{self, Receiver, UnboundedSender},
    time::Instant,
};

/// Most calls and most records of one group.
const GROUP: usize = 512;
/// From so many records on that the database has not taken, no more are taken from the queue; attempts wait with them.
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

/// Empties the queues that it has.
pub struct Task {
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
    pub fn new(db: Db, submissions: Option<Receiver<Queued>>, recordings: Option<Receiver<Item>>) -> Self {
        Self { desk: Desk::new(db), submissions, recordings, answers: Answers::start() }
    }

    /// Empties the queues until nobody can put anything into them.
    pub async fn run(mut self) {
        let (mut calls, mut items) = (Vec::new(), Vec::new());
        let (mut records, mut removals, mut offs, mut flushes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        loop {
            // Where the database has not taken what there is, that comes first: nobody need queue for it to be tried again.
            let is_full = records.len() >= MOST_KEPT;
            if !is_full {
                let more = tokio::select! {
                    more = next(&mut self.submissions, &mut calls) => more,
                    more = next(&mut self.recordings, &mut items) => more,
                };
                if more == 0 {
                    return;
                }
            }
            if !is_full && calls.is_empty() && can_wait(&items) {
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
            while !is_full
                && items.len() < GROUP
                && let Some(item) = take(&mut self.recordings)
            {
                items.push(item);
            }
            for item in items.drain(..) {
                match item {
                    Item::Record(recording) => records.push(*recording),
                    Item::Removal(removal) => removals.push(*removal),
                    Item::Off(off) => offs.push(*off),
                    Item::Flush(answer) => flushes.push(answer),
                }
            }
            self.write_group(std::mem::take(&mut calls), &mut records, std::mem::take(&mut removals)).await;
            for off in offs.drain(..) {
                let result = switch_off(&mut self.desk, &off).await;
                // Whoever asked may have left.
                let _ = off.done.send(result);
            }
            // Records that the database did not take go with the next group, or with the next try here.
            while !records.is_empty() && is_empty(&self.submissions) && is_empty(&self.recordings) {
                self.write_group(Vec::new(), &mut records, Vec::new()).await;
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
    async fn write_group(&mut self, calls: Vec<Queued>, records: &mut Vec<Recording>, removals: Vec<Removal>) {
        match commit(&mut self.desk, &calls, records, &removals).await {
            Ok(Committed { stored, counted, removed }) => {
                let records = std::mem::take(records);
                self.answers.give(move || {
                    answer_calls(calls, stored);
                    records.into_iter().zip(counted).for_each(|(recording, counted)| (recording.done)(counted));
                    removals.into_iter().zip(removed).for_each(|(removal, removed)| removal.answer(Ok(removed)));
                });
            }
            Err(error) if is_away(&error) => {
                tracing::warn!(%error, calls = calls.len(), records = records.len(), "the database takes nothing");
                let refuse = |queued: Queued| (queued.call.done)(Err(sqlx::Error::PoolTimedOut));
                self.answers.give(move || {
                    calls.into_iter().for_each(refuse);
                    removals.into_iter().for_each(|removal| removal.answer(Err(sqlx::Error::PoolTimedOut)));
                });
                tokio::time::sleep(PAUSE).await;
            }
            Err(_) => self.write_singly(calls, records, removals).await,
        }
    }

    /// One of the group cannot be written: it alone is to fail, not its neighbours.
    async fn write_singly(&mut self, calls: Vec<Queued>, records: &mut Vec<Recording>, removals: Vec<Removal>) {
        for removal in removals {
            let done = commit(&mut self.desk, &[], &[], std::slice::from_ref(&removal)).await;
            removal.answer(done.map(|done| done.removed.iter().sum()));
        }
        for queued in calls {
            let done = commit(&mut self.desk, std::slice::from_ref(&queued), &[], &[]).await;
            let stored = done.map(|done| done.stored);
            self.answers.give(move || (queued.call.done)(stored));
        }
        for recording in std::mem::take(records) {
            match commit(&mut self.desk, &[], std::slice::from_ref(&recording), &[]).await {
                Err(error) if is_away(&error) => records.push(recording),
                counted => {
                    if let Err(error) = &counted {
                        let delivery = recording.record.delivery_id;
                        tracing::error!(%error, %delivery, "an attempt cannot be recorded");
                    }
                    let counted = counted.is_ok_and(|done| done.counted == [true]);
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

impl Removal {
    fn answer(self, removed: Result<u64, sqlx::Error>) {
        // Whoever asked may have left.
        let _ = self.done.send(removed);
    }
}

/// What came of a group, in the order of its parts.
#[derive(Default)]
struct Committed {
    stored: Vec<Stored>,
    counted: Vec<bool>,
    removed: Vec<u64>,
}

async fn commit(
    desk: &mut Desk,
    calls: &[Queued],
    records: &[Recording],
    removals: &[Removal],
) -> Result<Committed, sqlx::Error> {
    let mut tx = desk.begin().await?;
    let rows: Vec<&NewRow> = calls.iter().flat_map(|queued| &queued.call.rows).collect();
    let mut done = Committed::default();
    if !rows.is_empty() {
        done.stored = events::insert(&mut tx, &rows).await?;
        reached("events-written");
    }
    let recorded: Vec<&Record> = records.iter().map(|recording| &recording.record).collect();
    if !recorded.is_empty() {
        done.counted = record::write(&mut tx, &recorded).await?;
        reached("records-written");
    }
    for removal in removals {
        done.removed.push(retention::remove(&mut tx, &removal.old).await?);
    }
    tx.commit().await?;
    reached(if rows.is_empty() { "records-committed" } else { "events-committed" });
    Ok(done)
}
