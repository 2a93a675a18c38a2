//! What is remembered of webhooks that have nothing to send at the moment: how their receivers did, for as long as that
//! counts. A success is forgotten no sooner than a failure, or a webhook with an event now and then would be known by its failures
//! alone.

use super::{super::pace::Pace, Key};
use crate::model::time::Time;
use std::collections::HashMap;

/// So many are remembered with nothing but successes; each takes some 200 bytes.
const FINE: usize = 100_000;

/// By webhook; none has a lane.
#[derive(Default)]
pub struct Remembered(HashMap<Key, Pace>);

impl Remembered {
    pub fn keep(&mut self, key: Key, pace: Pace, now: Time) {
        if !pace.is_plain(now) && (self.0.len() < FINE || !pace.is_fine(now)) {
            self.0.insert(key, pace);
        }
    }
    /// For its lane, which it has again.
    pub fn take(&mut self, key: Key) -> Pace {
        self.0.remove(&key).unwrap_or_default()
    }
    pub fn get_mut(&mut self, key: Key) -> Option<&mut Pace> {
        self.0.get_mut(&key)
    }
    /// Forgets what no longer counts.
    pub fn forget_old(&mut self, now: Time) {
        self.0.retain(|_, pace| !pace.is_plain(now));
    }
}
