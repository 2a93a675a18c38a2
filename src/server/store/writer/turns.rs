//! What waits, by organization: each in its own order, one of each in turn.

use crate::model::id::OrganizationId;
use std::collections::{HashMap, VecDeque};

/// Who waits, in the order in which they come next.
pub struct Turns<T> {
    order: VecDeque<OrganizationId>,
    waiting: HashMap<OrganizationId, VecDeque<(u64, T)>>,
    /// How many ever came.
    came: u64,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self { order: VecDeque::new(), waiting: HashMap::new(), came: 0 }
    }
}

impl<T> Turns<T> {
    pub fn push(&mut self, organization: OrganizationId, work: T) {
        let waiting = self.waiting.entry(organization).or_default();
        if waiting.is_empty() {
            self.order.push_back(organization);
        }
        waiting.push_back((self.came, work));
        self.came += 1;
    }
    /// Takes what comes next.
    pub fn next(&mut self) -> Option<T> {
        let organization = self.order.pop_front()?;
        let waiting = self.waiting.get_mut(&organization)?;
        let (_, work) = waiting.pop_front()?;
        if waiting.is_empty() {
            self.waiting.remove(&organization);
        } else {
            self.order.push_back(organization);
        }
        Some(work)
    }
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
    /// How many ever came; once [`Turns::are_done`] with it, all of them have been taken.
    pub fn came(&self) -> u64 {
        self.came
    }
    pub fn are_done(&self, came: u64) -> bool {
        self.waiting.values().filter_map(VecDeque::front).all(|(number, _)| *number >= came)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_queues_a_thousand_calls_has_no_more_turns_than_who_queues_one() {
        let (busy, calm) = (OrganizationId::from_bytes([1; 16]), OrganizationId::from_bytes([2; 16]));
        let mut turns = Turns::default();
        (0..1_000).for_each(|number| turns.push(busy, number));
        turns.push(calm, 9_999);
        let came = turns.came();
        turns.push(calm, 10_000);
        let taken: Vec<i32> = std::iter::from_fn(|| turns.next()).take(4).collect();
        assert_eq!(taken, [0, 9_999, 1, 10_000]);
        assert!(!turns.are_done(came), "998 of those that had come are there still");
        while turns.next().is_some() {}
        assert!(turns.is_empty() && turns.are_done(came));
    }
}
