//! API keys that were checked a moment ago, so that publishing costs no read per request.
//!
//! A revocation in this process acts at once, since it empties the cache; one made by another process
//! is told of, and acts within [`FRESH`] at the latest. An expiry is compared at every use.

use super::access::Identity;
use crate::model::{id::ApiKeyId, time::Time};
use std::{
    collections::HashMap,
    sync::{
        Arc, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

/// How long a key is trusted before its row is read again.
const FRESH: Duration = Duration::from_secs(5);
/// How often “last used” is written at most.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
/// Enough for any installation; beyond it the cache starts anew.
const MOST: usize = 50_000;

/// A key that was found good.
pub struct Checked {
    pub id: ApiKeyId,
    pub identity: Identity,
    expires_at: Option<Time>,
    checked_at: Time,
    last_touched: AtomicI64,
}

impl Checked {
    pub fn new(id: ApiKeyId, identity: Identity, expires_at: Option<Time>, now: Time, touched: Option<Time>) -> Self {
        let last_touched = AtomicI64::new(touched.unwrap_or_default().0);
        Self { id, identity, expires_at, checked_at: now, last_touched }
    }
    /// Whether the caller should write “last used” now: true for one caller a minute.
    pub fn should_touch(&self, now: Time) -> bool {
        let last = self.last_touched.load(Ordering::Relaxed);
        now.since(Time(last)) >= TOUCH_EVERY
            && self.last_touched.compare_exchange(last, now.0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// Keys by the SHA-256 of their text.
#[derive(Default)]
pub struct KeyCache {
    keys: RwLock<HashMap<[u8; 32], Arc<Checked>>>,
    /// Counts revocations: a row read before one must not be remembered after it.
    generation: AtomicU64,
}

impl KeyCache {
    /// To be read before the row is, and given to [`KeyCache::put`].
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }
    /// A key that has not expired and, where that is asked for, was checked a moment ago.
    pub fn get(&self, hash: &[u8; 32], now: Time, is_fresh: bool) -> Option<Arc<Checked>> {
        let found = self.keys.read().ok()?.get(hash).cloned()?;
        let is_old = is_fresh && now.since(found.checked_at) >= FRESH;
        (!is_old && found.expires_at.is_none_or(|end| end > now)).then_some(found)
    }
    /// Remembers a key, unless something was revoked since `generation` was read.
    pub fn put(&self, hash: [u8; 32], key: Arc<Checked>, generation: u64) {
        let Ok(mut keys) = self.keys.write() else { return };
        if self.generation() != generation {
            return;
        }
        if keys.len() >= MOST {
            keys.clear();
        }
        keys.insert(hash, key);
    }
    /// Forgets all: what other processes have revoked was not heard of.
    pub fn forget_all(&self) {
        if let Ok(mut keys) = self.keys.write() {
            self.generation.fetch_add(1, Ordering::SeqCst);
            keys.clear();
        }
    }
    /// Forgets a key that was revoked.
    pub fn forget(&self, id: ApiKeyId) {
        if let Ok(mut keys) = self.keys.write() {
            self.generation.fetch_add(1, Ordering::SeqCst);
            keys.retain(|_, key| key.id != id);
        }
    }
}
