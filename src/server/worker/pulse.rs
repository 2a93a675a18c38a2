//! Whether the worker goes round.

use crate::model::time::Time;
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

/// A worker that has not come round for so long has stalled.
const STALLED: Duration = Duration::from_secs(30);

/// When the worker last came round; no time at all while none was started here.
#[derive(Debug, Default)]
pub struct Pulse(AtomicI64);

impl Pulse {
    pub fn beat(&self, now: Time) {
        self.0.store(now.0, Ordering::Relaxed);
    }
    /// Whether a worker was started in this process and not stopped since.
    pub fn is_here(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }
    /// False where the worker of this process has stalled, was stopped or never started.
    pub fn is_alive(&self, now: Time) -> bool {
        let last = Time(self.0.load(Ordering::Relaxed));
        last != Time::default() && now.since(last) < STALLED
    }
    pub fn stop(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}
