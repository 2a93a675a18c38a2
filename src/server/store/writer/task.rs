//! The writer's task: takes what has queued, writes it in groups, and has whoever waits called.

use super::{
    super::{
        db::{Db, is_away, is_unreachable, said},
        group::Desk,
        own::Plans,
    },
    Call, Item, Kept, Off, Refusals, Removal, Stored, Submission, Unwritten,
    commit::{self, Committed},
    turns::Turns,
};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    sync::{
        mpsc::{self, Receiver, UnboundedReceiver, UnboundedSender},
        oneshot,
    },
    time::Instant,
};

/// Most calls and most records of one group.
const GROUP: usize = 512;
/// Most calls that go with a record which is waited for: a short group, so that deliveries keep pace with what comes in.
const FEW: usize = 8;
/// With so many events and deliveries a group takes no further call, so that the next one is not long in coming.
const GROUP_ROWS: usize = 4_096;
/// From so many records on that the database has not taken, no more are taken from the queue; attempts wait with them.
const MOST_KEPT: usize = 2 * GROUP;
/// How long records wait for an event to go with: a commit costs the disk as much for one as for both.
const COMPANY: Duration = Duration::from_millis(3);
/// How long records wait for each other on Postgres, where they are a transaction of their own, unless one of them is
/// waited for.
const EACH_OTHER: Duration = Duration::from_millis(10);
/// As many records as are worth a transaction.
const ENOUGH: usize = GROUP / 4;
/// A database that has not answered for so long is away: a connection that was cut without a word is silent for good.
const SILENT: Duration = Duration::from_secs(30);
/// Pause after a group that the database did not take.
const PAUSE: Duration = Duration::from_millis(100);

/// Empties the queues that it has.
pub struct Task {
    desk: Desk,
    calls: Option<UnboundedReceiver<Call>>,
    /// Calls that have come, by organization.
    turns: Turns<Submission>,
    /// Who waits for the calls that had come before them.
    call_flushes: Vec<(u64, oneshot::Sender<()>)>,
    recordings: Option<Receiver<Item>>,
    refusals: Arc<Refusals>,
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

/// Waits for records; for ever where there is no queue of them.
async fn next(queue: &mut Option<Receiver<Item>>, into: &mut Vec<Item>) -> usize {
    match queue {
        Some(queue) => queue.recv_many(into, GROUP).await,
        None => std::future::pending().await,
    }
}

/// Waits for a call; for ever where there is no queue of them. None where nobody can make one any more.
async fn next_call(queue: &mut Option<UnboundedReceiver<Call>>) -> Option<Call> {
    match queue {
        Some(queue) => queue.recv().await,
        None => std::future::pending().await,
    }
}

/// What is written, where the database is not silent for too long.
async fn in_time<T>(writing: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let silent =
        |_| Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "the database did not answer in 30 s")));
    tokio::time::timeout(SILENT, writing).await.unwrap_or_else(silent)
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

/// What goes with the next groups.
#[derive(Default)]
struct Work {
    items: Vec<Item>,
    /// With those that the database has not taken yet.
    records: Vec<Kept>,
    removals: Vec<Removal>,
    offs: Vec<Off>,
    flushes: Vec<oneshot::Sender<()>>,
}

impl Work {
    fn is_full(&self) -> bool {
        self.records.len() >= MOST_KEPT
    }
    fn sort(&mut self) {
        for item in self.items.drain(..) {
            match item {
                Item::Record(kept) => self.records.push(*kept),
                Item::Removal(removal) => self.removals.push(*removal),
                Item::Off(off) => self.offs.push(*off),
                Item::Flush(answer) => self.flushes.push(answer),
            }
        }
    }
}

impl Task {
    pub fn new(
        db: Db,
        calls: Option<UnboundedReceiver<Call>>,
        recordings: Option<Receiver<Item>>,
        refusals: Arc<Refusals>,
    ) -> Self {
        let (turns, call_flushes) = (Turns::default(), Vec::new());
        let desk = Desk::of_its_own(db, if calls.is_some() { Plans::Kept } else { Plans::Fresh });
        Self { desk, calls, turns, call_flushes, recordings, refusals, answers: Answers::start() }
    }

    /// Empties the queues until nobody can put anything into them.
    pub async fn run(mut self) {
        let mut work = Work::default();
        while self.wait(&mut work).await {
            self.take_calls();
            if let Some(queue) = self.recordings.as_mut().filter(|_| !work.is_full()) {
                while work.items.len() < GROUP
                    && let Ok(item) = queue.try_recv()
                {
                    work.items.push(item);
                }
            }
            work.sort();
            let is_awaited = work.records.iter().any(|kept| kept.recording.is_awaited);
            let calls = self.group(if is_awaited { FEW } else { GROUP });
            let removals = std::mem::take(&mut work.removals);
            self.write_group(calls, &mut work, removals).await;
            for off in work.offs.drain(..) {
                let result = in_time(commit::switch_off(&mut self.desk, &off)).await;
                // Whoever asked may have left.
                let _ = off.done.send(result);
            }
            // Records that the database did not take go with the next group, or with the next try here.
            while !work.records.is_empty() && self.nothing_waits() {
                self.write_group(Vec::new(), &mut work, Vec::new()).await;
            }
            if work.records.is_empty() {
                work.flushes.drain(..).for_each(|flush| self.answer_flush(flush));
            }
            for (came, flush) in std::mem::take(&mut self.call_flushes) {
                if self.turns.are_done(came) {
                    self.answer_flush(flush);
                } else {
                    self.call_flushes.push((came, flush));
                }
            }
        }
    }

    /// Returns once there is something to write; false where nothing can come any more.
    async fn wait(&mut self, work: &mut Work) -> bool {
        // Where the database has not taken what there is, that comes first: nobody need queue for it to be tried again.
        if work.is_full() || !self.turns.is_empty() || !work.items.is_empty() {
            return true;
        }
        tokio::select! {
            call = next_call(&mut self.calls) => match call {
                Some(call) => self.arrived(call),
                None => return false,
            },
            more = next(&mut self.recordings, &mut work.items) => if more == 0 {
                return false;
            },
        }
        if self.turns.is_empty() && self.call_flushes.is_empty() && can_wait(&work.items) {
            // Nobody waits for a record; whoever publishes would wait for its commit.
            match self.calls.as_mut() {
                Some(queue) => {
                    if let Ok(Some(call)) = tokio::time::timeout(COMPANY, queue.recv()).await {
                        self.arrived(call);
                    }
                }
                None => collect(&mut self.recordings, &mut work.items).await,
            }
        }
        true
    }

    fn arrived(&mut self, call: Call) {
        match call {
            Call::Events(call) => self.turns.push(call.organization, *call),
            Call::Flush(answer) => self.call_flushes.push((self.turns.came(), answer)),
        }
    }
    /// Everything that has queued takes its place among its organization's.
    fn take_calls(&mut self) {
        while let Some(Ok(call)) = self.calls.as_mut().map(UnboundedReceiver::try_recv) {
            self.arrived(call);
        }
    }
    /// The next calls that are committed together, so many at most.
    fn group(&mut self, most: usize) -> Vec<Submission> {
        let (mut calls, mut rows) = (Vec::new(), 0);
        while calls.len() < most
            && rows < GROUP_ROWS
            && let Some(call) = self.turns.next()
        {
            rows += call.rows.iter().map(|row| 1 + row.deliveries.len()).sum::<usize>();
            calls.push(call);
        }
        calls
    }
    /// Where one call is refused, so are those behind it: each group that is tried may take seconds.
    fn with_all_that_wait(&mut self, mut calls: Vec<Submission>) -> Vec<Submission> {
        self.take_calls();
        calls.extend(std::iter::from_fn(|| self.turns.next()));
        calls
    }
    fn nothing_waits(&self) -> bool {
        self.turns.is_empty()
            && self.calls.as_ref().is_none_or(UnboundedReceiver::is_empty)
            && self.recordings.as_ref().is_none_or(Receiver::is_empty)
    }
    fn answer_flush(&self, flush: oneshot::Sender<()>) {
        self.answers.give(move || {
            // Whoever asked may have left.
            let _ = flush.send(());
        });
    }

    /// Commits, and remembers whether the database took it. Where more is wanted, records that come while events are
    /// written go with them; what else is in their queue waits in `behind`.
    async fn commit(
        &mut self,
        calls: &[Submission],
        records: &mut Vec<Kept>,
        removals: &[Removal],
        behind: Option<&mut Vec<Item>>,
    ) -> Result<Committed, sqlx::Error> {
        let late = self.recordings.as_mut().zip(behind.filter(|behind| behind.is_empty()));
        let late = |records: &mut Vec<Kept>| {
            let Some((queue, behind)) = late else { return };
            while records.len() < GROUP && behind.is_empty() {
                match queue.try_recv() {
                    Ok(Item::Record(kept)) => records.push(*kept),
                    Ok(other) => behind.push(other),
                    Err(_) => return,
                }
            }
        };
        let written = commit::all(&mut self.desk, calls, records, removals, late);
        let written = in_time(written).await;
        match &written {
            Err(error) if is_away(error) && calls.is_empty() => {
                self.refusals.note(Instant::now(), is_unreachable(error));
            }
            Err(error) if is_away(error) => self.refusals.note_of_calls(Instant::now(), is_unreachable(error)),
            Ok(_) if !(calls.is_empty() && records.is_empty()) => self.refusals.clear(),
            _ => {}
        }
        written
    }

    /// Writes and answers a group. Records that the database did not take stay in `records`.
    async fn write_group(&mut self, calls: Vec<Submission>, work: &mut Work, removals: Vec<Removal>) {
        let records = &mut work.records;
        match self.commit(&calls, records, &removals, Some(&mut work.items)).await {
            Ok(Committed { stored, counted, removed }) => {
                let records = std::mem::take(records);
                self.answers.give(move || {
                    answer_calls(calls, stored);
                    records.into_iter().zip(counted).for_each(|(kept, counted)| (kept.recording.done)(counted));
                    removals.into_iter().zip(removed).for_each(|(removal, removed)| removal.answer(Ok(removed)));
                });
            }
            Err(error) if is_away(&error) => {
                tracing::warn!(
                    error = said(&error),
                    calls = calls.len(),
                    records = records.len(),
                    "the database takes nothing"
                );
                let calls = self.with_all_that_wait(calls);
                self.answers.give(move || {
                    calls.into_iter().for_each(|call| (call.done)(Err(Unwritten::Away)));
                    removals.into_iter().for_each(|removal| removal.answer(Err(takes_nothing())));
                });
                tokio::time::sleep(PAUSE).await;
            }
            // What is removed goes by itself: it is what nobody waits for.
            Err(_) if !removals.is_empty() && (!calls.is_empty() || !records.is_empty()) => {
                Box::pin(self.write_group(calls, work, Vec::new())).await;
                self.write_singly(Vec::new(), &mut Vec::new(), removals).await;
            }
            Err(_) => self.write_singly(calls, records, removals).await,
        }
    }

    /// One of the group cannot be written: it alone is to fail, not its neighbours.
    async fn write_singly(&mut self, calls: Vec<Submission>, records: &mut Vec<Kept>, removals: Vec<Removal>) {
        for removal in removals {
            let done = self.commit(&[], &mut Vec::new(), std::slice::from_ref(&removal), None).await;
            removal.answer(done.map(|done| done.removed.iter().sum()));
        }
        let mut is_away_now = false;
        for call in calls {
            let stored = if is_away_now {
                Err(Unwritten::Away)
            } else {
                let done = self.commit(std::slice::from_ref(&call), &mut Vec::new(), &[], None).await;
                done.map_err(unwritten).and_then(|done| known(done.stored))
            };
            is_away_now = matches!(stored, Err(Unwritten::Away));
            self.answers.give(move || (call.done)(stored));
        }
        for kept in std::mem::take(records) {
            if is_away_now {
                records.push(kept);
                continue;
            }
            let mut single = vec![kept];
            let counted = self.commit(&[], &mut single, &[], None).await;
            is_away_now = counted.as_ref().is_err_and(is_away);
            if is_away_now {
                records.append(&mut single);
                continue;
            }
            for kept in single {
                if let Err(error) = &counted {
                    let delivery = kept.recording.record.delivery_id;
                    tracing::error!(%error, %delivery, "an attempt cannot be recorded");
                }
                let counted = counted.as_ref().is_ok_and(|done| done.counted == [true]);
                self.answers.give(move || (kept.recording.done)(counted));
            }
        }
    }
}

fn unwritten(error: sqlx::Error) -> Unwritten {
    if is_away(&error) { Unwritten::Away } else { Unwritten::Refused(error) }
}

/// What the log has said with its cause.
fn takes_nothing() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::other("it takes nothing for the moment"))
}

fn answer_calls(calls: Vec<Submission>, stored: Vec<Option<Stored>>) {
    let mut stored = stored.into_iter();
    for call in calls {
        let own: Vec<Option<Stored>> = stored.by_ref().take(call.rows.len()).collect();
        (call.done)(known(own));
    }
}

/// Whoever is not told what stands for all of their events asks again.
fn known(stored: Vec<Option<Stored>>) -> Result<Vec<Stored>, Unwritten> {
    stored.into_iter().collect::<Option<_>>().ok_or(Unwritten::Away)
}

impl Removal {
    fn answer(self, removed: Result<u64, sqlx::Error>) {
        // Whoever asked may have left.
        let _ = self.done.send(removed);
    }
}
