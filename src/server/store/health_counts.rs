//! Health, counted in the transaction that writes the attempts, so that charts need not read the log.
//! Tests do not count.

use super::{batch::batches, record::Record, transaction::Transaction};
use crate::model::{
    delivery::{DeliveryStatus, Outcome},
    health::{SLICES, latency_bound},
    id::*,
    time::Time,
};
use sqlx::QueryBuilder;
use std::collections::BTreeMap;

/// Organization, webhook, slice, start, measure: sorted, so that processes take the rows in one order.
type Counts = BTreeMap<(OrganizationId, WebhookId, u32, Time, String), i64>;

/// Adds what these records came to.
pub async fn add(tx: &mut Transaction, records: &[&Record]) -> Result<(), sqlx::Error> {
    let mut counts = Counts::new();
    for record in records.iter().filter(|record| !record.is_test) {
        count(&mut counts, record);
    }
    let rows: Vec<_> = counts.into_iter().collect();
    for batch in batches(&rows) {
        on_transaction!(&mut *tx, connection => {
            let mut insert = QueryBuilder::new(
                "insert into health_rollups (organization_id, webhook_id, slice, start_at, measure, count) ",
            );
            insert.push_values(batch, |mut v, ((organization, webhook, slice, start, measure), count)| {
                v.push_bind(*organization).push_bind(*webhook).push_bind(*slice as i32).push_bind(*start)
                    .push_bind(measure).push_bind(*count);
            });
            insert.push(
                " on conflict (organization_id, webhook_id, slice, start_at, measure) \
                 do update set count = health_rollups.count + excluded.count",
            );
            insert.build().execute(connection).await?;
        });
    }
    Ok(())
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
