//! How webhooks are doing, from roll-ups that the recorder keeps.

use super::{id::WebhookId, time::Time, webhook::WebhookState};
use serde::{Deserialize, Serialize};

/// Lengths of the slices that the recorder counts in, in seconds.
pub const SLICES: [u32; 2] = [60, 3_600];

/// Upper bounds in milliseconds of the classes that response times are counted in
/// (the measure `latency:<bound>`); what took longer than the last counts there.
pub const LATENCY_BOUNDS_MS: [u32; 28] = [
    1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 70, 100, 150, 200, 300, 400, 500, 700, 1_000, 1_500, 2_000, 3_000, 5_000,
    10_000, 20_000, 30_000,
];

/// The class that a response time falls in: its upper bound in milliseconds.
pub fn latency_bound(duration_us: i64) -> u32 {
    let within = |bound: &&u32| duration_us <= i64::from(**bound) * 1_000;
    LATENCY_BOUNDS_MS.iter().find(within).copied().unwrap_or(LATENCY_BOUNDS_MS[LATENCY_BOUNDS_MS.len() - 1])
}

/// What happened in one slice of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct HealthPoint {
    pub start: Time,
    /// Attempts that succeeded.
    pub succeeded: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Median response time in milliseconds; none without an answer.
    pub p50_ms: Option<u32>,
    pub p95_ms: Option<u32>,
}

/// Slices of equal length, oldest first, none left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct HealthSeries {
    pub slice_seconds: u32,
    pub points: Vec<HealthPoint>,
    pub p50_ms: Option<u32>,
    pub p95_ms: Option<u32>,
}

impl HealthSeries {
    pub fn succeeded(&self) -> u64 {
        self.points.iter().map(|p| p.succeeded).sum()
    }
    pub fn failed(&self) -> u64 {
        self.points.iter().map(|p| p.failed).sum()
    }
    /// Share of attempts that succeeded, 0–100; none without attempts.
    pub fn success_rate(&self) -> Option<f64> {
        let (ok, bad) = (self.succeeded(), self.failed());
        (ok + bad > 0).then(|| ok as f64 * 100.0 / (ok + bad) as f64)
    }
}

/// Waiting deliveries are counted up to here, so that a long queue costs the list nothing.
pub const WAITING_COUNTED: u32 = 1_000;

/// How one webhook is doing: a line of the list, the head of its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookHealth {
    pub webhook_id: WebhookId,
    pub state: WebhookState,
    /// Why it is failing or switched off, in one plain sentence.
    pub reason: Option<String>,
    /// The last 24 hours by the hour.
    pub day: HealthSeries,
    pub last_delivery_at: Option<Time>,
    /// Deliveries that wait for an attempt; [`WAITING_COUNTED`] stands for that many or more.
    pub waiting: u32,
}

impl WebhookHealth {
    /// `12`, `1,000+`.
    pub fn waiting_label(&self) -> String {
        if self.waiting >= WAITING_COUNTED { "1,000+".into() } else { self.waiting.to_string() }
    }
}
