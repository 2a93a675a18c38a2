//! Moments in whole microseconds since 1970 (UTC), so that both databases agree.

use serde::{Deserialize, Serialize};

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(transparent))]
pub struct Time(pub i64);

impl Time {
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis * 1_000)
    }
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * 1_000_000)
    }
    /// Whole milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }
    /// Whole seconds since 1970.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
    pub fn plus(self, duration: std::time::Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
    pub fn minus(self, duration: std::time::Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }
    /// Time from `earlier` to here; zero where the clock has gone backwards.
    pub fn since(self, earlier: Self) -> std::time::Duration {
        std::time::Duration::from_micros(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

/// `1 day`, `30 days`.
pub fn in_days(count: u32) -> String {
    if count == 1 { "1 day".into() } else { format!("{count} days") }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// By hand, since the browser writes times too and a calendar library is too heavy for it.
impl Time {
    /// Year, month and day in UTC (H. Hinnant, “chrono-compatible low-level date algorithms”).
    fn date(self) -> (i64, i64, i64) {
        let days = self.seconds().div_euclid(86_400) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
    }
    /// `12:03:04`, in UTC.
    fn clock(self) -> String {
        let seconds = self.seconds().rem_euclid(86_400);
        format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
    }
    /// RFC 3339 in UTC with milliseconds, as in `2026-11-21T12:03:04.123Z`.
    pub fn rfc3339(self) -> String {
        let (year, month, day) = self.date();
        format!("{year:04}-{month:02}-{day:02}T{}.{:03}Z", self.clock(), self.millis().rem_euclid(1_000))
    }
    /// For people: `21 Nov 2026, 12:03:04 UTC`.
    pub fn absolute(self) -> String {
        let (year, _, day) = self.date();
        format!("{day} {} {year}, {} UTC", self.month(), self.clock())
    }
    /// `21 Nov`, in UTC: for charts.
    pub fn day(self) -> String {
        format!("{} {}", self.date().2, self.month())
    }
    /// `12:03`, in UTC: for charts.
    pub fn minute(self) -> String {
        self.clock()[..5].into()
    }
    fn month(self) -> &'static str {
        usize::try_from(self.date().1 - 1).ok().and_then(|m| MONTHS.get(m)).copied().unwrap_or("")
    }
}

#[cfg(feature = "ssr")]
impl Time {
    /// Reads RFC 3339, a date alone (midnight UTC) or a local form field (`2026-11-21T12:03`, UTC).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let stamp = text.parse::<jiff::Timestamp>().ok().or_else(|| {
            let civil: jiff::civil::DateTime = text.parse().ok()?;
            Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
        })?;
        Some(Self(stamp.as_microsecond()))
    }
}

/// `3 min ago`, `in 2 h`, `just now`: how far `at` is from `now`.
pub fn relative(at: Time, now: Time) -> String {
    let ahead = at > now;
    let seconds = (at.0 - now.0).unsigned_abs() / 1_000_000;
    // What is past is counted in whole units; what is to come to the nearest, since a week is no “6 days”.
    let whole = |unit: u64| (seconds + if ahead { unit / 2 } else { 0 }) / unit;
    let amount = match seconds {
        0..5 => return if ahead { "now".into() } else { "just now".into() },
        5..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", whole(60)),
        3_600..86_400 => format!("{} h", whole(3_600)),
        _ if whole(86_400) == 1 => "1 day".into(),
        _ => format!("{} days", whole(86_400)),
    };
    if ahead { format!("in {amount}") } else { format!("{amount} ago") }
}

/// A length of time for people: `240 ms`, `1.2 s`, `5 min`, `2 h 46 min`.
pub fn duration(micros: i64) -> String {
    let millis = micros / 1_000;
    let seconds = millis / 1_000;
    match millis {
        ..1 => "under 1 ms".into(),
        1..1_000 => format!("{millis} ms"),
        1_000..60_000 if millis % 1_000 == 0 => format!("{seconds} s"),
        1_000..60_000 => format!("{}.{} s", seconds, (millis % 1_000) / 100),
        60_000..3_600_000 if seconds % 60 == 0 => format!("{} min", seconds / 60),
        60_000..3_600_000 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ if (seconds / 60) % 60 == 0 => format!("{} h", seconds / 3_600),
        _ => format!("{} h {} min", seconds / 3_600, (seconds / 60) % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_read_as_people_say_them() {
        let now = Time::from_seconds(1_000_000);
        assert_eq!(relative(Time::from_seconds(1_000_000 - 180), now), "3 min ago");
        assert_eq!(relative(Time::from_seconds(1_000_000 + 7_200), now), "in 2 h");
        assert_eq!(relative(now, now), "just now");
        assert_eq!(relative(Time::from_seconds(1_000_000 + 7 * 86_400 - 20), now), "in 7 days");
        assert_eq!(relative(Time::from_seconds(1_000_000 - 7 * 86_400 + 20), now), "6 days ago");
    }

    #[test]
    fn lengths_read_as_people_say_them() {
        assert_eq!(duration(240_000), "240 ms");
        assert_eq!(duration(1_240_000), "1.2 s");
        assert_eq!(duration(5_000_000), "5 s");
        assert_eq!(duration(300_000_000), "5 min");
        assert_eq!(duration(9_960_000_000), "2 h 46 min");
    }

    #[test]
    fn a_moment_is_written_for_programs_and_for_people() {
        assert_eq!(Time::from_millis(1_795_262_584_123).rfc3339(), "2026-11-21T12:03:04.123Z");
        assert_eq!(Time::from_millis(1_795_262_584_123).absolute(), "21 Nov 2026, 12:03:04 UTC");
        assert_eq!(Time::from_seconds(951_782_400).rfc3339(), "2000-02-29T00:00:00.000Z");
        assert_eq!(Time::from_millis(-1).rfc3339(), "1969-12-31T23:59:59.999Z");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn a_moment_reads_back_from_rfc_3339_a_date_and_a_form_field() {
        let time = Time::parse("2026-11-21T12:03:04.5Z").unwrap();
        assert_eq!(time.rfc3339(), "2026-11-21T12:03:04.500Z");
        assert_eq!(Time::parse("2026-11-21").unwrap().rfc3339(), "2026-11-21T00:00:00.000Z");
        assert_eq!(Time::parse("2026-11-21T12:03").unwrap().rfc3339(), "2026-11-21T12:03:00.000Z");
        assert_eq!(Time::parse("yesterday"), None);
    }
}
