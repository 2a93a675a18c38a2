//! How webhooks are doing, from roll-ups that the recorder keeps.

use super::time::Time;
use serde::{Deserialize, Serialize};

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
