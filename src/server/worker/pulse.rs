//! Whether the worker goes round.

use crate::model::time::Time;
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

/// A worker that has not come round for so long has stalled.
const STALLED: Duration = Duration::from_secs(30);

/// Who has not told the database that it is there for so long starts nothing more: others may soon hold its leases
/// (after 25 s, `others::GONE_AFTER`).
const HOLDS: Duration = Duration::from_secs(20);

/// When the worker last came round; no time at all while none was started here.
#[derive(Debug, Default)]
pub struct Pulse {
    beat: AtomicI64,
    /// When it last told the database, as far as that has said so.
    told: AtomicI64,
}

impl Pulse {
    pub fn beat(&self, now: Time) {
        self.beat.store(now.0, Ordering::Relaxed);
    }
    /// Whether a worker was started in this process and not stopped since.
    pub fn is_here(&self) -> bool {
        self.beat.load(Ordering::Relaxed) != 0
    }
    /// False where the worker of this process has stalled, was stopped or never started.
    pub fn is_alive(&self, now: Time) -> bool {
        let last = Time(self.beat.load(Ordering::Relaxed));
        last != Time::default() && now.since(last) < STALLED
    }
    pub fn stop(&self) {
        self.beat.store(0, Ordering::Relaxed);
    }
    /// The database has confirmed that this process was there at `now`.
    pub fn told(&self, now: Time) {
        self.told.store(now.0, Ordering::Relaxed);
    }
    /// Whether its leases are surely its own still.
    pub fn holds_leases(&self, now: Time) -> bool {
        let told = Time(self.told.load(Ordering::Relaxed));
        // A clock that was set back says nothing.
        now >= told && now.since(told) < HOLDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_not_confirmed_for_twenty_seconds_holds_nothing_for_sure() {
        let (pulse, now) = (Pulse::default(), Time::from_seconds(1_000_000));
        assert!(!pulse.holds_leases(now), "the database was never told");
        pulse.told(now);
        assert!(pulse.holds_leases(now.plus(Duration::from_secs(19))));
        assert!(!pulse.holds_leases(now.plus(Duration::from_secs(20))));
        assert!(!pulse.holds_leases(now.minus(Duration::from_secs(600))), "set back, until it is told again");
    }
}
