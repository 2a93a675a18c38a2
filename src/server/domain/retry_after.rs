//! What `Retry-After` asks for: seconds or an HTTP date, on 429 and 503. Nonsense is ignored.

use crate::model::time::Time;
use std::time::Duration;

/// The longest wait that a receiver can ask for.
pub const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// The wait that the receiver asks for, up to 24 hours; of several headers the first that makes sense.
pub fn read(code: Option<u16>, headers: &[(String, String)], now: Time) -> Option<Duration> {
    if !matches!(code, Some(429 | 503)) {
        return None;
    }
    let given = headers.iter().filter(|(name, _)| name == "retry-after");
    given.into_iter().find_map(|(_, value)| wait(value.trim(), now)).map(|wait| wait.min(LONGEST))
}

fn wait(value: &str, now: Time) -> Option<Duration> {
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return Some(value.parse().map_or(LONGEST, Duration::from_secs));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let seconds = date.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    Some(Time::from_seconds(i64::try_from(seconds).ok()?).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_up_to_a_day_and_nonsense_is_ignored() {
        let now = Time::parse("2026-01-05T12:00:00Z").unwrap();
        let ask =
            |code, value: &str| read(Some(code), &[("retry-after".into(), value.into())], now).map(|d| d.as_secs());
        for (value, seconds) in [
            ("30", Some(30)),
            ("0", Some(0)),
            ("Mon, 05 Jan 2026 12:10:00 GMT", Some(600)),
            ("Mon, 05 Jan 2026 11:00:00 GMT", Some(0)),
            ("315360000", Some(86_400)),
            ("99999999999999999999999", Some(86_400)),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(ask(429, value), seconds, "{value}");
            assert_eq!(ask(503, value), seconds, "{value}");
            assert_eq!(ask(500, value), None, "{value}");
        }
        let twice = [("retry-after".to_string(), "soon".to_string()), ("retry-after".into(), "7".into())];
        assert_eq!(read(Some(503), &twice, now), Some(Duration::from_secs(7)));
    }
}
