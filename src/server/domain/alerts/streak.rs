//! Failures in a row, from counts by the minute. A minute in which anything succeeded ends the row: within a
//! minute nobody can say what came first, and an alert too few is better than one too many.

use crate::{
    model::{
        id::{OrganizationId, WebhookId},
        time::Time,
    },
    server::store::alert_streaks::{MinuteRow, Streak},
};
use std::collections::BTreeMap;

type Key = (OrganizationId, WebhookId);

/// What became of the rows of failures.
#[derive(Debug, Default, PartialEq)]
pub struct Changes {
    /// As they stand now.
    pub longer: Vec<Streak>,
    /// Something succeeded.
    pub ended: Vec<Key>,
}

/// Adds the minutes, oldest first for each webhook, to what stood before.
pub fn add(before: &[Streak], minutes: Vec<MinuteRow>) -> Changes {
    let mut rows: BTreeMap<Key, BTreeMap<Time, (i64, i64)>> = BTreeMap::new();
    for minute in minutes {
        let webhook = rows.entry((minute.organization_id, minute.webhook_id)).or_default();
        let (succeeded, failed) = webhook.entry(minute.start_at).or_default();
        if minute.measure == "succeeded" {
            *succeeded += minute.count;
        } else {
            *failed += minute.count;
        }
    }
    let mut changes = Changes::default();
    for (key, minutes) in rows {
        let was = before.iter().find(|s| (s.organization_id, s.webhook_id) == key).cloned();
        let now = minutes.into_iter().fold(was.clone(), |streak, (at, counts)| after_minute(key, streak, at, counts));
        match now {
            Some(streak) => changes.longer.push(streak),
            None => changes.ended.push(key),
        }
    }
    changes
}

fn after_minute(key: Key, streak: Option<Streak>, at: Time, (succeeded, failed): (i64, i64)) -> Option<Streak> {
    if succeeded > 0 {
        return None;
    }
    if failed == 0 {
        return streak;
    }
    let (organization_id, webhook_id) = key;
    let new = Streak { organization_id, webhook_id, failed: 0, failing_since: at, last_failed_at: at };
    let mut streak = streak.unwrap_or(new);
    streak.failed += failed;
    streak.last_failed_at = at;
    Some(streak)
}

/// Whole days between the first and the last failure: time alone, without failures in it, proves nothing.
pub fn days(streak: &Streak) -> i64 {
    (streak.last_failed_at.seconds() - streak.failing_since.seconds()) / 86_400
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(at: i64, measure: &str, count: i64) -> MinuteRow {
        MinuteRow {
            organization_id: OrganizationId::from_bytes([1; 16]),
            webhook_id: WebhookId::from_bytes([2; 16]),
            start_at: Time::from_seconds(at * 60),
            measure: measure.into(),
            count,
        }
    }

    #[test]
    fn failures_add_up_until_something_succeeds() {
        let first = add(&[], vec![minute(1, "failed", 2), minute(3, "failed", 1)]);
        assert_eq!(first.longer[0].failed, 3);
        assert_eq!(first.longer[0].failing_since, Time::from_seconds(60));
        let second = add(&first.longer, vec![minute(5, "failed", 4)]);
        assert_eq!((second.longer[0].failed, second.longer[0].failing_since), (7, Time::from_seconds(60)));
        let third = add(&second.longer, vec![minute(6, "failed", 1), minute(6, "succeeded", 1)]);
        assert_eq!((third.longer.len(), third.ended.len()), (0, 1));
        let fourth = add(&second.longer, vec![minute(6, "succeeded", 1), minute(7, "failed", 1)]);
        assert_eq!((fourth.longer[0].failed, fourth.longer[0].failing_since), (1, Time::from_seconds(7 * 60)));
    }

    #[test]
    fn days_count_between_failures_not_since_the_last_one() {
        let streak = &add(&[], vec![minute(0, "failed", 1), minute(2 * 1_440, "failed", 1)]).longer[0];
        assert_eq!(days(streak), 2);
        assert_eq!(days(&add(&[], vec![minute(0, "failed", 9)]).longer[0]), 0);
    }
}
