//! Rouses the worker: at once, or when the next retry is due.

use crate::model::time::Time;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// The earliest time at which something is due, and the bell.
#[derive(Debug, Default)]
pub struct Wake {
    due: Mutex<Option<Time>>,
    bell: Notify,
}

impl Wake {
    /// Something is due at this time.
    pub fn at(&self, time: Time) {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        if due.is_none_or(|earliest| time < earliest) {
            *due = Some(time);
            self.bell.notify_one();
        }
    }
    /// There is something to do that does not wait for a time.
    pub fn ring(&self) {
        self.bell.notify_one();
    }
    /// The earliest time that was said since [`Wake::take_due`].
    pub fn due(&self) -> Option<Time> {
        *self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Forgets the time: whoever takes it looks at what is due, and says the next one.
    pub fn take_due(&self) -> Option<Time> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
    /// Returns once the bell was rung.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }
}
