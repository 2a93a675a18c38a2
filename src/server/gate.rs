//! What this process remembers at its doors: which API keys it has checked, who has guessed too often,
//! how many passwords may be hashed and how many large bodies read at once. Nothing here outlives the process or is shared with
//! another one; what is promised across processes is said at each part.

use super::{key_cache::KeyCache, throttle::Throttle};
use crate::model::error::AppError;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Kibibytes of bodies beyond [`LARGE_BODY`] that are in memory at the same time, from their first byte until the call
/// is answered: of those up to [`HUGE_BODY`], and of those beyond it, behind which the others do not queue.
const LARGE_BODIES_KIB: usize = 32 * 1024;
const HUGE_BODIES_KIB: usize = 128 * 1024;
/// Bytes.
const HUGE_BODY: usize = 1024 * 1024;
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
    huge_bodies: Arc<Semaphore>,
}

impl Gate {
    /// A place for a large body of at most so many bytes; Busy where too many are there.
    pub async fn place_for_large_body(&self, bytes: usize) -> Result<OwnedSemaphorePermit, AppError> {
        let places = if bytes > HUGE_BODY { &self.huge_bodies } else { &self.large_bodies };
        let kib = u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX);
        match tokio::time::timeout(LONGEST_WAIT, places.clone().acquire_many_owned(kib)).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(AppError::Busy(1)),
        }
    }
}

impl Default for Gate {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            keys: KeyCache::default(),
            throttle: Throttle::default(),
            hashing: Semaphore::new(cores),
            large_bodies: Arc::new(Semaphore::new(LARGE_BODIES_KIB)),
            huge_bodies: Arc::new(Semaphore::new(HUGE_BODIES_KIB)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::MAX_BODY;

    #[tokio::test]
    async fn so_many_large_bodies_and_no_more_are_read_at_once() {
        let gate = Gate::default();
        let mut places = Vec::new();
        for _ in 0..12 {
            places.push(gate.place_for_large_body(MAX_BODY).await.unwrap());
        }
        let (huge, large) =
            tokio::join!(gate.place_for_large_body(MAX_BODY), gate.place_for_large_body(LARGE_BODY + 1));
        assert_eq!(huge.err(), Some(AppError::Busy(1)));
        assert!(large.is_ok(), "who sends less finds room, and does not queue behind");
        places.pop();
        assert!(gate.place_for_large_body(MAX_BODY).await.is_ok());
    }
}
