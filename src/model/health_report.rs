//! How deliveries went over a time, of one webhook or of all.

use super::{health::HealthSeries, health_cause::Cause, id::WebhookId};

/// How far back a report reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum HealthRange {
    Hour,
    #[default]
    Day,
    Week,
    Month,
}

impl HealthRange {
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// Reads the URL's `range`.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.as_str() == text).unwrap_or_default()
    }
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }
    pub fn label(self) -> &'static str {
        match self {
            Self::Hour => "1 hour",
            Self::Day => "24 hours",
            Self::Week => "7 days",
            Self::Month => "30 days",
        }
    }
    /// Length of a slice of the chart in seconds, and how many of them.
    pub fn slices(self) -> (u32, u32) {
        match self {
            Self::Hour => (60, 60),
            Self::Day => (3_600, 24),
            Self::Week => (6 * 3_600, 28),
            Self::Month => (86_400, 30),
        }
    }
    /// Length in seconds of the recorder's slices that it is read from.
    pub fn counted_in(self) -> u32 {
        if self == Self::Hour { 60 } else { 3_600 }
    }
    /// Hours that it covers.
    pub fn hours(self) -> f64 {
        let (seconds, points) = self.slices();
        f64::from(seconds) * f64::from(points) / 3_600.0
    }
}

/// What happened in a range.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HealthReport {
    /// Attempts and response times, slice by slice.
    pub series: HealthSeries,
    /// Deliveries that came to an end: arrived, or given up.
    pub settled: u64,
    /// The most frequent first.
    pub causes: Vec<Cause>,
}

impl HealthReport {
    /// Deliveries that came to an end, per hour.
    pub fn per_hour(&self, range: HealthRange) -> f64 {
        self.settled as f64 / range.hours()
    }
}

/// One webhook's line in the report of an organization.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthLine {
    pub webhook_id: WebhookId,
    pub name: String,
    /// Of the whole range, in one slice.
    pub report: HealthReport,
}

/// A number per hour for people: `0`, `0.4`, `12`, `3,600`.
pub fn rate_in_words(per_hour: f64) -> String {
    match per_hour {
        none if none <= 0.0 => "0".into(),
        little if little < 0.05 => "under 0.1".into(),
        few if few < 10.0 => format!("{:.1}", few).trim_end_matches(".0").to_owned(),
        many => grouped(many.round() as u64),
    }
}

/// With commas between the thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_said_as_people_say_it() {
        let said = [0.0, 0.01, 0.42, 3.0, 12.4, 3_600.0, 1_234_567.0].map(rate_in_words);
        assert_eq!(said, ["0", "under 0.1", "0.4", "3", "12", "3,600", "1,234,567"]);
    }

    #[test]
    fn a_range_reads_back_from_its_address() {
        for range in HealthRange::ALL {
            assert_eq!(HealthRange::parse(range.as_str()), range);
        }
        assert_eq!(HealthRange::parse("a year"), HealthRange::Day);
        assert_eq!(HealthRange::Month.hours(), 720.0);
    }
}
