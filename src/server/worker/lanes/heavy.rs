//! Memory of what is under way, for large events: they are read when their attempt starts, and a receiver that
//! hangs keeps them there until its time is over.
//!
//! What is NOT promised: that large events never wait for each other; they do where others hold all that there is, until
//! enough of these have ended.

use super::Key;
use crate::model::{event::MAX_BODY, id::OrganizationId};
use std::collections::{HashMap, HashSet, VecDeque};

/// Bytes that large events keep while they are under way.
const UNDER_WAY: usize = 96 * 1024 * 1024;
/// What keeps no more is not counted: there is room for as many of these as may be in flight.
const LIGHT: usize = 32 * 1024;
/// Lanes that look again when one has ended.
const LOOK_AGAIN: usize = 64;
/// Who has looked so often, and found that its own organization holds what it needs, is waited for by the others of that
/// organization: their smaller ones would take what comes free for good.
const PATIENCE: u32 = 16;

/// Whether one more of `size` fits a holder of `own` where `free` are left.
pub fn is_fair(own: usize, size: usize, free: usize) -> bool {
    size <= free && own + size <= 2 * free
}

/// Who holds how much, and who waits for it.
#[derive(Default)]
pub struct Heavy {
    held: usize,
    held_of: HashMap<OrganizationId, usize>,
    waiting: VecDeque<Key>,
    is_waiting: HashSet<Key>,
    /// How often each has looked in vain.
    looked: HashMap<Key, u32>,
    /// No other of the organization takes anything before this one has.
    overdue: HashMap<OrganizationId, Key>,
}

impl Heavy {
    /// Takes so many bytes; false where they are not free. The first always may, however large it is.
    pub fn take(&mut self, key: Key, bytes: usize) -> bool {
        if bytes <= LIGHT {
            return true;
        }
        let own = self.held_by(key.0);
        // Where the organization holds nothing, there is nothing to wait for.
        let is_turn = own == 0 || self.overdue.get(&key.0).is_none_or(|overdue| *overdue == key);
        let is_free = is_turn && is_fair(own, bytes, UNDER_WAY.saturating_sub(self.held));
        if !is_free && self.held > 0 {
            return false;
        }
        self.looked.remove(&key);
        if self.overdue.get(&key.0) == Some(&key) {
            self.overdue.remove(&key.0);
        }
        self.add(key.0, bytes);
        true
    }
    /// Takes so many bytes, free or not.
    pub fn add(&mut self, organization: OrganizationId, bytes: usize) {
        if bytes > LIGHT {
            self.held += bytes;
            *self.held_of.entry(organization).or_default() += bytes;
        }
    }
    pub fn has_room_for_any(&self) -> bool {
        self.held + 2 * MAX_BODY <= UNDER_WAY
    }
    fn held_by(&self, organization: OrganizationId) -> usize {
        self.held_of.get(&organization).copied().unwrap_or(0)
    }
    /// This lane's next one, of so many bytes, is to be tried again when another has ended.
    pub fn waits(&mut self, key: Key, bytes: usize) {
        if !self.is_waiting.insert(key) {
            return;
        }
        self.waiting.push_back(key);
        let own = self.held_by(key.0);
        if own > 0 && is_fair(0, bytes, UNDER_WAY.saturating_sub(self.held) + own) {
            let looked = self.looked.entry(key).or_default();
            *looked += 1;
            if *looked > PATIENCE {
                self.overdue.entry(key.0).or_insert(key);
            }
        }
    }
    /// Gives bytes back; answers which lanes may look again. Who finds nothing once more comes last.
    pub fn give_back(&mut self, organization: OrganizationId, bytes: usize) -> Vec<Key> {
        if bytes <= LIGHT {
            return Vec::new();
        }
        self.held = self.held.saturating_sub(bytes);
        if let Some(own) = self.held_of.get_mut(&organization) {
            *own = own.saturating_sub(bytes);
            if *own == 0 {
                self.held_of.remove(&organization);
            }
        }
        if self.overdue.get(&organization).is_some_and(|overdue| !self.is_waiting.contains(overdue)) {
            // It has left meanwhile, as into an outage; else it will be back, and overdue still.
            self.overdue.remove(&organization);
        }
        // Where nothing is held any more nobody will call again: all may look.
        let many = if self.held == 0 { usize::MAX } else { LOOK_AGAIN };
        let again: Vec<Key> = self.waiting.drain(..self.waiting.len().min(many)).collect();
        for key in &again {
            self.is_waiting.remove(key);
        }
        if self.waiting.is_empty() && self.held == 0 {
            self.looked.clear();
        }
        again
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::WebhookId;

    const LARGE: usize = 20 * 1024 * 1024;

    fn key(organization: u8, webhook: u8) -> Key {
        (OrganizationId::from_bytes([organization; 16]), WebhookId::from_bytes([webhook; 16]))
    }

    #[test]
    fn large_events_share_one_memory_and_small_ones_never_wait_for_it() {
        let mut heavy = Heavy::default();
        let own = (0..100).filter(|_| heavy.take(key(1, 1), LARGE)).count();
        assert_eq!(own, 3, "two thirds of it");
        assert!(heavy.take(key(2, 1), LARGE), "the next one finds room");
        assert!(!heavy.take(key(3, 1), LARGE) && !heavy.has_room_for_any());
        assert!((0..1_000).all(|_| heavy.take(key(1, 1), LIGHT)));
        assert!(heavy.held <= UNDER_WAY);
    }

    #[test]
    fn what_is_larger_than_all_of_it_goes_alone() {
        let mut heavy = Heavy::default();
        assert!(heavy.take(key(1, 1), 2 * UNDER_WAY));
        assert!(!heavy.take(key(2, 1), LIGHT + 1));
        heavy.give_back(key(1, 1).0, 2 * UNDER_WAY);
        assert!(heavy.take(key(2, 1), LIGHT + 1));
    }

    #[test]
    fn who_waits_looks_again_in_turns_and_all_do_once_nothing_is_under_way() {
        let mut heavy = Heavy::default();
        heavy.add(key(1, 1).0, LARGE);
        heavy.add(key(1, 1).0, LARGE);
        (0..100).for_each(|number| heavy.waits(key(2, number), LARGE));
        heavy.waits(key(2, 0), LARGE);
        let first = heavy.give_back(key(1, 1).0, LARGE);
        assert_eq!(first, (0..64).map(|number| key(2, number)).collect::<Vec<Key>>());
        first.into_iter().for_each(|key| heavy.waits(key, LARGE));
        let all = heavy.give_back(key(1, 1).0, LARGE);
        assert_eq!(all.len(), 100);
        assert_eq!(all[..36], (64..100).map(|number| key(2, number)).collect::<Vec<Key>>());
    }

    #[test]
    fn the_largest_is_not_passed_over_for_good_by_a_stream_of_smaller_ones() {
        const MEGABYTE: usize = 1024 * 1024;
        let (mut heavy, stream, large) = (Heavy::default(), key(1, 1), key(1, 2));
        while heavy.take(stream, MEGABYTE) {}
        let mut ended = 0;
        while !heavy.take(large, LARGE) {
            heavy.waits(large, LARGE);
            heavy.give_back(stream.0, MEGABYTE);
            ended += 1;
            assert!(ended < 100, "it never finds room");
            while heavy.take(stream, MEGABYTE) {}
        }
        assert!(heavy.overdue.is_empty() && heavy.held <= UNDER_WAY);
    }

    #[test]
    fn who_is_waited_for_and_has_left_holds_up_nobody() {
        let (mut heavy, stream, large) = (Heavy::default(), key(1, 1), key(1, 2));
        heavy.add(stream.0, 3 * LARGE);
        for _ in 0..=PATIENCE {
            heavy.waits(large, 2 * LARGE);
            heavy.give_back(stream.0, LIGHT + 1);
        }
        assert!(!heavy.take(stream, LIGHT + 1), "the large one is waited for");
        assert!(heavy.take(key(2, 1), LARGE), "by nobody of another organization");
        heavy.give_back(key(2, 1).0, LARGE);
        heavy.give_back(stream.0, LIGHT + 1);
        assert!(heavy.take(stream, LIGHT + 1), "it has not come back");
    }
}
