//! Room for what waits for its commit, in bytes: given out by need against what is free, so that an organization
//! that publishes more than the disk takes is refused before it has taken the room of all others.

use crate::model::id::OrganizationId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What is free, and what each organization holds of the rest.
#[derive(Debug)]
pub struct Room {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    free: usize,
    held: HashMap<OrganizationId, usize>,
}

/// Room that is taken until this is dropped.
#[derive(Debug)]
pub struct Place {
    room: Arc<Room>,
    organization: OrganizationId,
    size: usize,
}

impl Room {
    pub fn new(size: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State { free: size, held: HashMap::new() }) })
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Takes room; none where it is not free, or where the organization would hold more than twice what is left. The
    /// first always has it, however large it is: else it never would.
    pub fn take(self: &Arc<Self>, organization: OrganizationId, size: usize) -> Option<Place> {
        let mut state = self.state();
        let own = state.held.get(&organization).copied().unwrap_or(0);
        let fits = size <= state.free && own + size <= 2 * state.free;
        if !fits && !state.held.is_empty() {
            return None;
        }
        // What is larger than all of it has all of it.
        let size = size.min(state.free);
        state.free -= size;
        *state.held.entry(organization).or_default() += size;
        drop(state);
        Some(Place { room: self.clone(), organization, size })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.room.state();
        state.free += self.size;
        if let Some(held) = state.held.get_mut(&self.organization) {
            *held -= self.size;
            if *held == 0 {
                state.held.remove(&self.organization);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organization(number: u8) -> OrganizationId {
        OrganizationId::from_bytes([number; 16])
    }

    #[test]
    fn who_publishes_most_leaves_room_for_the_next() {
        let room = Room::new(90);
        let mut held: Vec<Place> = std::iter::from_fn(|| room.take(organization(1), 1)).collect();
        assert_eq!(held.len(), 60, "two thirds");
        assert!(room.take(organization(2), 20).is_some());
        held.pop();
        held.push(room.take(organization(1), 1).expect("what is given back can be taken again"));
    }

    #[test]
    fn what_is_larger_than_all_of_it_has_it_alone() {
        let room = Room::new(90);
        let small = room.take(organization(1), 1);
        assert!(small.is_some() && room.take(organization(2), 100).is_none());
        drop(small);
        let large = room.take(organization(2), 100).expect("nobody else is there");
        assert!(room.take(organization(1), 1).is_none());
        drop(large);
        let again: Vec<Place> = std::iter::from_fn(|| room.take(organization(1), 1)).collect();
        assert_eq!(again.len(), 60, "all is free again, and no more than that");
    }
}
