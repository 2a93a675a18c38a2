//! What is remembered of a database that takes nothing: publishers are refused at once, and not one after the other
//! once each has waited for it. Now and then one of them is let through to see; the longer the last one had to wait,
//! the later comes the next, since a process notices by itself too when its database is back.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// For so long after a call could have been let through again the database is said to take nothing.
const REMEMBERED: Duration = Duration::from_secs(15);
/// Between two calls that are let through: so many times what the last one waited, within these bounds.
const PAUSE: u32 = 10;
const SHORTEST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);
/// After so long a call that was let through is not waited for any more.
const LOST: Duration = Duration::from_secs(60);

/// When the database last took nothing.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<Option<Refused>>);

#[derive(Debug, Clone, Copy)]
struct Refused {
    at: Instant,
    /// Not even asked.
    unreachable: bool,
    /// Since when a call that was let through has been under way.
    probe: Option<Instant>,
    next_probe: Instant,
}

impl Refused {
    fn is_recent(&self, now: Instant) -> bool {
        now < self.at.max(self.next_probe) + REMEMBERED || self.is_probing(now)
    }
    fn is_probing(&self, now: Instant) -> bool {
        self.probe.is_some_and(|since| now - since < LOST)
    }
}

impl Refusals {
    fn last(&self) -> MutexGuard<'_, Option<Refused>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Somebody has met a database that takes nothing.
    pub fn note(&self, now: Instant, unreachable: bool) {
        let mut last = self.last();
        let (probe, next_probe) = last.map_or((None, now + SHORTEST), |last| (last.probe, last.next_probe));
        *last = Some(Refused { at: now, unreachable, probe, next_probe });
    }
    /// It has taken no call, the one that was let through among them.
    pub fn note_of_calls(&self, now: Instant, unreachable: bool) {
        let mut last = self.last();
        let waited = last.and_then(|last| last.probe).map_or(Duration::ZERO, |since| now - since);
        let next_probe = now + (waited * PAUSE).clamp(SHORTEST, LONGEST);
        *last = Some(Refused { at: now, unreachable, probe: None, next_probe });
    }
    /// It took something.
    pub fn clear(&self) {
        *self.last() = None;
    }
    /// It can be asked again. That it takes something is not said with that.
    pub fn is_reached(&self) {
        let mut last = self.last();
        if last.is_some_and(|last| last.unreachable) {
            *last = None;
        }
    }
    /// Whether it could not even be asked.
    pub fn are_of_the_unreachable(&self, now: Instant) -> bool {
        self.last().is_some_and(|last| last.unreachable && last.is_recent(now))
    }
    pub fn are_recent(&self, now: Instant) -> bool {
        self.last().is_some_and(|last| last.is_recent(now))
    }
    /// Whether a call would be turned away.
    pub fn would_turn_away(&self, now: Instant) -> bool {
        self.last().is_some_and(|last| last.is_probing(now) || now < last.next_probe)
    }
    /// Whether not to ask the database once more; where it answers false, the caller is the one that asks.
    pub fn turn_away(&self, now: Instant) -> bool {
        let mut last = self.last();
        let Some(refused) = last.as_mut() else { return false };
        if refused.is_probing(now) || now < refused.next_probe {
            return true;
        }
        if refused.is_recent(now) {
            refused.probe = Some(now);
        } else {
            *last = None;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn while_nothing_is_taken_one_call_at_a_time_is_let_through() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        assert!(!refusals.turn_away(start));
        refusals.note_of_calls(start, true);
        assert!(refusals.turn_away(start) && refusals.are_recent(start));
        let later = start + SHORTEST;
        assert!(!refusals.would_turn_away(later) && !refusals.turn_away(later), "one is let through");
        assert!(refusals.turn_away(later + SECOND), "and no other while it is under way");
        refusals.note_of_calls(later, false);
        assert!(refusals.turn_away(later), "nor right after");
        assert!(!refusals.are_of_the_unreachable(later), "it answered that its disk is full");
        refusals.clear();
        assert!(!refusals.turn_away(later) && !refusals.are_recent(later));
    }

    #[test]
    fn a_lone_caller_is_not_kept_waiting_each_time_by_a_database_that_is_silent() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        refusals.note_of_calls(start, true);
        let (mut now, mut waited, mut refused) = (start, 0, 0);
        while now < start + 120 * SECOND {
            now += 2 * SECOND;
            if refusals.turn_away(now) {
                refused += 1;
            } else {
                waited += 1;
                now += 5 * SECOND;
                refusals.note_of_calls(now, true);
            }
        }
        assert!(waited <= 4 && refused >= 40, "{waited} waited, {refused} were refused at once");
    }

    #[test]
    fn a_database_that_can_be_asked_again_is_not_refused_for() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        refusals.note_of_calls(start, true);
        refusals.is_reached();
        assert!(!refusals.turn_away(start));
        refusals.note_of_calls(start, false);
        refusals.is_reached();
        assert!(refusals.turn_away(start), "that its disk has room again is not known");
    }

    #[test]
    fn what_nobody_has_tried_for_a_while_may_be_tried_again_by_all() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        refusals.note_of_calls(start, true);
        let later = start + SHORTEST + REMEMBERED;
        assert!(!refusals.turn_away(later) && !refusals.turn_away(later) && !refusals.are_recent(later));
    }

    #[test]
    fn a_call_that_was_let_through_and_never_came_back_is_not_waited_for_for_good() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        refusals.note_of_calls(start, true);
        assert!(!refusals.turn_away(start + SECOND) && refusals.turn_away(start + 2 * SECOND));
        assert!(!refusals.turn_away(start + SECOND + LOST));
    }
}
