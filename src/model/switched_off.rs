//! That a webhook is off: since when, by whom, and what it has missed.

use super::{log_filter::LogQuery, time::Time, webhook::Webhook};

/// Skipped deliveries are counted up to here, so that a page costs the same however many there are.
pub const SKIPPED_COUNTED: u32 = 1_000;

/// What is known of a webhook that is off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwitchedOff {
    /// None where the audit log does not say.
    pub at: Option<Time>,
    /// A person's or key's name; none for the service itself.
    pub by: Option<String>,
    /// Skipped since then; [`SKIPPED_COUNTED`] stands for that many or more.
    pub skipped: u32,
    /// When the oldest of them was created, where all of them are counted.
    pub oldest: Option<Time>,
}

impl SwitchedOff {
    /// `no event`, `1 event`, `1,000+ events`.
    pub fn skipped_label(&self) -> String {
        match self.skipped {
            0 => "no event".into(),
            1 => "1 event".into(),
            SKIPPED_COUNTED.. => "1,000+ events".into(),
            n => format!("{n} events"),
        }
    }
    /// What a recovery of the skipped ones is asked for.
    pub fn to_recover(&self, webhook: &Webhook) -> LogQuery {
        LogQuery {
            webhook_id: webhook.id.to_string(),
            status: "skipped".into(),
            from: self.oldest.map(Time::rfc3339).unwrap_or_default(),
            ..LogQuery::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_skipped_is_counted_up_to_a_bound() {
        let off = |skipped| SwitchedOff { at: None, by: None, skipped, oldest: None };
        let said = [0, 1, 12, SKIPPED_COUNTED].map(|n| off(n).skipped_label());
        assert_eq!(said, ["no event", "1 event", "12 events", "1,000+ events"]);
    }
}
