//! Lanes: what this process is about to send, per webhook, so that a receiver that hangs fills its own lane
//! and nobody else's.
//!
//! Who plays which part: accepting reserves a place before the commit and pushes after it; the worker refills
//! from the database what found no place; an attempt that ends takes the next job along. Organizations take
//! turns, and within one its webhooks; each webhook goes at its own pace. A lane keeps order: while more of a
//! webhook is stored, new deliveries of it are stored too. What is NOT promised: a place; whoever finds none
//! leaves the delivery in the database.

mod heavy;
mod lane;
mod remembered;
mod state;

use super::{
    pace::{Change, Pace},
    wake::Wake,
};
use crate::{
    model::{
        id::{OrganizationId, WebhookId},
        time::Time,
    },
    server::{
        domain::{
            job::{Job, Verdict, Weight},
            lease::Lease,
        },
        env::Clock,
    },
};
use state::State;
use std::sync::{
    Arc, Mutex, MutexGuard, OnceLock, PoisonError,
    atomic::{AtomicUsize, Ordering::SeqCst},
};
use tokio::sync::Notify;

pub use state::IN_FLIGHT;

/// Organization and webhook.
pub type Key = (OrganizationId, WebhookId);

type Starter = Box<dyn Fn(Job) + Send + Sync>;

/// All lanes of this process.
pub struct Lanes {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    /// Starts an attempt; set by the worker.
    starter: OnceLock<Starter>,
    /// Rouses the worker: there is something to read or to write.
    wake: Arc<Wake>,
    /// Rouses whoever waits for [`Lanes::rested_at`].
    rest: Notify,
    idle: Notify,
    /// Attempts that are made beside the lanes.
    beside: AtomicUsize,
}

/// An attempt beside the lanes, as a test's, is under way until this is dropped.
pub struct Beside<'a>(&'a Lanes);

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        self.0.beside.fetch_sub(1, SeqCst);
        self.0.idle.notify_waiters();
    }
}

/// An attempt is in flight until this is dropped.
pub struct Flight {
    lanes: Arc<Lanes>,
    key: Key,
    weight: Weight,
    /// What it says about the receiver.
    pub verdict: Verdict,
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.lanes.finish(self.key, self.weight, self.verdict);
    }
}

/// What was answered is not on the disk yet until this is dropped.
pub struct Unrecorded {
    lanes: Arc<Lanes>,
    key: Key,
    /// Whether its lane has so many that the next ones may have to wait for them.
    pub are_many: bool,
}

impl Drop for Unrecorded {
    fn drop(&mut self) {
        self.lanes.recorded(self.key);
    }
}

impl Lanes {
    /// Closed until a worker opens them.
    pub fn new(clock: Arc<dyn Clock>, wake: Arc<Wake>) -> Self {
        let (rest, idle) = (Notify::new(), Notify::new());
        Self { state: Mutex::default(), clock, starter: OnceLock::new(), wake, rest, idle, beside: AtomicUsize::new(0) }
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn now(&self) -> Time {
        self.clock.now()
    }

    /// Takes work from now on; `starter` makes the attempts, each with a [`Lanes::flight`].
    /// `most` may be in flight; `stored` are the lanes whose due deliveries come before anything new.
    pub fn open(&self, starter: Starter, most: usize, stored: impl IntoIterator<Item = Key>) {
        // Set at the first start; a later one of the same process brings the same.
        let _ = self.starter.set(starter);
        let mut state = self.state();
        state.open = true;
        state.most = most;
        for key in stored {
            state.lane(key).stored = true;
        }
    }
    /// Takes no more work and releases what waits; what is in flight goes on.
    pub fn close(&self) {
        self.state().close();
    }
    /// Whether it takes no work.
    pub fn is_closed(&self) -> bool {
        !self.state().open
    }
    /// An attempt that is made here and now, past every lane; a stop waits for it too.
    pub fn beside(&self) -> Beside<'_> {
        self.beside.fetch_add(1, SeqCst);
        Beside(self)
    }
    /// Returns once nothing is in flight.
    pub async fn idle(&self) {
        loop {
            let idle = self.idle.notified();
            if self.in_flight() == 0 && self.beside.load(SeqCst) == 0 {
                return;
            }
            idle.await;
        }
    }
    /// Requests under way.
    pub fn in_flight(&self) -> usize {
        self.state().in_flight
    }
    /// Jobs that wait in memory.
    pub fn waiting(&self) -> usize {
        self.state().lanes.values().map(|lane| lane.waiting.len()).sum()
    }

    /// So many processes send, this one among them: each keeps its part of every webhook's rate.
    pub fn share_rates(&self, processes: u32) {
        self.state().share_rates(processes);
    }
    /// Whether other processes send too.
    pub fn shares_rates(&self) -> bool {
        self.state().sharers() > 1
    }
    /// Sets a webhook's rate, in events per second.
    pub fn set_rate(&self, key: Key, per_second: Option<u32>) {
        let mut state = self.state();
        match state.pace(key) {
            Some(pace) => pace.set_rate(per_second),
            None if per_second.is_some() => state.lane(key).pace.set_rate(per_second),
            None => {}
        }
    }
    /// Keeps a place for a job that is about to be committed; false where its lane has none.
    pub fn reserve(&self, job: &Job) -> bool {
        let mut state = self.state();
        state.open && state.reserve(job.key(), job.size())
    }
    /// Gives a reserved place back.
    pub fn give_back(&self, job: &Job) {
        let now = self.now();
        self.state().unreserve(job.key(), job.size(), now);
    }
    /// A job that found no place is committed, or is not (then nothing of it is stored).
    pub fn unplaced(&self, job: &Job, is_stored: bool) {
        let (now, key) = (self.now(), job.key());
        {
            let mut state = self.state();
            if let Some(lane) = state.lanes.get_mut(&key) {
                lane.unplaced = lane.unplaced.saturating_sub(1);
                lane.stored |= is_stored;
                state.forget_if_over(key, now);
            }
        }
        if is_stored {
            self.more_is_stored(key.0, key.1);
        }
    }
    /// A job whose place was reserved goes in.
    pub fn push(&self, job: Job) {
        let now = self.now();
        let (started, taken) = {
            let mut state = self.state();
            let (key, size) = (job.key(), job.size());
            if !state.open {
                return state.unreserve(key, size, now);
            }
            let taken = state.take_place(key, job);
            (self.go(&mut state, now), taken)
        };
        if !taken {
            self.wake.ring();
        }
        self.start(started);
    }
    /// A job that somebody asked for goes out past its lane, as long as few do; false where it has to wait.
    pub fn may_pass(&self, key: Key) -> bool {
        self.state().may_pass(key)
    }
    /// Sends what [`Lanes::may_pass`] has let through, where it still would: many may have asked before one of them went.
    pub fn pass(&self, job: Job) {
        let mut state = self.state();
        if state.may_pass(job.key()) {
            state.pass(job.key(), job.weight());
            drop(state);
            self.start(vec![job]);
        } else if state.open {
            state.release(job.key(), vec![job]);
            self.wake.ring();
        }
    }
    /// The database has a due delivery of this webhook that is free to be claimed.
    pub fn more_is_stored(&self, organization: OrganizationId, webhook: WebhookId) {
        let now = self.now();
        let mut state = self.state();
        if !state.open {
            return;
        }
        let lane = state.lane((organization, webhook));
        lane.stored = true;
        if lane.wants_refill(now).is_some() {
            self.wake.ring();
        }
    }
    /// Lanes to be refilled, each with how many it can take; answer each with [`Lanes::refilled`].
    pub fn take_refills(&self) -> Vec<(Key, usize)> {
        let now = self.now();
        let mut state = self.state();
        if !state.open {
            return Vec::new();
        }
        let granted = state.take_refills(now);
        if !granted.is_empty() && state.wants_refills(now) {
            // The others come with the next turn.
            self.wake.ring();
        }
        granted
    }
    /// What a lane has room for by the rate that is known now.
    pub fn most_of(&self, key: Key) -> usize {
        self.state().lanes.get(&key).map_or(1, |lane| lane.most())
    }
    /// To be called now and then: forgets how receivers did where that no longer counts.
    pub fn forget_old(&self) {
        let now = self.now();
        self.state().forget_old(now);
    }
    /// What was claimed for a lane, and whether the database has more.
    pub fn refilled(&self, key: Key, jobs: Vec<Job>, more: bool) {
        let now = self.now();
        let (started, wants) = {
            let mut state = self.state();
            if !state.open {
                return;
            }
            state.refilled(key, jobs, more, now);
            // What was stored meanwhile has roused nobody.
            (self.go(&mut state, now), state.wants_refill(key, now))
        };
        if wants {
            self.wake.ring();
        }
        self.start(started);
    }
    /// The attempt that a started job stands for.
    pub fn flight(self: &Arc<Self>, job: &Job) -> Flight {
        Flight { lanes: self.clone(), key: job.key(), weight: job.weight(), verdict: Verdict::Nothing }
    }
    /// One more was answered and is not on the disk.
    pub fn unrecorded(self: &Arc<Self>, key: Key) -> Unrecorded {
        let are_many = self.state().unrecorded(key);
        Unrecorded { lanes: self.clone(), key, are_many }
    }
    /// It is now, or will never be.
    fn recorded(&self, key: Key) {
        let now = self.now();
        let started = {
            let mut state = self.state();
            state.recorded(key, now);
            self.go(&mut state, now)
        };
        self.start(started);
    }
    /// An attempt has ended.
    fn finish(&self, key: Key, weight: Weight, verdict: Verdict) {
        let now = self.now();
        let (started, wants, is_idle) = {
            let mut state = self.state();
            state.ended(key, weight, verdict, now);
            let wants = state.wants_refill(key, now);
            let has_changed = !state.changes.is_empty() || !state.released.is_empty();
            let started = self.go(&mut state, now);
            (started, wants || has_changed, state.in_flight == 0)
        };
        if wants {
            self.wake.ring();
        }
        self.start(started);
        if is_idle {
            self.idle.notify_waiters();
        }
    }
    /// A request past the lanes was answered well: an outage of this webhook is over.
    pub fn works_again(&self, key: Key) {
        let mut state = self.state();
        let change = state.pace(key).and_then(Pace::works_again);
        state.note(key, change);
        if change.is_some() {
            self.wake.ring();
        }
    }
    /// A job that is not to be made here after all.
    pub fn release(&self, job: Job) {
        self.state().release(job.key(), vec![job]);
    }
    /// Nor is anything that waits.
    pub fn release_waiting(&self) {
        self.state().release_waiting();
    }
    /// Leases to be given back to the database.
    pub fn take_released(&self) -> Vec<(Key, Vec<Arc<Lease>>)> {
        std::mem::take(&mut self.state().released)
    }
    /// These could not be given back yet.
    pub fn still_released(&self, released: Vec<(Key, Vec<Arc<Lease>>)>) {
        self.state().released.extend(released);
    }
    /// Outages that began or ended since they were last taken.
    pub fn take_changes(&self) -> Vec<(Key, Change)> {
        std::mem::take(&mut self.state().changes)
    }
    /// These could not be written down yet; what has come up since comes after them.
    pub fn still_to_write(&self, changes: Vec<(Key, Change)>) {
        self.state().changes.splice(0..0, changes);
    }
    /// When the next lane that waits for a time may go on; call [`Lanes::resume`] then.
    pub fn rested_at(&self) -> Option<Time> {
        self.state().rested_at()
    }
    /// Returns once [`Lanes::rested_at`] may have changed.
    pub async fn rest_changed(&self) {
        self.rest.notified().await;
    }
    /// Lanes whose time has come go on.
    pub fn resume(&self) {
        let now = self.now();
        let (started, wants) = {
            let mut state = self.state();
            let resumed = state.resume(now);
            let started = self.go(&mut state, now);
            (started, resumed.into_iter().any(|key| state.wants_refill(key, now)))
        };
        if wants {
            self.wake.ring();
        }
        self.start(started);
    }

    /// Takes what may start now, and sees to it that what may not is looked at in time.
    fn go(&self, state: &mut State, now: Time) -> Vec<Job> {
        let started = state.start(now);
        if state.take_rest_is_shorter() {
            self.rest.notify_one();
        }
        started
    }
    fn start(&self, jobs: Vec<Job>) {
        if let Some(starter) = self.starter.get() {
            jobs.into_iter().for_each(starter);
        }
    }
}

#[cfg(test)]
mod tests;
