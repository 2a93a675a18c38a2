//! How webhooks are doing: from the recorder's hourly counts and the edges of the log, never from all of it.

use crate::{
    model::{delivery::*, error::AppError, health::*, id::*, time::Time, webhook::WebhookState},
    server::{
        access::{Permit, ReadWebhooks},
        env::Env,
        store::health::{self as store, CountRow, EdgeRow},
    },
};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// Seconds of an hour: the slices that are read.
const HOUR: u32 = 3_600;

/// How every webhook is doing, oldest first.
pub async fn list(env: &Env, permit: &Permit<ReadWebhooks>) -> Result<Vec<WebhookHealth>, AppError> {
    let (organization, now) = (permit.organization_id(), env.now());
    let since = first_slice(now, HOUR, 24);
    let mut counts: HashMap<WebhookId, Vec<CountRow>> = HashMap::new();
    for row in store::counts(&env.db, organization, since).await? {
        counts.entry(row.webhook_id).or_default().push(row);
    }
    let edges = store::edges(&env.db, organization, i64::from(WAITING_COUNTED)).await?;
    let health = |edge: EdgeRow| {
        let day = laid_out(counts.remove(&edge.id).unwrap_or_default(), since, HOUR, 24);
        summary(edge, day)
    };
    Ok(edges.into_iter().map(health).collect())
}

/// How one webhook is doing.
pub async fn of(env: &Env, permit: &Permit<ReadWebhooks>, id: WebhookId) -> Result<WebhookHealth, AppError> {
    list(env, permit).await?.into_iter().find(|health| health.webhook_id == id).ok_or(AppError::NotFound)
}

/// The start of the first of so many slices of which the last contains `now`.
pub(super) fn first_slice(now: Time, slice_seconds: u32, points: u32) -> Time {
    let length = i64::from(slice_seconds);
    let last = now.seconds().div_euclid(length) * length;
    Time::from_seconds(last - length * i64::from(points.saturating_sub(1)))
}

#[derive(Default)]
struct Slice {
    succeeded: u64,
    failed: u64,
    /// Answers by the upper bound of their response time in milliseconds.
    latencies: BTreeMap<u32, u64>,
}

/// Puts counts into their slices; a slice without any is there too.
pub(super) fn laid_out(counts: Vec<CountRow>, since: Time, slice_seconds: u32, points: u32) -> HealthSeries {
    let mut slices: Vec<Slice> = (0..points).map(|_| Slice::default()).collect();
    let mut all = BTreeMap::new();
    for row in counts {
        let index = (row.start_at.seconds() - since.seconds()).div_euclid(i64::from(slice_seconds.max(1)));
        let Some(slice) = usize::try_from(index).ok().and_then(|i| slices.get_mut(i)) else { continue };
        let count = u64::try_from(row.count).unwrap_or(0);
        match row.measure.split_once(':') {
            None if row.measure == "succeeded" => slice.succeeded += count,
            None if row.measure == "failed" => slice.failed += count,
            Some(("latency", bound)) => {
                let bound = bound.parse().unwrap_or(0);
                *slice.latencies.entry(bound).or_default() += count;
                *all.entry(bound).or_default() += count;
            }
            _ => {}
        }
    }
    let point = |(i, slice): (usize, Slice)| HealthPoint {
        start: since.plus(Duration::from_secs(u64::from(slice_seconds) * i as u64)),
        succeeded: slice.succeeded,
        failed: slice.failed,
        p50_ms: quantile(&slice.latencies, 50),
        p95_ms: quantile(&slice.latencies, 95),
    };
    let points = slices.into_iter().enumerate().map(point).collect();
    HealthSeries { slice_seconds, points, p50_ms: quantile(&all, 50), p95_ms: quantile(&all, 95) }
}

/// The class that holds the given hundredth of all answers; its upper bound, so never too low.
fn quantile(latencies: &BTreeMap<u32, u64>, hundredth: u64) -> Option<u32> {
    let total: u64 = latencies.values().sum();
    let wanted = (total * hundredth).div_ceil(100);
    let mut seen = 0;
    latencies.iter().find_map(|(bound, count)| {
        seen += count;
        (seen >= wanted).then_some(*bound)
    })
}

fn summary(edge: EdgeRow, day: HealthSeries) -> WebhookHealth {
    let state = state(&edge, &day);
    let reason = match state {
        WebhookState::Disabled => edge.disabled_reason.clone(),
        WebhookState::Failing => Some(why_failing(&edge)),
        WebhookState::Healthy => many_failures(&day),
        _ => None,
    };
    WebhookHealth {
        webhook_id: edge.id,
        state,
        reason,
        day,
        last_delivery_at: edge.last_delivery_at,
        waiting: u32::try_from(edge.waiting).unwrap_or(WAITING_COUNTED),
    }
}

/// Failing: the latest delivery that was tried did not arrive, and in this hour and the last no more
/// attempts succeeded than failed. One failure among many successes does not raise the alarm.
fn state(edge: &EdgeRow, day: &HealthSeries) -> WebhookState {
    if !edge.active {
        return if edge.disabled_reason.is_some() { WebhookState::Disabled } else { WebhookState::Inactive };
    }
    let recent = day.points.iter().rev().take(2);
    let (succeeded, failed) = recent.fold((0, 0), |(s, f), point| (s + point.succeeded, f + point.failed));
    match edge.status {
        None if edge.last_delivery_at.is_none() => WebhookState::Waiting,
        // What was tried lies under what waits, and none of it failed.
        None if failed == 0 => WebhookState::Healthy,
        Some(DeliveryStatus::Success) => WebhookState::Healthy,
        _ if succeeded > failed => WebhookState::Healthy,
        _ => WebhookState::Failing,
    }
}

/// Said of a webhook whose deliveries arrive, but not at the first attempt.
fn many_failures(day: &HealthSeries) -> Option<String> {
    let failed = 100.0 - day.success_rate()?;
    (failed > 10.0).then(|| format!("{failed:.0} % of the attempts of the last 24 hours failed."))
}

fn why_failing(edge: &EdgeRow) -> String {
    match (edge.response_code, edge.outcome) {
        (Some(code), _) => format!("The latest delivery was answered with {code}."),
        (None, Some(outcome)) => format!("The latest delivery did not arrive: {}.", outcome.label().to_lowercase()),
        (None, None) => "The latest delivery did not arrive.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(active: bool, status: Option<DeliveryStatus>) -> EdgeRow {
        EdgeRow {
            id: WebhookId::from_bytes([1; 16]),
            active,
            disabled_reason: None,
            waiting: 0,
            last_delivery_at: None,
            status,
            response_code: Some(500),
            outcome: Some(Outcome::Answered),
        }
    }

    fn day(succeeded: u64, failed: u64) -> HealthSeries {
        let point = HealthPoint { succeeded, failed, ..HealthPoint::default() };
        HealthSeries { slice_seconds: HOUR, points: vec![point], ..HealthSeries::default() }
    }

    #[test]
    fn one_failure_among_successes_is_no_alarm() {
        let failed = edge(true, Some(DeliveryStatus::Failed));
        assert_eq!(state(&failed, &day(10, 1)), WebhookState::Healthy);
        assert_eq!(state(&failed, &day(1, 1)), WebhookState::Failing);
        assert_eq!(state(&failed, &day(0, 0)), WebhookState::Failing);
        assert_eq!(state(&edge(true, None), &day(0, 0)), WebhookState::Waiting);
        let under_what_waits = EdgeRow { last_delivery_at: Some(Time::from_seconds(0)), ..edge(true, None) };
        assert_eq!(state(&under_what_waits, &day(0, 0)), WebhookState::Healthy);
        assert_eq!(state(&under_what_waits, &day(1, 2)), WebhookState::Failing);
    }

    #[test]
    fn a_webhook_that_is_off_says_who_switched_it_off() {
        let mut off = edge(false, Some(DeliveryStatus::Failed));
        assert_eq!(state(&off, &day(0, 9)), WebhookState::Inactive);
        off.disabled_reason = Some("The receiver answered 410 Gone.".into());
        assert_eq!(summary(off.clone(), day(0, 9)).reason, off.disabled_reason);
    }

    #[test]
    fn counts_land_in_their_slices_and_quantiles_name_a_bound() {
        let row = |hour: i64, measure: &str, count: i64| CountRow {
            webhook_id: WebhookId::from_bytes([1; 16]),
            start_at: Time::from_seconds(hour * 3_600),
            measure: measure.into(),
            count,
        };
        let since = first_slice(Time::from_seconds(9 * 3_600 + 5), 2 * HOUR, 3);
        assert_eq!(since, Time::from_seconds(4 * 3_600));
        let rows = vec![
            row(4, "succeeded", 1),
            row(5, "failed", 2),
            row(8, "succeeded", 94),
            row(8, "latency:50", 94),
            row(8, "latency:2000", 6),
        ];
        let series = laid_out(rows, since, 2 * HOUR, 3);
        assert_eq!((series.points[0].succeeded, series.points[0].failed), (1, 2));
        assert_eq!((series.points[2].p50_ms, series.points[2].p95_ms), (Some(50), Some(2_000)));
        assert_eq!(series.points[1].p50_ms, None);
    }
}
