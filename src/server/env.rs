//! The outside world, in one place: clock, randomness, sender, database. Production makes the real
//! ones in `main`; tests make a clock that is moved by hand, a seeded generator and a recording sender.

use super::{
    config::Settings,
    convention::Conventions,
    domain::{lease::Leases, live::Live, subscriptions::Subscriptions},
    gate::Gate,
    metrics::Metrics,
    notify::mail::Mailer,
    seal::Seal,
    store::{db::Db, news::News, writer::Writer},
    worker::{lanes::Lanes, pulse::Pulse, wake::Wake},
};
use crate::model::{
    delivery::Outcome,
    id::{self, ProcessId},
    time::Time,
};
use async_trait::async_trait;
use bytes::Bytes;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What time it is, and waiting for a time to come.
#[async_trait]
pub trait Clock: Send + Sync {
    fn now(&self) -> Time;
    /// Returns once `now() >= at`.
    async fn sleep_until(&self, at: Time);
}

/// Unpredictable bytes (predictable ones in tests).
pub trait Random: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// One HTTP request to a receiver.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub url: String,
    /// Names in lower case, in the order they are sent.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// For the whole exchange: DNS, connect, TLS, headers, body.
    pub timeout: Duration,
}

/// What came of it. A failure of the receiver is an outcome, not an error.
#[derive(Debug, Clone)]
pub struct Sent {
    pub outcome: Outcome,
    /// One line in plain words where there is more to say.
    pub detail: Option<String>,
    pub response_code: Option<u16>,
    pub response_headers: Vec<(String, String)>,
    /// Cut at 64 KiB.
    pub response_body: Bytes,
    pub response_truncated: bool,
    pub duration: Duration,
    /// Nothing was sent, for a want of ours that passes: it is no attempt.
    pub not_tried: bool,
}

/// Posts to receivers: the only way out to addresses that users chose.
#[async_trait]
pub trait Sender: Send + Sync {
    async fn send(&self, request: Outgoing) -> Sent;
    /// Why this URL can never be sent to, in words; checked kindly when a webhook is saved.
    fn check_url(&self, url: &str) -> Result<(), String>;
}

/// The system's clock.
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Time {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Time(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
    async fn sleep_until(&self, at: Time) {
        tokio::time::sleep(at.since(self.now())).await;
    }
}

/// The operating system's generator.
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "the one place that draws random bytes")]
    fn fill(&self, bytes: &mut [u8]) {
        rand::Rng::fill_bytes(&mut rand::rng(), bytes);
    }
}

/// What an [`Env`] is made of.
pub struct Parts {
    pub db: Db,
    pub settings: Settings,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub sender: Arc<dyn Sender>,
    pub seal: Seal,
    pub mailer: Arc<dyn Mailer>,
    /// How webhooks can look on the wire.
    pub conventions: Conventions,
    /// What this process remembers at its doors.
    pub gate: Gate,
    /// Cancelled when the process is asked to stop: what would answer for ever ends then.
    pub stopping: CancellationToken,
}

/// The parts, and what this process keeps in memory beside them.
pub struct Process {
    parts: Parts,
    /// This run of the program, as the holder of leases.
    pub id: ProcessId,
    /// Who takes what; call `changed` after every write to webhooks or their secrets.
    pub subscriptions: Subscriptions,
    /// What other processes are told.
    pub news: Arc<News>,
    /// Changes of deliveries, as they are committed.
    pub live: Live,
    /// Commits events and records in groups.
    pub writer: Writer,
    /// What this process knows that it holds.
    pub leases: Arc<Leases>,
    ids: IdOrder,
    /// What is about to be sent.
    pub lanes: Arc<Lanes>,
    /// Rouses the worker.
    pub wake: Arc<Wake>,
    /// Whether the worker goes round.
    pub pulse: Pulse,
    /// Rung where a recovery job was started or changed.
    pub recoveries: Notify,
    /// What is counted, for `/metrics`.
    pub metrics: Metrics,
}

impl std::ops::Deref for Process {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.parts
    }
}

/// The last place in time that an id was given: milliseconds, and 12 bits that count within one.
#[derive(Default)]
struct IdOrder(AtomicU64);

struct Place {
    millis: u64,
    in_millisecond: u16,
}

impl IdOrder {
    /// The next place at or after `millis`; a busy millisecond runs over into the next.
    fn next(&self, millis: u64) -> Place {
        let after = |last: u64| (last + 1).max(millis << 12);
        let last = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(after(last)));
        let place = after(last.unwrap_or_else(|last| last));
        Place { millis: place >> 12, in_millisecond: (place & 0xfff) as u16 }
    }
}

/// Everything that rules need from outside; cheap to clone.
#[derive(Clone)]
pub struct Env(Arc<Process>);

impl std::ops::Deref for Env {
    type Target = Process;
    fn deref(&self) -> &Process {
        &self.0
    }
}

impl Env {
    pub fn new(parts: Parts) -> Self {
        let mut random = [0; 10];
        parts.random.fill(&mut random);
        let started = u64::try_from(parts.clock.now().millis()).unwrap_or(0);
        let (news, wake) = (Arc::new(News::default()), Arc::new(Wake::default()));
        Self(Arc::new(Process {
            id: ProcessId::from_bytes(id::time_sortable(started, random)),
            subscriptions: Subscriptions::new(news.clone()),
            writer: Writer::new(parts.db.clone()),
            leases: Arc::default(),
            lanes: Arc::new(Lanes::new(parts.clock.clone(), wake.clone())),
            live: Live::new(news.clone()),
            news,
            ids: IdOrder::default(),
            wake,
            pulse: Pulse::default(),
            recoveries: Notify::new(),
            metrics: Metrics::default(),
            parts,
        }))
    }
    pub fn now(&self) -> Time {
        self.clock.now()
    }
    /// Whether what this process holds is surely its own still: on SQLite always, there is no other process.
    pub fn holds_leases(&self) -> bool {
        self.db.is_sqlite() || self.pulse.holds_leases(self.now())
    }
    /// `N` random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }
    /// A new id of the kind that is asked for, as `env.new_id(WebhookId::from_bytes)`. It sorts after every
    /// id that this process has made before, so that what came first is listed and claimed in its order.
    pub fn new_id<T>(&self, kind: fn([u8; 16]) -> T) -> T {
        let millis = u64::try_from(self.now().millis()).unwrap_or(0);
        let place = self.ids.next(millis);
        let mut random: [u8; 10] = self.random();
        [random[0], random[1]] = place.in_millisecond.to_be_bytes();
        kind(id::time_sortable(place.millis, random))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_in_the_order_they_were_made_whatever_the_clock_does() {
        let order = IdOrder::default();
        let mut last = (0, 0);
        for millis in [7, 7, 7, 3, 8].into_iter().chain(std::iter::repeat_n(9, 5_000)) {
            let place = order.next(millis);
            assert!((place.millis, place.in_millisecond) > last && place.in_millisecond < 4_096);
            last = (place.millis, place.in_millisecond);
        }
    }
}
