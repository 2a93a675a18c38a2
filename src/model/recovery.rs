//! Recovery jobs: many finished deliveries sent again, and what may be done with such a job.

use super::{delivery::DeliveryStatus, id::*, log_filter::LogQuery, time::Time};
use serde::{Deserialize, Serialize};

/// Deliveries a second to choose from.
pub const RATES: [u32; 4] = [5, 20, 50, 100];
/// Where none is chosen.
pub const DEFAULT_RATE: u32 = 50;
/// Most deliveries a second.
pub const MAX_RATE: u32 = 200;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type))]
#[repr(i16)]
pub enum RecoveryState {
    Running = 0,
    Paused = 1,
    /// Through with all of them.
    Finished = 2,
    Cancelled = 3,
}

impl RecoveryState {
    pub const ALL: [Self; 4] = [Self::Running, Self::Paused, Self::Finished, Self::Cancelled];

    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
        }
    }
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Paused => "Paused",
            Self::Finished => "Finished",
            Self::Cancelled => "Cancelled",
        }
    }
    /// Why a job in this state cannot be paused, if so.
    pub fn can_pause(self) -> Result<(), &'static str> {
        match self {
            Self::Running => Ok(()),
            Self::Paused => Err("This job is paused already."),
            _ => self.is_open(),
        }
    }
    /// Why a job in this state cannot be resumed, if so.
    pub fn can_resume(self) -> Result<(), &'static str> {
        match self {
            Self::Paused => Ok(()),
            Self::Running => Err("This job is running already."),
            _ => self.is_open(),
        }
    }
    /// Why a job in this state cannot be cancelled or changed any more, if so.
    pub fn is_open(self) -> Result<(), &'static str> {
        match self {
            Self::Running | Self::Paused => Ok(()),
            Self::Finished => Err("This job has finished."),
            Self::Cancelled => Err("This job was cancelled."),
        }
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    pub id: JobId,
    /// Which deliveries: the log's filters.
    pub query: LogQuery,
    pub state: RecoveryState,
    /// Why the service itself paused or cancelled it.
    pub note: Option<String>,
    /// Most deliveries that it begins in a second.
    pub rate: u32,
    pub requested_by: String,
    pub created_at: Time,
    pub ended_at: Option<Time>,
    pub total: u64,
    /// When the first and the last of them were created.
    pub oldest_at: Option<Time>,
    pub newest_at: Option<Time>,
    pub succeeded: u64,
    pub failed: u64,
    /// Were no longer as they were when their turn came.
    pub left_out: u64,
    /// Begun and not finished.
    pub in_flight: u32,
}

impl Recovery {
    /// How many it is through with.
    pub fn done(&self) -> u64 {
        self.succeeded + self.failed + self.left_out
    }
    /// In whole percent; all of nothing is 100.
    pub fn percent(&self) -> u64 {
        (self.done() * 100).checked_div(self.total).unwrap_or(100).min(100)
    }
    /// How long the rest takes at least at its rate, in seconds.
    pub fn seconds_left(&self) -> u64 {
        self.total.saturating_sub(self.done()).div_ceil(u64::from(self.rate.max(1)))
    }
}

/// What a job would send again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recoverable {
    pub count: u64,
    pub oldest_at: Option<Time>,
    pub newest_at: Option<Time>,
}

/// What can be recovered: everything finished.
pub fn can_recover(status: Option<DeliveryStatus>) -> Result<DeliveryStatus, &'static str> {
    match status {
        Some(DeliveryStatus::Pending) => Err("Pending deliveries are under way. Choose failed, skipped or success."),
        Some(status) => Ok(status),
        None => Err("Choose failed, skipped or success."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_has_ended_cannot_be_changed_and_says_why() {
        for state in [RecoveryState::Finished, RecoveryState::Cancelled] {
            assert!(state.can_pause().is_err() && state.can_resume().is_err() && state.is_open().is_err());
        }
        assert!(RecoveryState::Running.can_pause().is_ok() && RecoveryState::Running.can_resume().is_err());
        assert!(RecoveryState::Paused.can_resume().is_ok() && RecoveryState::Paused.can_pause().is_err());
    }

    #[test]
    fn only_what_has_finished_can_be_recovered() {
        assert!(can_recover(None).is_err() && can_recover(Some(DeliveryStatus::Pending)).is_err());
        assert_eq!(can_recover(Some(DeliveryStatus::Skipped)), Ok(DeliveryStatus::Skipped));
    }
}
