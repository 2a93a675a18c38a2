//! Guessing is made slow, never impossible: after a few tries that came free, each further one must wait
//! twice as long as the one before, up to a limit. There is no lock that an attacker could cause.
//!
//! A try is counted before it is judged, so that a hundred at the same moment do not all come free.
//! The counts live in this process; several processes each count their own.

use crate::model::time::Time;
use std::{collections::HashMap, sync::Mutex, time::Duration};

/// How many tries are free and how long the wait may grow.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    pub free: u32,
    pub longest: Duration,
}

/// For one account: short enough that its owner gets in while somebody else guesses.
pub const ACCOUNT: Patience = Patience { free: 5, longest: Duration::from_secs(60) };
/// For one network address, behind which many people may sit.
pub const ADDRESS: Patience = Patience { free: 30, longest: Duration::from_secs(900) };
/// For mails to one person.
pub const MAILS: Patience = Patience { free: 3, longest: Duration::from_secs(3_600) };

/// Tries are forgotten after so long without one.
const FORGOTTEN: Duration = Duration::from_secs(3_600);
/// Beyond so many keys, old ones are dropped.
const MOST: usize = 20_000;

struct Tries {
    count: u32,
    last: Time,
    wait_until: Time,
}

/// Tries by a key such as `sign-in:ada@example.com`.
#[derive(Default)]
pub struct Throttle(Mutex<HashMap<String, Tries>>);

impl Throttle {
    /// Counts a try; where it is too early, answers the seconds to wait and does not count it.
    pub fn enter(&self, key: &str, patience: Patience, now: Time) -> Result<(), u32> {
        let Ok(mut all) = self.0.lock() else { return Ok(()) };
        if all.len() >= MOST {
            all.retain(|_, tries| now.since(tries.last) < FORGOTTEN);
        }
        if all.len() >= MOST {
            // Made-up names by the thousand: those that must not wait anyway are forgotten, so that memory has a bound.
            all.retain(|_, tries| tries.wait_until > now);
        }
        if all.len() >= MOST {
            all.clear();
        }
        let tries = all.entry(key.into()).or_insert(Tries { count: 0, last: now, wait_until: now });
        if now.since(tries.last) >= FORGOTTEN {
            tries.count = 0;
        }
        if tries.wait_until > now {
            return Err(u32::try_from(tries.wait_until.since(now).as_secs() + 1).unwrap_or(u32::MAX));
        }
        tries.count += 1;
        tries.last = now;
        tries.wait_until = now.plus(wait_after(tries.count, patience));
        Ok(())
    }
    /// Forgets the tries: the right person came in.
    pub fn clear(&self, key: &str) {
        if let Ok(mut all) = self.0.lock() {
            all.remove(key);
        }
    }
    /// Takes one try back: it was none of a guesser.
    pub fn forgive(&self, key: &str, now: Time) {
        if let Ok(mut all) = self.0.lock()
            && let Some(tries) = all.get_mut(key)
        {
            tries.count = tries.count.saturating_sub(1);
            tries.wait_until = now;
        }
    }
}

/// Nothing for the free tries, then 1 s, 2 s, 4 s, … up to the longest.
fn wait_after(count: u32, patience: Patience) -> Duration {
    match count.checked_sub(patience.free) {
        None => Duration::ZERO,
        Some(beyond) => Duration::from_secs(1u64 << beyond.min(30)).min(patience.longest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_after_the_free_tries_and_stops_growing() {
        let waits: Vec<u64> = (1..=12).map(|n| wait_after(n, ACCOUNT).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn a_try_before_its_time_is_told_how_long_to_wait_and_a_later_one_is_let_in() {
        let throttle = Throttle::default();
        let at = Time::from_seconds;
        for _ in 0..5 {
            assert_eq!(throttle.enter("a", ACCOUNT, at(100)), Ok(()));
        }
        assert_eq!(throttle.enter("a", ACCOUNT, at(100)), Err(2));
        assert_eq!(throttle.enter("b", ACCOUNT, at(100)), Ok(()));
        assert_eq!(throttle.enter("a", ACCOUNT, at(101)), Ok(()));
        assert_eq!(throttle.enter("a", ACCOUNT, at(102)), Err(2));
        throttle.clear("a");
        assert_eq!(throttle.enter("a", ACCOUNT, at(102)), Ok(()));
    }

    #[test]
    fn made_up_names_take_no_more_than_so_much_memory() {
        let throttle = Throttle::default();
        for number in 0..3 * MOST {
            let _ = throttle.enter(&format!("sign-in:{number}@example.com"), ACCOUNT, Time::from_seconds(100));
        }
        assert!(throttle.0.lock().unwrap().len() <= MOST);
    }

    #[test]
    fn an_hour_without_a_try_forgets_them() {
        let throttle = Throttle::default();
        for second in 0..9 {
            let _ = throttle.enter("a", ACCOUNT, Time::from_seconds(second * 100));
        }
        assert_eq!(throttle.enter("a", ACCOUNT, Time::from_seconds(5_000)), Ok(()));
        assert_eq!(throttle.enter("a", ACCOUNT, Time::from_seconds(5_000)), Ok(()));
    }
}
