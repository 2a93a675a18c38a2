//! Health over an hour to a month, from the recorder's counts alone.

use super::{
    health::{first_slice, laid_out},
    webhooks,
};
use crate::{
    model::{error::AppError, health_cause::Cause, health_report::*, id::*, time::Time},
    server::{
        access::{Permit, ReadWebhooks},
        env::Env,
        store::{
            health::CountRow,
            health_sums::{self as store, Span, SumRow, WebhookSumRow},
        },
    },
};
use std::{collections::HashMap, time::Duration};

/// How deliveries went, of one webhook, or of all for none.
pub async fn report(
    env: &Env,
    permit: &Permit<ReadWebhooks>,
    webhook: Option<WebhookId>,
    range: HealthRange,
) -> Result<HealthReport, AppError> {
    let span = span(env.now(), range);
    let rows = store::by_slot(&env.db, permit.organization_id(), webhook, span).await?;
    let (seconds, points) = range.slices();
    Ok(told(rows, span.since, seconds, points))
}

/// Each webhook's part, the lowest success rate first; those that had nothing to deliver last.
pub async fn by_webhook(
    env: &Env,
    permit: &Permit<ReadWebhooks>,
    range: HealthRange,
) -> Result<Vec<HealthLine>, AppError> {
    let span = span(env.now(), range);
    let (seconds, points) = range.slices();
    let mut sums: HashMap<WebhookId, Vec<SumRow>> = HashMap::new();
    for WebhookSumRow { webhook_id, measure, count } in
        store::by_webhook(&env.db, permit.organization_id(), span).await?
    {
        sums.entry(webhook_id).or_default().push(SumRow { slot: 0, measure, count });
    }
    let line = |webhook: crate::model::webhook::Webhook| HealthLine {
        webhook_id: webhook.id,
        name: webhook.name().to_owned(),
        report: told(sums.remove(&webhook.id).unwrap_or_default(), span.since, seconds * points, 1),
    };
    let mut lines: Vec<HealthLine> = webhooks::list(env, permit).await?.into_iter().map(line).collect();
    let rate = |line: &HealthLine| line.report.series.success_rate().unwrap_or(f64::INFINITY);
    lines.sort_by(|a, b| rate(a).total_cmp(&rate(b)));
    Ok(lines)
}

fn span(now: Time, range: HealthRange) -> Span {
    let (seconds, points) = range.slices();
    Span {
        counted_in: i32::try_from(range.counted_in()).unwrap_or(i32::MAX),
        since: first_slice(now, seconds, points),
        length: i64::from(seconds) * 1_000_000,
    }
}

/// Sorts what was summed: the chart's measures into their slices, causes and ends into totals.
fn told(rows: Vec<SumRow>, since: Time, seconds: u32, points: u32) -> HealthReport {
    let (mut causes, mut settled) = (HashMap::<String, u64>::new(), 0);
    let mut counts = Vec::with_capacity(rows.len());
    for SumRow { slot, measure, count } in rows {
        let number = u64::try_from(count).unwrap_or(0);
        if let Some(word) = measure.strip_prefix("cause:") {
            *causes.entry(word.to_owned()).or_default() += number;
            continue;
        }
        if measure == "succeeded" || measure == "gave_up" {
            settled += number;
        }
        let start_at = since.plus(Duration::from_secs(u64::try_from(slot).unwrap_or(0) * u64::from(seconds)));
        counts.push(CountRow { webhook_id: WebhookId::from_bytes([0; 16]), start_at, measure, count });
    }
    let mut causes: Vec<Cause> = causes.into_iter().filter_map(|(word, count)| Cause::read(&word, count)).collect();
    causes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.query().cmp(&b.query())));
    HealthReport { series: laid_out(counts, since, seconds, points), settled, causes }
}
