//! What this process remembers at its doors: which API keys it has checked, who has guessed too often,
//! how many passwords may be hashed and how many large bodies read at once. Nothing here outlives the process or is shared with
//! another one; what is promised across processes is said at each part.

use super::{key_cache::KeyCache, throttle::Throttle};
use crate::model::error::AppError;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bodies beyond [`LARGE_BODY`] that are in memory at the same time, from their first byte until the call is
/// answered: with 10 MiB each, 160 MiB.
const LARGE_BODIES: usize = 16;
/// Bytes from which on a body needs a place.
pub const LARGE_BODY: usize = 256 * 1024;
/// Longest wait for a place.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The doors of one process.
pub struct Gate {
    pub keys: KeyCache,
    /// Failed sign-ins by account and by address; mails asked for.
    pub throttle: Throttle,
    /// One permit for each core: a hash keeps one busy and 19 MiB of memory with it.
    pub hashing: Semaphore,
    large_bodies: Arc<Semaphore>,
}

impl Gate {
    /// A place for a large body; Busy where too many are there.
    pub async fn place_for_large_body(&self) -> Result<OwnedSemaphorePermit, AppError> {
        match tokio::time::timeout(LONGEST_WAIT, self.large_bodies.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(AppError::Busy(1)),
        }
    }
}

impl Default for Gate {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let (hashing, large_bodies) = (Semaphore::new(cores), Arc::new(Semaphore::new(LARGE_BODIES)));
        Self { keys: KeyCache::default(), throttle: Throttle::default(), hashing, large_bodies }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn so_many_large_bodies_and_no_more_are_read_at_once() {
        let gate = Gate::default();
        let mut places = Vec::new();
        for _ in 0..LARGE_BODIES {
            places.push(gate.place_for_large_body().await.unwrap());
        }
        assert_eq!(gate.place_for_large_body().await.err(), Some(AppError::Busy(1)));
        places.pop();
        assert!(gate.place_for_large_body().await.is_ok());
    }
}
