//! What this process remembers at its doors: which API keys it has checked, who has guessed too often,
//! and how many passwords may be hashed at once. Nothing here outlives the process or is shared with
//! another one; what is promised across processes is said at each part.

use super::{key_cache::KeyCache, throttle::Throttle};
use tokio::sync::Semaphore;

/// The doors of one process.
pub struct Gate {
    pub keys: KeyCache,
    /// Failed sign-ins by account and by address; mails asked for.
    pub throttle: Throttle,
    /// One permit for each core: a hash keeps one busy and 19 MiB of memory with it.
    pub hashing: Semaphore,
}

impl Default for Gate {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self { keys: KeyCache::default(), throttle: Throttle::default(), hashing: Semaphore::new(cores) }
    }
}
