//! A clock that lives through a day in under a minute, then keeps the real time.

use crate::{
    model::time::Time,
    server::env::{Clock, SystemClock},
};
use async_trait::async_trait;
use std::time::Duration;

/// How long the day is lived through, in real time.
pub const WARM_UP: Duration = Duration::from_secs(40);
/// How much of history there is then.
const HISTORY: Duration = Duration::from_hours(24);

/// Starts a day ago and hurries; joins the real time after [`WARM_UP`], without a jump.
pub struct DemoClock {
    real: SystemClock,
    started: Time,
}

impl Default for DemoClock {
    fn default() -> Self {
        let real = SystemClock;
        Self { started: real.now(), real }
    }
}

impl DemoClock {
    /// Whether it still hurries.
    pub fn is_warming_up(&self) -> bool {
        self.real.now().since(self.started) < WARM_UP
    }
    fn speed(&self) -> f64 {
        if self.is_warming_up() { hurry() } else { 1.0 }
    }
}

/// What the clock shows when the real time is `real`.
fn shown(started: Time, real: Time) -> Time {
    let lived = real.since(started);
    if lived >= WARM_UP { real } else { started.minus(HISTORY).plus(lived.mul_f64(hurry())) }
}

/// So many seconds of history in a real one.
fn hurry() -> f64 {
    (HISTORY + WARM_UP).as_secs_f64() / WARM_UP.as_secs_f64()
}

#[async_trait]
impl Clock for DemoClock {
    fn now(&self) -> Time {
        shown(self.started, self.real.now())
    }
    async fn sleep_until(&self, at: Time) {
        while self.now() < at {
            // A wait that reaches past the hurry is looked at again when it ends.
            let wait = at.since(self.now()).div_f64(self.speed()).clamp(Duration::from_millis(1), WARM_UP);
            self.real.sleep_until(self.real.now().plus(wait)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_begins_a_day_ago_never_goes_back_and_joins_the_real_time() {
        let started = Time::from_seconds(1_000_000);
        assert_eq!(shown(started, started), started.minus(HISTORY));
        let moments = (0..=45_000).map(|millis| shown(started, started.plus(Duration::from_millis(millis))));
        let moments: Vec<Time> = moments.collect();
        assert!(moments.is_sorted());
        let joined = started.plus(WARM_UP);
        assert_eq!(shown(started, joined), joined);
        let before = shown(started, joined.minus(Duration::from_millis(1)));
        assert!(joined.since(before) < Duration::from_secs(3), "no jump at the end");
    }
}
