//! A clock that stands still until it is moved, and randomness that repeats.

use async_trait::async_trait;
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use switchhook::{
    model::time::Time,
    server::env::{Clock, Random},
};
use tokio::sync::watch;

/// When every test begins: Monday 5 January 2026, 12:00 UTC.
pub const START: Time = Time::from_seconds(1_767_614_400);

/// Stands still; [`TestClock::advance`] moves it and wakes whoever waits for a time that has come.
pub struct TestClock(watch::Sender<Time>);

impl Default for TestClock {
    fn default() -> Self {
        Self(watch::Sender::new(START))
    }
}

impl TestClock {
    pub fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now = now.plus(by));
    }
    /// Moves to a moment, backwards too.
    pub fn set(&self, to: Time) {
        self.0.send_replace(to);
    }
    /// How many are waiting for a time to come, or were just now.
    pub fn sleepers(&self) -> usize {
        self.0.receiver_count()
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Time {
        *self.0.borrow()
    }
    async fn sleep_until(&self, at: Time) {
        // The sender lives as long as the clock, so the wait only ends when the time has come.
        let _ = self.0.subscribe().wait_for(|now| *now >= at).await;
    }
}

/// The same bytes in the same order, each run.
pub struct SeededRandom(Mutex<StdRng>);

impl SeededRandom {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}
