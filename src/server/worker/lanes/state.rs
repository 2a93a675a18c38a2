//! All lanes as one value, behind one lock: who may start, in which order, with how much of what is shared.
//!
//! What is shared (requests in flight, memory) is given out by need against what is free: no organization may hold more
//! than twice what is left, so that however many receivers hang, the next one always finds room.

use super::{
    super::{
        pace::{CAP, Change, Pace, Start, is_of_another_clock},
        rotation::Rotation,
    },
    Key,
    heavy::{Heavy, is_fair},
    lane::Lane,
    remembered::Remembered,
};
use crate::{
    model::{id::OrganizationId, time::Time},
    server::domain::{
        job::{Job, Verdict, Weight},
        lease::Lease,
    },
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Requests that this process makes at the same time, where the system lets it; each needs a file descriptor.
pub const IN_FLIGHT: usize = 768;
/// Bytes of events that wait in all lanes.
pub const WAITING_BYTES: usize = 48 * 1024 * 1024;
/// Bytes that a delivery read from the database takes at most.
const REFILL_BYTES: usize = 17 * 1024;
/// What one webhook may have in flight or not yet recorded: no more of it comes again where the process dies. At full rate
/// it is a third of this, and less would hold up what records are quick enough for.
const UNRECORDED: usize = 128;
/// So many records of one lane are waited for.
const MANY: usize = 16;
/// Lanes that are refilled in one turn of the worker, which has other things to do as well.
const REFILLS: usize = 64;

#[derive(Default)]
pub struct State {
    pub open: bool,
    /// Requests that may be in flight.
    pub most: usize,
    /// Of webhooks that have something to do here.
    pub lanes: HashMap<Key, Lane>,
    remembered: Remembered,
    /// Processes that keep rates together; none is as good as one.
    sharers: u32,
    turns: Rotation,
    /// Lanes that wait for a time.
    resting: BTreeSet<(Time, Key)>,
    in_flight_of: HashMap<OrganizationId, usize>,
    pub in_flight: usize,
    heavy: Heavy,
    bytes: usize,
    bytes_of: HashMap<OrganizationId, usize>,
    /// Turns in which lanes were refilled.
    refills: u64,
    /// Whether a lane now rests for less long than all others.
    rest_is_shorter: bool,
    /// Leases to be given back, since their webhook is in an outage.
    pub released: Vec<(Key, Vec<Arc<Lease>>)>,
    /// Outages that began (until when nothing is sent) or ended, to be written down.
    pub changes: Vec<(Key, Change)>,
}

impl State {
    pub fn lane(&mut self, key: Key) -> &mut Lane {
        let Self { sharers, refills, remembered, .. } = self;
        self.lanes.entry(key).or_insert_with(|| Lane::new(remembered.take(key), *sharers, *refills))
    }
    pub fn sharers(&self) -> u32 {
        self.sharers
    }
    pub fn share_rates(&mut self, processes: u32) {
        if processes != std::mem::replace(&mut self.sharers, processes) {
            self.lanes.values_mut().for_each(|lane| lane.pace.set_sharers(processes));
        }
    }

    /// Keeps a place in memory; false where there is none.
    pub fn reserve(&mut self, key: Key, size: usize) -> bool {
        let (free, own) = (WAITING_BYTES.saturating_sub(self.bytes), self.bytes_of(key.0));
        let lane = self.lane(key);
        if !lane.has_place() || !is_fair(own, size, free) {
            lane.unplaced += 1;
            return false;
        }
        lane.reserved += 1;
        self.keep_bytes(key, size);
        true
    }
    fn bytes_of(&self, organization: OrganizationId) -> usize {
        self.bytes_of.get(&organization).copied().unwrap_or(0)
    }
    fn keep_bytes(&mut self, key: Key, size: usize) {
        if size > 0 {
            self.bytes += size;
            *self.bytes_of.entry(key.0).or_default() += size;
        }
    }
    pub fn unreserve(&mut self, key: Key, size: usize, now: Time) {
        self.lane(key).reserved = self.lane(key).reserved.saturating_sub(1);
        self.forget_bytes(key, size);
        self.forget_if_over(key, now);
    }
    /// A job takes the place that was kept for it; false where its webhook has fallen into an outage meanwhile.
    pub fn take_place(&mut self, key: Key, job: Job) -> bool {
        let lane = self.lane(key);
        lane.reserved = lane.reserved.saturating_sub(1);
        if lane.pace.is_open() {
            self.forget_bytes(key, job.size());
            self.release(key, vec![job]);
            return false;
        }
        lane.waiting.push_back(job);
        self.turns.add(key);
        true
    }
    /// Jobs that were claimed.
    pub fn refilled(&mut self, key: Key, jobs: Vec<Job>, more: bool, now: Time) {
        let size: usize = jobs.iter().map(Job::size).sum();
        let lane = self.lane(key);
        lane.refilling = false;
        lane.stored |= more;
        if lane.pace.is_open() && !lane.pace.has_rested(now) {
            // The outage began while they were read.
            return self.release(key, jobs);
        }
        lane.waiting.extend(jobs);
        self.keep_bytes(key, size);
        self.turns.add(key);
        self.forget_if_over(key, now);
    }
    /// Lanes that want something from the database, as many as one turn has time for, with how much each may have.
    pub fn take_refills(&mut self, now: Time) -> Vec<(Key, usize)> {
        let mut free = WAITING_BYTES.saturating_sub(self.bytes);
        self.refills += 1;
        let (turn, mut granted) = (self.refills, Vec::new());
        let mut granted_to: HashMap<OrganizationId, usize> = HashMap::new();
        for (key, wanted) in self.wanting(now) {
            if granted.len() == REFILLS {
                break;
            }
            let own = self.bytes_of(key.0) + granted_to.get(&key.0).copied().unwrap_or(0);
            let room = (2 * free).saturating_sub(own).min(free) / REFILL_BYTES;
            let lane = self.lane(key);
            // One always may, or a full memory would stop those who have none of it.
            let room = if lane.waiting.is_empty() { room.max(1) } else { room };
            if room > 0 {
                lane.refilling = true;
                // What is stored from now on sets it again.
                lane.stored = false;
                lane.refilled = turn;
                let most = wanted.min(room);
                granted.push((key, most));
                free = free.saturating_sub(most * REFILL_BYTES);
                *granted_to.entry(key.0).or_default() += most * REFILL_BYTES;
            }
        }
        granted
    }
    /// Lanes that want something and how much: one of each organization in turn, first those that had nothing for longest.
    fn wanting(&self, now: Time) -> Vec<(Key, usize)> {
        let wanting = self.lanes.iter().filter_map(|(key, lane)| Some((lane.refilled, *key, lane.wants_refill(now)?)));
        let mut wanting: Vec<_> = wanting.collect();
        wanting.sort_unstable();
        let mut before: HashMap<OrganizationId, usize> = HashMap::new();
        let with_place = wanting.into_iter().map(|(_, key, wanted)| {
            let place = before.entry(key.0).or_default();
            *place += 1;
            (*place, key, wanted)
        });
        let mut in_turns: Vec<_> = with_place.collect();
        in_turns.sort_by_key(|(place, ..)| *place);
        in_turns.into_iter().map(|(_, key, wanted)| (key, wanted)).collect()
    }
    /// Whether this lane would take something from the database that has some.
    pub fn wants_refill(&self, key: Key, now: Time) -> bool {
        self.lanes.get(&key).is_some_and(|lane| lane.wants_refill(now).is_some())
    }
    /// Whether a lane would take something from the database that has some.
    pub fn wants_refills(&self, now: Time) -> bool {
        self.lanes.values().any(|lane| lane.wants_refill(now).is_some())
    }

    /// Takes what may start now, in turns.
    pub fn start(&mut self, now: Time) -> Vec<Job> {
        let mut started = Vec::new();
        while self.open
            && self.in_flight < self.most
            && let Some(organization) = self.turns.organization()
        {
            let own = self.in_flight_of.get(&organization).copied().unwrap_or(0);
            if !is_fair(own, 1, self.most - self.in_flight) {
                // It has something in flight, whose end releases it: whoever has nothing always fits.
                self.turns.hold();
                continue;
            }
            let Some(key) = self.turns.next() else { break };
            let Some(lane) = self.lanes.get_mut(&key).filter(|lane| !lane.waiting.is_empty()) else { continue };
            if lane.in_flight + lane.unrecorded >= UNRECORDED {
                // A record's end adds it again.
                continue;
            }
            match lane.pace.may_start(now, lane.in_flight) {
                Start::At(time) => self.rest(key, time),
                Start::WhenOneEnds => {}
                Start::Now => {
                    let bytes = lane.waiting.front().map_or(0, |job| job.weight().under_way);
                    if !self.heavy.take(key, bytes) {
                        self.heavy.waits(key, bytes);
                        continue;
                    }
                    lane.pace.started(now);
                    started.extend(lane.waiting.pop_front());
                    self.flies(key);
                    self.turns.add(key);
                }
            }
        }
        started
    }
    /// One more was answered and is not on the disk; answers whether they are many.
    pub fn unrecorded(&mut self, key: Key) -> bool {
        let lane = self.lane(key);
        lane.unrecorded += 1;
        lane.unrecorded >= MANY
    }
    /// One of these is.
    pub fn recorded(&mut self, key: Key, now: Time) {
        let lane = self.lane(key);
        lane.unrecorded = lane.unrecorded.saturating_sub(1);
        if !lane.waiting.is_empty() {
            self.turns.add(key);
        }
        self.forget_if_over(key, now);
    }
    fn flies(&mut self, key: Key) {
        self.lane(key).in_flight += 1;
        self.in_flight += 1;
        *self.in_flight_of.entry(key.0).or_default() += 1;
    }
    /// Whether one of this webhook may go out past its lane.
    pub fn may_pass(&self, key: Key) -> bool {
        let own = self.lanes.get(&key).map_or(0, |lane| lane.in_flight);
        self.open && own < CAP && self.in_flight < self.most && self.heavy.has_room_for_any()
    }
    /// One goes out past its lane.
    pub fn pass(&mut self, key: Key, weight: Weight) {
        self.keep_bytes(key, weight.waiting);
        self.heavy.add(key.0, weight.under_way);
        self.flies(key);
    }
    /// One has ended.
    pub fn ended(&mut self, key: Key, weight: Weight, verdict: Verdict, now: Time) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if let Some(own) = self.in_flight_of.get_mut(&key.0) {
            *own -= 1;
            if *own == 0 {
                self.in_flight_of.remove(&key.0);
            }
        }
        self.forget_bytes(key, weight.waiting);
        for waited in self.heavy.give_back(key.0, weight.under_way) {
            self.turns.add(waited);
        }
        let lane = self.lane(key);
        lane.in_flight = lane.in_flight.saturating_sub(1);
        let change = lane.pace.ended(verdict, now);
        self.note(key, change);
        self.turns.add(key);
        self.turns.release(key.0);
        self.forget_if_over(key, now);
    }
    /// Follows what the breaker did: in an outage what waits is given back to the database.
    pub fn note(&mut self, key: Key, change: Option<Change>) {
        let Some(change) = change else { return };
        if let Change::Opened(until) = change {
            let waiting: Vec<Job> = self.lane(key).waiting.drain(..).collect();
            self.forget_bytes(key, waiting.iter().map(Job::size).sum());
            self.release(key, waiting);
            self.lane(key).stored = true;
            self.rest(key, until);
        }
        self.changes.push((key, change));
    }
    /// Jobs that are not to be made here.
    pub fn release(&mut self, key: Key, jobs: Vec<Job>) {
        self.lane(key).stored = true;
        if !jobs.is_empty() {
            self.released.push((key, jobs.into_iter().map(|job| job.lease).collect()));
        }
    }

    fn rest(&mut self, key: Key, until: Time) {
        self.rest_is_shorter |= self.rested_at().is_none_or(|first| until < first);
        self.resting.insert((until, key));
    }
    /// Whether [`State::rested_at`] has come nearer since this was last asked.
    pub fn take_rest_is_shorter(&mut self) -> bool {
        std::mem::take(&mut self.rest_is_shorter)
    }
    /// When a lane has rested.
    pub fn rested_at(&self) -> Option<Time> {
        self.resting.first().map(|(time, _)| *time)
    }
    /// Lanes that have rested come back; answers which.
    pub fn resume(&mut self, now: Time) -> Vec<Key> {
        let mut resumed = Vec::new();
        let has_come = |(time, _): &(Time, Key)| *time <= now || is_of_another_clock(*time, now);
        while let Some((time, key)) = self.resting.first().copied().filter(has_come) {
            self.resting.remove(&(time, key));
            self.turns.add(key);
            resumed.push(key);
        }
        resumed
    }

    pub fn close(&mut self) {
        self.open = false;
        self.release_waiting();
        self.lanes.values_mut().for_each(|lane| lane.stored = false);
    }
    /// What waits here goes back to the database.
    pub fn release_waiting(&mut self) {
        let waiting = self.lanes.iter_mut().map(|(key, lane)| (*key, lane.waiting.drain(..).collect()));
        for (key, jobs) in waiting.collect::<Vec<(Key, Vec<Job>)>>() {
            if !jobs.is_empty() {
                self.forget_bytes(key, jobs.iter().map(Job::size).sum());
                self.release(key, jobs);
            }
        }
    }
    pub fn forget_bytes(&mut self, key: Key, size: usize) {
        self.bytes = self.bytes.saturating_sub(size);
        if let Some(own) = self.bytes_of.get_mut(&key.0) {
            *own = own.saturating_sub(size);
            if *own == 0 {
                self.bytes_of.remove(&key.0);
            }
        }
    }
    pub fn forget_if_over(&mut self, key: Key, now: Time) {
        if self.lanes.get(&key).is_some_and(Lane::is_over)
            && let Some(lane) = self.lanes.remove(&key)
        {
            self.remembered.keep(key, lane.pace, now);
        }
    }
    /// Forgets what is remembered of webhooks for longer than it counts.
    pub fn forget_old(&mut self, now: Time) {
        self.remembered.forget_old(now);
    }
    /// How fast a webhook goes, where anything is known of it.
    pub fn pace(&mut self, key: Key) -> Option<&mut Pace> {
        match self.lanes.get_mut(&key) {
            Some(lane) => Some(&mut lane.pace),
            None => self.remembered.get_mut(key),
        }
    }
}

#[cfg(test)]
mod tests;
