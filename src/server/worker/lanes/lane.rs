//! One webhook's lane: what waits in memory, what is in flight, how fast it goes.

use super::super::pace::Pace;
use crate::{model::time::Time, server::domain::job::Job};
use std::collections::VecDeque;

/// Jobs that wait in one lane.
const WAITING: usize = 512;

#[derive(Default)]
pub struct Lane {
    pub waiting: VecDeque<Job>,
    /// Places kept for what is being committed.
    pub reserved: usize,
    /// What found no place and is being committed: whatever comes after it has none either.
    pub unplaced: usize,
    pub in_flight: usize,
    /// Answered, and not on the disk yet: a process that dies has these sent again.
    pub unrecorded: usize,
    /// Whether the database has more that is due.
    pub stored: bool,
    pub refilling: bool,
    pub pace: Pace,
    /// The turn in which it was last refilled.
    pub refilled: u64,
}

impl Lane {
    /// A lane that so many processes have; it is refilled after all that have waited since earlier turns than this.
    pub fn new(pace: Pace, processes: u32, turn: u64) -> Self {
        let mut lane = Self { pace, refilled: turn, ..Self::default() };
        lane.pace.set_sharers(processes);
        lane
    }
    /// Jobs that may wait here, at how many it asks for more, and up to how many. Where other processes keep the webhook's
    /// rate too, as many as this one sends in two seconds: what waits here none of them can send.
    fn room(&self) -> (usize, usize, usize) {
        match self.pace.part_of_rate() {
            Some(a_second) => {
                let room = (2 * a_second).clamp(2, WAITING);
                (room, room / 2, room)
            }
            None => (WAITING, WAITING / 4, WAITING / 2),
        }
    }
    /// How many it ever wants from the database.
    pub fn most(&self) -> usize {
        self.room().2
    }
    /// How many it wants from the database; none while it has enough, or may send nothing before long.
    pub fn wants_refill(&self, now: Time) -> Option<usize> {
        let ((_, few, enough), here) = (self.room(), self.waiting.len() + self.reserved);
        if !self.stored || self.refilling || here > few {
            return None;
        }
        if self.pace.is_open() {
            // One, to see, once its time has come.
            let may_probe = self.pace.has_rested(now);
            return (may_probe && self.waiting.is_empty() && self.in_flight == 0).then_some(1);
        }
        Some(enough - here)
    }
    /// Whether a new delivery may wait here; what is stored goes first, and an outage is waited for in the database.
    pub fn has_place(&self) -> bool {
        !self.stored
            && self.unplaced == 0
            && !self.refilling
            && !self.pace.is_open()
            && self.waiting.len() + self.reserved < self.room().0
    }
    /// Whether there is nothing to do; how fast it went may still be worth remembering.
    pub fn is_over(&self) -> bool {
        self.waiting.is_empty()
            && self.reserved + self.unplaced + self.in_flight + self.unrecorded == 0
            && !self.stored
            && !self.refilling
            && !self.pace.is_open()
    }
}
