//! Writing down what attempts came to: attempt, delivery state and health of many deliveries in one transaction.
//!
//! Who plays which part: a record counts only while its delivery is pending, leased to the process that made
//! the attempt, and at the attempt number that was claimed. A process that was frozen past its lease, or a
//! delivery that a person has sent again meanwhile, thus refuses the late record; nothing of it is written.
//! What is NOT promised: that the receiver saw the event once; it was sent before it could be recorded.

use super::{batch::batches, health_counts, switch_off, transaction::Transaction};
use crate::model::{
    delivery::{DeliveryStatus, Outcome, Trigger},
    id::*,
    time::Time,
};
use bytes::Bytes;
use sqlx::QueryBuilder;
use std::collections::HashSet;

/// What became of a delivery that this process holds.
#[derive(Debug, Clone)]
pub struct Record {
    pub organization_id: OrganizationId,
    pub delivery_id: DeliveryId,
    pub webhook_id: WebhookId,
    pub holder: ProcessId,
    /// The count that was claimed.
    pub attempts_before: u32,
    /// None where the webhook was inactive and nothing was sent.
    pub attempt: Option<NewAttempt>,
    pub is_test: bool,
    pub status: DeliveryStatus,
    /// Set exactly while pending.
    pub next_attempt_at: Option<Time>,
    pub at: Time,
    /// Where the receiver asked for no more events.
    pub switch_off: Option<switch_off::SwitchOff>,
}

/// One HTTP request, as it is kept.
#[derive(Debug, Clone)]
pub struct NewAttempt {
    pub id: AttemptId,
    pub number: u32,
    pub trigger: Trigger,
    pub triggered_by: Option<String>,
    pub started_at: Time,
    pub duration_us: i64,
    pub outcome: Outcome,
    pub detail: Option<String>,
    pub response_code: Option<u16>,
    pub url: String,
    /// JSON array of [name, value], credentials masked.
    pub request_headers: String,
    /// JSON array of [name, value].
    pub response_headers: Option<String>,
    pub response_body: Option<Bytes>,
    pub response_truncated: bool,
}

/// Writes all that still count; answers for each record whether it did.
pub async fn write(tx: &mut Transaction, records: &[&Record]) -> Result<Vec<bool>, sqlx::Error> {
    let mut accepted: HashSet<DeliveryId> = HashSet::new();
    let (attempted, unsent): (Vec<&Record>, Vec<&Record>) = records.iter().partition(|r| r.attempt.is_some());
    for batch in batches(&attempted) {
        accepted.extend(update_states(tx, batch).await?);
    }
    for record in unsent {
        accepted.extend(skip(tx, record).await?);
    }
    let counted: Vec<&Record> = attempted.into_iter().filter(|r| accepted.contains(&r.delivery_id)).collect();
    insert_attempts(tx, &counted).await?;
    health_counts::add(tx, &counted).await?;
    for record in &counted {
        if let Some(order) = &record.switch_off {
            switch_off::apply(tx, record, order).await?;
        }
    }
    Ok(records.iter().map(|record| accepted.contains(&record.delivery_id)).collect())
}

fn code(code: Option<u16>) -> Option<i16> {
    code.and_then(|code| i16::try_from(code).ok())
}

async fn update_states(tx: &mut Transaction, records: &[&Record]) -> Result<Vec<DeliveryId>, sqlx::Error> {
    on_transaction!(tx, connection => {
        let mut update = QueryBuilder::new(
            "with v (organization_id, id, holder, attempts_before, status, next_attempt_at, completed_at, \
             response_code, outcome, duration_us) as (",
        );
        update.push_values(records.iter().filter_map(|r| Some((r, r.attempt.as_ref()?))), |mut v, (r, attempt)| {
            v.push_bind(r.organization_id).push_bind(r.delivery_id).push_bind(r.holder)
                .push_bind(r.attempts_before as i32).push_bind(r.status).push_bind(r.next_attempt_at)
                .push_bind(r.next_attempt_at.is_none().then_some(r.at)).push_bind(code(attempt.response_code))
                .push_bind(attempt.outcome).push_bind(attempt.duration_us);
        });
        update.push(
            ") update deliveries set status = v.status, attempt_count = v.attempts_before + 1, next_trigger = 0, \
             triggered_by = null, next_attempt_at = v.next_attempt_at, leased_by = null, \
             completed_at = v.completed_at, response_code = v.response_code, outcome = v.outcome, \
             duration_us = v.duration_us from v \
             where deliveries.organization_id = v.organization_id and deliveries.id = v.id \
             and deliveries.status = 0 and deliveries.leased_by = v.holder \
             and deliveries.attempt_count = v.attempts_before returning deliveries.id",
        );
        update.build_query_scalar().fetch_all(connection).await
    })
}

const SKIP: &str = "update deliveries set status = 3, next_attempt_at = null, leased_by = null, completed_at = $5 \
    where organization_id = $1 and id = $2 and status = 0 and leased_by = $3 and attempt_count = $4 returning id";

async fn skip(tx: &mut Transaction, r: &Record) -> Result<Option<DeliveryId>, sqlx::Error> {
    on_transaction!(tx, connection => sqlx::query_scalar(SKIP)
        .bind(r.organization_id).bind(r.delivery_id).bind(r.holder).bind(r.attempts_before as i32).bind(r.at)
        .fetch_optional(connection).await)
}

async fn insert_attempts(tx: &mut Transaction, records: &[&Record]) -> Result<(), sqlx::Error> {
    for batch in batches(records) {
        on_transaction!(&mut *tx, connection => {
            let mut insert = QueryBuilder::new(
                "insert into attempts (organization_id, delivery_id, number, id, trigger, triggered_by, started_at, \
                 duration_us, outcome, detail, response_code, url, request_headers, response_headers, \
                 response_truncated, response_body) ",
            );
            insert.push_values(batch.iter().filter_map(|r| Some((r, r.attempt.as_ref()?))), |mut v, (r, a)| {
                v.push_bind(r.organization_id).push_bind(r.delivery_id).push_bind(a.number as i32).push_bind(a.id)
                    .push_bind(a.trigger).push_bind(&a.triggered_by).push_bind(a.started_at).push_bind(a.duration_us)
                    .push_bind(a.outcome).push_bind(&a.detail).push_bind(code(a.response_code)).push_bind(&a.url)
                    .push_bind(&a.request_headers).push_bind(&a.response_headers).push_bind(a.response_truncated)
                    .push_bind(a.response_body.as_deref());
            });
            insert.build().execute(connection).await?;
        });
    }
    Ok(())
}
