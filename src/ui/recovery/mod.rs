//! Recovery: choosing what is sent again, and the jobs that do it.

mod ask;
mod card;
mod job;
mod list;

pub use ask::*;
pub use card::RecoverCard;
pub use job::*;
pub use list::*;

use crate::model::{delivery::DeliveryStatus, log_filter::LogQuery, time::Time};

/// `12,345`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 delivery`, `12,345 deliveries`.
pub fn deliveries(n: u64) -> String {
    if n == 1 { "1 delivery".into() } else { format!("{} deliveries", grouped(n)) }
}

/// What the filters choose, in words; webhooks are named by the caller.
pub fn in_words(query: &LogQuery, webhook: &str) -> String {
    let status = DeliveryStatus::parse(&query.status).map_or("finished", |status| match status {
        DeliveryStatus::Success => "delivered",
        DeliveryStatus::Skipped => "skipped",
        _ => "failed",
    });
    let moment = |text: &str| read(text).map_or_else(|| text.to_owned(), Time::absolute);
    let mut out = match webhook {
        "" => format!("What {status} of all webhooks"),
        name => format!("What {status} of {name}"),
    };
    if status == "skipped" || status == "delivered" {
        out = out.replace("What ", "What was ");
    }
    let parts = [
        (", event type ", query.event_type.clone()),
        (", response ", query.response_code.clone()),
        (", error ", query.error.clone()),
        (", event ", query.event_id.clone()),
        (", id ", query.id.clone()),
        (", since ", if query.from.is_empty() { String::new() } else { moment(&query.from) }),
        (", until ", if query.to.is_empty() { String::new() } else { moment(&query.to) }),
    ];
    for (label, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
        out.push_str(label);
        out.push_str(&value);
    }
    out
}

#[cfg(feature = "ssr")]
fn read(text: &str) -> Option<Time> {
    Time::parse(text)
}

/// Pages are rendered on the server only.
#[cfg(not(feature = "ssr"))]
fn read(_: &str) -> Option<Time> {
    None
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_in_threes() {
        assert_eq!([0, 999, 1_000, 12_345, 1_234_567].map(grouped), ["0", "999", "1,000", "12,345", "1,234,567"]);
        assert_eq!(deliveries(1), "1 delivery");
    }

    #[test]
    fn filters_read_as_a_phrase() {
        let query = LogQuery { status: "failed".into(), from: "2026-01-02T03:04:05Z".into(), ..Default::default() };
        assert_eq!(in_words(&query, "Billing"), "What failed of Billing, since 2 Jan 2026, 03:04:05 UTC");
        let skipped = LogQuery { status: "skipped".into(), response_code: "5xx".into(), ..Default::default() };
        assert_eq!(in_words(&skipped, ""), "What was skipped of all webhooks, response 5xx");
    }
}
