//! What is remembered of a database that takes nothing: publishers are refused at once, and not one after the other
//! once each has waited for it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// For so long after it took nothing the database is said to take nothing: longer than it may keep one call waiting.
const REMEMBERED: Duration = Duration::from_secs(15);
/// How often a call is let through to see.
const PROBE_EVERY: Duration = Duration::from_millis(500);

/// When the database last took nothing.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<Option<Refused>>);

#[derive(Debug, Clone, Copy)]
struct Refused {
    at: Instant,
    /// Not even asked.
    unreachable: bool,
    probed_at: Instant,
}

impl Refusals {
    fn last(&self) -> MutexGuard<'_, Option<Refused>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The database took nothing.
    pub fn note(&self, now: Instant, unreachable: bool) {
        let mut last = self.last();
        let probed_at = last.map_or(now, |last| last.probed_at);
        *last = Some(Refused { at: now, unreachable, probed_at });
    }
    /// It took something.
    pub fn clear(&self) {
        *self.last() = None;
    }
    /// Whether it could not even be asked.
    pub fn are_of_the_unreachable(&self, now: Instant) -> bool {
        self.last().is_some_and(|last| last.unreachable && now - last.at < REMEMBERED)
    }
    pub fn are_recent(&self, now: Instant) -> bool {
        self.last().is_some_and(|last| now - last.at < REMEMBERED)
    }
    /// Whether not to ask the database once more.
    pub fn turn_away(&self, now: Instant) -> bool {
        let mut last = self.last();
        let Some(refused) = last.as_mut().filter(|last| now - last.at < REMEMBERED) else { return false };
        if now - refused.probed_at < PROBE_EVERY {
            return true;
        }
        refused.probed_at = now;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_nothing_is_taken_one_call_in_half_a_second_is_let_through() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        assert!(!refusals.turn_away(start));
        refusals.note(start, true);
        assert!(refusals.turn_away(start) && refusals.are_recent(start));
        let later = start + PROBE_EVERY;
        assert!(!refusals.turn_away(later), "one is let through");
        refusals.note(later, false);
        assert!(refusals.turn_away(later), "and no other");
        assert!(!refusals.are_of_the_unreachable(later), "it answered that its disk is full");
        refusals.clear();
        assert!(!refusals.turn_away(later) && !refusals.are_recent(later));
    }

    #[test]
    fn what_nobody_has_tried_for_a_while_may_be_tried_again() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        refusals.note(start, true);
        assert!(!refusals.turn_away(start + REMEMBERED) && !refusals.are_recent(start + REMEMBERED));
    }
}
