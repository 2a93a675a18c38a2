//! Health, counted in the transaction that writes the attempts, so that charts need not read the log.
//! Tests do not count.

use super::{group::Group, record::Record, statement::Statement};
use crate::model::{
    delivery::{DeliveryStatus, Outcome},
    health::{SLICES, latency_bound},
    id::*,
    time::Time,
};
use std::collections::BTreeMap;

/// Organization, webhook, slice, start, measure: sorted, so that processes take the rows in one order.
type Counts = BTreeMap<(OrganizationId, WebhookId, u32, Time, String), i64>;

const ADD: &str = "insert into health_rollups (organization_id, webhook_id, slice, start_at, measure, count) {rows} \
    on conflict (organization_id, webhook_id, slice, start_at, measure) \
    do update set count = health_rollups.count + excluded.count";

/// Adds what these records came to.
pub fn add(tx: &mut Group<'_>, records: &[&Record]) -> Result<(), sqlx::Error> {
    let mut counts = Counts::new();
    for record in records.iter().filter(|record| !record.is_test) {
        count(&mut counts, record);
    }
    let rows = counts.into_iter().map(|((organization, webhook, slice, start, measure), count)| {
        [organization.into(), webhook.into(), (slice as i32).into(), start.into(), measure.into(), count.into()]
    });
    tx.later(Statement::of_rows(ADD, rows))
}

fn count(counts: &mut Counts, record: &Record) {
    let Some(attempt) = &record.attempt else { return };
    let mut measures = Vec::with_capacity(4);
    if record.status == DeliveryStatus::Success {
        measures.push("succeeded".to_string());
    } else {
        measures.push("failed".to_string());
        measures.push(match (attempt.outcome, attempt.response_code) {
            (Outcome::Answered, Some(code)) => format!("cause:{code}"),
            (outcome, _) => format!("cause:{}", outcome.as_str()),
        });
        // The delivery's end; with those that succeeded, so many deliveries were settled.
        if record.status == DeliveryStatus::Failed {
            measures.push("gave_up".to_string());
        }
    }
    if attempt.outcome == Outcome::Answered {
        measures.push(format!("latency:{}", latency_bound(attempt.duration_us)));
    }
    for slice in SLICES {
        let length = i64::from(slice);
        let start = Time::from_seconds(attempt.started_at.seconds().div_euclid(length) * length);
        for measure in &measures {
            *counts.entry((record.organization_id, record.webhook_id, slice, start, measure.clone())).or_default() += 1;
        }
    }
}
