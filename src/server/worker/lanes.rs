//! Lanes: what this process is about to send, per webhook, so that a receiver that hangs fills its own lane
//! and nobody else's.
//!
//! Who plays which part: accepting reserves a place before the commit and pushes after it; the worker refills
//! from the database what found no place; an attempt that ends takes the next job along. Organizations take
//! turns, and within one its webhooks. A lane keeps order: while more of a webhook is stored, new deliveries of
//! it are stored too. What is NOT promised: a place; whoever finds none leaves the delivery in the database.

use super::{rotation::Rotation, wake::Wake};
use crate::{
    model::id::{OrganizationId, WebhookId},
    server::domain::job::Job,
};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};
use tokio::sync::Notify;

/// Requests that one receiver is sent at the same time.
pub const IN_FLIGHT_PER_WEBHOOK: usize = 32;
/// Requests that this process makes at the same time; each needs a file descriptor.
pub const IN_FLIGHT: usize = 768;
/// Jobs that wait in one lane.
pub const WAITING_PER_WEBHOOK: usize = 512;
/// Bytes of events that wait in all lanes.
const WAITING_BYTES: usize = 48 * 1024 * 1024;

/// Organization and webhook.
pub type Key = (OrganizationId, WebhookId);

#[derive(Default)]
struct Lane {
    waiting: VecDeque<Job>,
    /// Places kept for what is being committed.
    reserved: usize,
    in_flight: usize,
    /// Whether the database has more that is due.
    stored: bool,
    refilling: bool,
}

impl Lane {
    fn has_work(&self) -> bool {
        !self.waiting.is_empty() && self.in_flight < IN_FLIGHT_PER_WEBHOOK
    }
    fn wants_refill(&self) -> bool {
        self.stored && !self.refilling && self.waiting.len() + self.reserved <= WAITING_PER_WEBHOOK / 4
    }
    fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.reserved + self.in_flight == 0 && !self.stored && !self.refilling
    }
}

#[derive(Default)]
struct State {
    open: bool,
    lanes: HashMap<Key, Lane>,
    turns: Rotation,
    in_flight: usize,
    bytes: usize,
}

type Starter = Box<dyn Fn(Job) + Send + Sync>;

/// All lanes of this process.
pub struct Lanes {
    state: Mutex<State>,
    /// Starts an attempt; set by the worker.
    starter: OnceLock<Starter>,
    wake: Arc<Wake>,
    idle: Notify,
}

impl Lanes {
    /// Closed until a worker opens them.
    pub fn new(wake: Arc<Wake>) -> Self {
        Self { state: Mutex::default(), starter: OnceLock::new(), wake, idle: Notify::new() }
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes work from now on; `starter` makes the attempts, and calls [`Lanes::finish`] after each.
    /// `stored` are the lanes whose due deliveries come before anything new.
    pub fn open(&self, starter: Starter, stored: impl IntoIterator<Item = Key>) {
        // Set at the first start; a later one of the same process brings the same.
        let _ = self.starter.set(starter);
        let mut state = self.state();
        state.open = true;
        for key in stored {
            state.lanes.entry(key).or_default().stored = true;
        }
    }
    /// Takes no more work and forgets what waits; what is in flight goes on.
    pub fn close(&self) {
        let mut state = self.state();
        state.open = false;
        let forgotten: usize = state.lanes.values_mut().flat_map(|lane| lane.waiting.drain(..)).map(|j| j.size()).sum();
        state.bytes = state.bytes.saturating_sub(forgotten);
        state.lanes.values_mut().for_each(|lane| lane.stored = false);
    }
    /// Returns once nothing is in flight.
    pub async fn idle(&self) {
        loop {
            let idle = self.idle.notified();
            if self.in_flight() == 0 {
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

    /// Keeps a place for a job that is about to be committed; false where its lane has none.
    pub fn reserve(&self, job: &Job) -> bool {
        let mut state = self.state();
        if !state.open || state.bytes + job.size() > WAITING_BYTES {
            return false;
        }
        let lane = state.lanes.entry((job.organization_id, job.webhook_id)).or_default();
        if lane.stored || lane.refilling || lane.waiting.len() + lane.reserved >= WAITING_PER_WEBHOOK {
            return false;
        }
        lane.reserved += 1;
        state.bytes += job.size();
        true
    }
    /// Gives a reserved place back.
    pub fn give_back(&self, job: &Job) {
        self.state().unreserve(job);
    }
    /// A job whose place was reserved goes in.
    pub fn push(&self, job: Job) {
        let started = {
            let mut state = self.state();
            let key = (job.organization_id, job.webhook_id);
            if let Some(lane) = state.lanes.get_mut(&key) {
                lane.reserved = lane.reserved.saturating_sub(1);
            }
            if !state.open {
                return;
            }
            state.enqueue(key, job);
            state.start()
        };
        self.start(started);
    }
    /// The database has a due delivery of this webhook that is free to be claimed.
    pub fn more_is_stored(&self, organization: OrganizationId, webhook: WebhookId) {
        let mut state = self.state();
        if !state.open {
            return;
        }
        let lane = state.lanes.entry((organization, webhook)).or_default();
        lane.stored = true;
        if lane.wants_refill() {
            self.wake.ring();
        }
    }
    /// Lanes to be refilled, each with how many it can take; answer each with [`Lanes::refilled`].
    pub fn take_refills(&self) -> Vec<(Key, usize)> {
        let mut state = self.state();
        if !state.open || state.bytes >= WAITING_BYTES {
            return Vec::new();
        }
        let wanting = state.lanes.iter_mut().filter(|(_, lane)| lane.wants_refill());
        wanting
            .map(|(key, lane)| {
                lane.refilling = true;
                // What is stored from now on sets it again.
                lane.stored = false;
                (*key, WAITING_PER_WEBHOOK / 2 - (lane.waiting.len() + lane.reserved).min(WAITING_PER_WEBHOOK / 4))
            })
            .collect()
    }
    /// What was claimed for a lane, and whether the database has more.
    pub fn refilled(&self, key: Key, jobs: Vec<Job>, more: bool) {
        let started = {
            let mut state = self.state();
            let lane = state.lanes.entry(key).or_default();
            lane.refilling = false;
            lane.stored |= more;
            if !state.open {
                return;
            }
            for job in jobs {
                state.bytes += job.size();
                state.enqueue(key, job);
            }
            state.forget_if_over(key);
            state.start()
        };
        self.start(started);
    }
    /// An attempt has ended; answers the next job for whoever made it.
    pub fn finish(&self, key: Key, size: usize) -> Option<Job> {
        let mut started = {
            let mut state = self.state();
            state.finish(key, size);
            if state.lanes.get(&key).is_some_and(Lane::wants_refill) {
                self.wake.ring();
            }
            state.start()
        };
        let next = started.pop();
        self.start(started);
        if next.is_none() && self.in_flight() == 0 {
            self.idle.notify_waiters();
        }
        next
    }

    fn start(&self, jobs: Vec<Job>) {
        if let Some(starter) = self.starter.get() {
            jobs.into_iter().for_each(starter);
        }
    }
}

impl State {
    fn enqueue(&mut self, key: Key, job: Job) {
        let lane = self.lanes.entry(key).or_default();
        lane.waiting.push_back(job);
        if lane.has_work() {
            self.turns.add(key);
        }
    }
    fn unreserve(&mut self, job: &Job) {
        let key = (job.organization_id, job.webhook_id);
        self.bytes = self.bytes.saturating_sub(job.size());
        if let Some(lane) = self.lanes.get_mut(&key) {
            lane.reserved = lane.reserved.saturating_sub(1);
        }
        self.forget_if_over(key);
    }
    fn finish(&mut self, key: Key, size: usize) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(size);
        if let Some(lane) = self.lanes.get_mut(&key) {
            lane.in_flight = lane.in_flight.saturating_sub(1);
            if lane.has_work() {
                self.turns.add(key);
            }
        }
        self.forget_if_over(key);
    }
    /// Takes what may start now, in turns.
    fn start(&mut self) -> Vec<Job> {
        let mut started = Vec::new();
        while self.open
            && self.in_flight < IN_FLIGHT
            && let Some(key) = self.turns.next()
        {
            let Some(lane) = self.lanes.get_mut(&key).filter(|lane| lane.has_work()) else { continue };
            started.extend(lane.waiting.pop_front());
            lane.in_flight += 1;
            self.in_flight += 1;
            if lane.has_work() {
                self.turns.add(key);
            }
        }
        started
    }
    fn forget_if_over(&mut self, key: Key) {
        if self.lanes.get(&key).is_some_and(Lane::is_over) {
            self.lanes.remove(&key);
        }
    }
}
