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
    /// A lane that so many processes have.
    pub fn shared_by(processes: u32) -> Self {
        let mut lane = Self::default();
        lane.pace.set_sharers(processes);
        lane
    }
    /// Jobs that may wait here: where other processes keep the webhook's rate too, as many as this one sends in a second,
    /// since what waits here none of them can send.
    fn room(&self) -> usize {
        self.pace.part_of_rate().map_or(WAITING, |a_second| a_second.clamp(1, WAITING))
    }
    /// How many it wants from the database; none while it has enough, or may send nothing before long.
    pub fn wants_refill(&self, now: Time) -> Option<usize> {
        let (room, here) = (self.room(), self.waiting.len() + self.reserved);
        if !self.stored || self.refilling || here > room / 4 {
            return None;
        }
        if self.pace.is_open() {
            // One, to see, once its time has come.
            let may_probe = self.pace.has_rested(now);
            return (may_probe && self.waiting.is_empty() && self.in_flight == 0).then_some(1);
        }
        Some((room / 2 - here.min(room / 4)).max(1))
    }
    /// Whether a new delivery may wait here; what is stored goes first, and an outage is waited for in the database.
    pub fn has_place(&self) -> bool {
        !self.stored
            && self.unplaced == 0
            && !self.refilling
            && !self.pace.is_open()
            && self.waiting.len() + self.reserved < self.room()
    }
    pub fn is_over(&self, now: Time) -> bool {
        self.waiting.is_empty()
            && self.reserved + self.unplaced + self.in_flight + self.unrecorded == 0
            && !self.stored
            && !self.refilling
            && self.pace.is_plain(now)
    }
}
