//! Memory of what is under way, for large events: they are read when their attempt starts, and a receiver that
//! hangs keeps them there until its time is over.
//!
//! What is NOT promised: that large events of one organization never wait for those of others; they do where these
//! hold all that there is, until one of them ends.

use super::Key;
use crate::model::{event::MAX_BODY, id::OrganizationId};
use std::collections::{HashMap, HashSet, VecDeque};

/// Bytes that large events keep while they are under way.
const UNDER_WAY: usize = 96 * 1024 * 1024;
/// What keeps no more is not counted: there is room for as many of these as may be in flight.
const LIGHT: usize = 32 * 1024;
/// Lanes that look again when one has ended.
const LOOK_AGAIN: usize = 64;

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
}

impl Heavy {
    /// Takes so many bytes; false where they are not free. The first always may, however large it is.
    pub fn take(&mut self, organization: OrganizationId, bytes: usize) -> bool {
        let own = self.held_of.get(&organization).copied().unwrap_or(0);
        let is_free = bytes <= LIGHT || self.held == 0 || is_fair(own, bytes, UNDER_WAY.saturating_sub(self.held));
        if is_free {
            self.add(organization, bytes);
        }
        is_free
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
    /// This lane's next one is to be tried again when another has ended.
    pub fn waits(&mut self, key: Key) {
        if self.is_waiting.insert(key) {
            self.waiting.push_back(key);
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
        let again: Vec<Key> = self.waiting.drain(..self.waiting.len().min(LOOK_AGAIN)).collect();
        for key in &again {
            self.is_waiting.remove(key);
        }
        again
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::WebhookId;

    const LARGE: usize = 20 * 1024 * 1024;

    fn organization(number: u8) -> OrganizationId {
        OrganizationId::from_bytes([number; 16])
    }

    #[test]
    fn large_events_share_one_memory_and_small_ones_never_wait_for_it() {
        let mut heavy = Heavy::default();
        let own = (0..100).filter(|_| heavy.take(organization(1), LARGE)).count();
        assert_eq!(own, 3, "two thirds of it");
        assert!(heavy.take(organization(2), LARGE), "the next one finds room");
        assert!(!heavy.take(organization(3), LARGE) && !heavy.has_room_for_any());
        assert!((0..1_000).all(|_| heavy.take(organization(1), LIGHT)));
        assert!(heavy.held <= UNDER_WAY);
    }

    #[test]
    fn what_is_larger_than_all_of_it_goes_alone() {
        let mut heavy = Heavy::default();
        assert!(heavy.take(organization(1), 2 * UNDER_WAY));
        assert!(!heavy.take(organization(2), LIGHT + 1));
        heavy.give_back(organization(1), 2 * UNDER_WAY);
        assert!(heavy.take(organization(2), LIGHT + 1));
    }

    #[test]
    fn who_waits_looks_again_in_turns() {
        let mut heavy = Heavy::default();
        let key = |number| (organization(2), WebhookId::from_bytes([number; 16]));
        heavy.add(organization(1), LARGE);
        (0..100).for_each(|number| heavy.waits(key(number)));
        heavy.waits(key(0));
        let first = heavy.give_back(organization(1), LARGE);
        assert_eq!(first, (0..64).map(key).collect::<Vec<Key>>());
        first.into_iter().for_each(|key| heavy.waits(key));
        heavy.add(organization(1), LARGE);
        assert_eq!(heavy.give_back(organization(1), LARGE)[..36], (64..100).map(key).collect::<Vec<Key>>());
    }
}
