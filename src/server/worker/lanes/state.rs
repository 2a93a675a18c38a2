//! All lanes as one value, behind one lock: who may start, in which order, with how much of what is shared.
//!
//! What is shared (requests in flight, memory) is given out by need against what is free: nobody may hold more
//! than twice what is left, so that however many receivers hang, the next one always finds room.

use super::{
    super::{
        pace::{Change, Start},
        rotation::Rotation,
    },
    Key,
    heavy::{Heavy, is_fair},
    lane::Lane,
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
/// Lanes that are refilled in one turn of the worker, which has other things to do as well.
const REFILLS: usize = 64;

#[derive(Default)]
pub struct State {
    pub open: bool,
    /// Requests that may be in flight.
    pub most: usize,
    pub lanes: HashMap<Key, Lane>,
    turns: Rotation,
    /// Lanes that wait for a time.
    resting: BTreeSet<(Time, Key)>,
    in_flight_of: HashMap<OrganizationId, usize>,
    pub in_flight: usize,
    heavy: Heavy,
    bytes: usize,
    /// The lane that was refilled last.
    refilled_to: Option<Key>,
    /// Whether a lane now rests for less long than all others.
    rest_is_shorter: bool,
    /// Leases to be given back, since their webhook is in an outage.
    pub released: Vec<(Key, Vec<Arc<Lease>>)>,
    /// Outages that began (until when nothing is sent) or ended, to be written down.
    pub changes: Vec<(Key, Change)>,
}

impl State {
    pub fn lane(&mut self, key: Key) -> &mut Lane {
        self.lanes.entry(key).or_default()
    }

    /// Keeps a place in memory; false where there is none.
    pub fn reserve(&mut self, key: Key, size: usize) -> bool {
        let free = WAITING_BYTES.saturating_sub(self.bytes);
        let lane = self.lane(key);
        if !lane.has_place() || !is_fair(lane.bytes, size, free) {
            lane.unplaced += 1;
            return false;
        }
        lane.reserved += 1;
        lane.bytes += size;
        self.bytes += size;
        true
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
        if lane.pace.is_open() && lane.pace.opens_at().is_none_or(|at| at > now) {
            // The outage began while they were read.
            return self.release(key, jobs);
        }
        lane.bytes += size;
        lane.waiting.extend(jobs);
        self.bytes += size;
        self.turns.add(key);
        self.forget_if_over(key, now);
    }
    /// Lanes that want something from the database, as many as one turn has time for, with how much each may have.
    pub fn take_refills(&mut self, now: Time) -> Vec<(Key, usize)> {
        let mut free = WAITING_BYTES.saturating_sub(self.bytes);
        let mut wanting: Vec<(Key, usize)> =
            self.lanes.iter().filter_map(|(key, lane)| Some((*key, lane.wants_refill(now)?))).collect();
        // Whoever came last begins the next turn's list.
        wanting.sort_unstable_by_key(|(key, _)| (self.refilled_to.is_some_and(|last| *key <= last), *key));
        let mut granted = Vec::new();
        for (key, wanted) in wanting {
            if granted.len() == REFILLS {
                break;
            }
            let lane = self.lane(key);
            let room = (2 * free).saturating_sub(lane.bytes).min(free) / REFILL_BYTES;
            // One always may, or a full memory would stop those who have none of it.
            let room = if lane.waiting.is_empty() { room.max(1) } else { room };
            if room > 0 {
                lane.refilling = true;
                // What is stored from now on sets it again.
                lane.stored = false;
                let most = wanted.min(room);
                granted.push((key, most));
                free = free.saturating_sub(most * REFILL_BYTES);
                self.refilled_to = Some(key);
            }
        }
        granted
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
            match lane.pace.may_start(now, lane.in_flight) {
                Start::At(time) => self.rest(key, time),
                Start::WhenOneEnds => {}
                Start::Now => {
                    let bytes = lane.waiting.front().map_or(0, |job| job.weight().under_way);
                    if !self.heavy.take(key.0, bytes) {
                        self.heavy.waits(key);
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
    fn flies(&mut self, key: Key) {
        self.lane(key).in_flight += 1;
        self.in_flight += 1;
        *self.in_flight_of.entry(key.0).or_default() += 1;
    }
    /// Whether there is memory for one more, however large it is.
    pub fn has_room_for_any(&self) -> bool {
        self.heavy.has_room_for_any()
    }
    /// One goes out past its lane.
    pub fn pass(&mut self, key: Key, weight: Weight) {
        self.lane(key).bytes += weight.waiting;
        self.bytes += weight.waiting;
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
    /// Lanes that have rested come back; answers whether one of them wants something from the database.
    pub fn resume(&mut self, now: Time) -> bool {
        let mut wants = false;
        while let Some((time, key)) = self.resting.first().copied().filter(|(time, _)| *time <= now) {
            self.resting.remove(&(time, key));
            self.turns.add(key);
            wants |= self.lanes.get(&key).is_some_and(|lane| lane.wants_refill(now).is_some());
        }
        wants
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
        if let Some(lane) = self.lanes.get_mut(&key) {
            lane.bytes = lane.bytes.saturating_sub(size);
        }
    }
    pub fn forget_if_over(&mut self, key: Key, now: Time) {
        if self.lanes.get(&key).is_some_and(|lane| lane.is_over(now)) {
            self.lanes.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{
            delivery::Trigger,
            id::{DeliveryId, EventId, WebhookId},
        },
        server::domain::{job::Source, lease::Leases},
    };

    const NOW: Time = Time::from_seconds(1_000_000);

    fn key(organization: u8, webhook: u8) -> Key {
        (OrganizationId::from_bytes([organization; 16]), WebhookId::from_bytes([webhook; 16]))
    }
    fn publish(state: &mut State, leases: &Arc<Leases>, key: Key, number: u8) {
        publish_large(state, leases, key, number, 0);
    }
    fn publish_large(state: &mut State, leases: &Arc<Leases>, key: Key, number: u8, bytes: usize) {
        let delivery_id = DeliveryId::from_bytes([key.1.bytes()[0], number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let job = Job {
            organization_id: key.0,
            delivery_id,
            lease: leases.take(delivery_id),
            webhook_id: key.1,
            event: Source::Stored(EventId::from_bytes([0; 16]), bytes),
            attempts_before: 0,
            max_attempts: 1,
            trigger: Trigger::Automatic,
            triggered_by: None,
        };
        assert!(state.reserve(key, job.size()));
        state.take_place(key, job);
    }

    #[test]
    fn refills_share_one_memory_and_nobody_waits_for_more_than_a_turn() {
        let mut state = State { open: true, most: 64, ..State::default() };
        for webhook in 0..100 {
            state.lane(key(1, webhook)).stored = true;
        }
        let first = state.take_refills(NOW);
        assert!(
            first.iter().map(|(_, most)| most * REFILL_BYTES).sum::<usize>() <= WAITING_BYTES + REFILLS * REFILL_BYTES
        );
        assert_eq!(first.len(), REFILLS);
        assert!(state.wants_refills(NOW));
        for (key, _) in &first {
            state.refilled(*key, Vec::new(), true, NOW);
        }
        let second: Vec<Key> = state.take_refills(NOW).into_iter().map(|(key, _)| key).collect();
        let others = (64..100).map(|webhook| key(1, webhook));
        assert!(others.into_iter().all(|key| second.contains(&key)), "those that came too late come first now");
    }

    #[test]
    fn what_is_released_goes_back_and_is_asked_for_again() {
        let mut state = State { open: true, most: 1, ..State::default() };
        let (leases, key) = (Arc::new(Leases::default()), key(1, 1));
        (0..3).for_each(|number| publish(&mut state, &leases, key, number));
        assert_eq!(state.start(NOW).len(), 1);
        state.release_waiting();
        assert_eq!(state.released.iter().map(|(_, leases)| leases.len()).sum::<usize>(), 2);
        assert!(state.lanes[&key].waiting.is_empty() && state.wants_refills(NOW));
    }

    #[test]
    fn events_too_large_for_the_memory_that_is_left_go_out_as_others_end_and_hold_up_nothing_small() {
        let mut state = State { open: true, most: 64, ..State::default() };
        let leases = Arc::new(Leases::default());
        for number in 0..20 {
            publish_large(&mut state, &leases, key(1, 1), number, 10 * 1024 * 1024);
            publish_large(&mut state, &leases, key(2, 2), number, 10 * 1024 * 1024);
            publish(&mut state, &leases, key(1, 3), number);
        }
        let mut flying = state.start(NOW);
        let (mut small, mut large) = (0, 0);
        while !flying.is_empty() {
            let heavy = flying.iter().filter(|job| job.weight().under_way > 0).count();
            assert!(heavy <= 4, "{heavy} large ones at once");
            let job = flying.remove(0);
            *(if job.key() == key(1, 3) { &mut small } else { &mut large }) += 1;
            state.ended(job.key(), job.weight(), Verdict::Success, NOW);
            flying.extend(state.start(NOW));
        }
        assert_eq!((small, large), (20, 40));
    }

    #[test]
    fn a_webhook_whose_neighbours_fill_the_share_and_then_fail_is_not_forgotten() {
        let mut state = State { open: true, most: 64, ..State::default() };
        let leases = Arc::new(Leases::default());
        let healthy = key(1, 200);
        let mut flying = Vec::new();
        for number in 0..40 {
            for hanging in 0..8 {
                publish(&mut state, &leases, key(1, hanging), number);
                flying.extend(state.start(NOW));
            }
            publish(&mut state, &leases, healthy, number);
            flying.extend(state.start(NOW));
        }
        assert_eq!(flying.len(), 43, "two thirds are one organization's share");
        let mut delivered = 0;
        while let Some(job) = flying.pop() {
            let is_well = job.key() == healthy;
            delivered += usize::from(is_well);
            let verdict = if is_well { Verdict::Success } else { Verdict::TimedOut };
            state.ended(job.key(), job.weight(), verdict, NOW);
            flying.extend(state.start(NOW));
        }
        assert_eq!(delivered, 40);
    }
}
