//! Writing down what attempts came to: attempt, delivery state and health of many deliveries in one transaction.
//!
//! Who plays which part: a record counts only while its delivery is pending, leased to the process that made
//! the attempt, and at the attempt number that was claimed. A process that was frozen past its lease, or a
//! delivery that a person has sent again meanwhile, thus refuses the late record; nothing of it is written.
//! What is NOT promised: that the receiver saw the event once; it was sent before it could be recorded.

use super::{
    group::{Desk, Group, is_too_few},
    health_counts,
    statement::{Statement, Value},
    switch_off,
};
use crate::model::{
    delivery::{DeliveryStatus, Outcome, Trigger},
    id::*,
    time::Time,
};
use crate::server::kill_point::reached;
use bytes::Bytes;
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
    pub response_deflated: bool,
    pub response_truncated: bool,
}

impl Record {
    /// Kibibytes that it keeps in memory until it is written.
    pub fn kib(&self) -> u32 {
        let Some(attempt) = &self.attempt else { return 1 };
        let bytes = attempt.response_body.as_ref().map_or(0, Bytes::len)
            + attempt.response_headers.as_ref().map_or(0, String::len)
            + attempt.request_headers.len();
        u32::try_from(bytes / 1_024 + 1).unwrap_or(u32::MAX)
    }
}

/// On Postgres, all of them in one statement, which commits by itself: one wait for the database, not four. False, and
/// nothing is written, where that does not do: where one of them no longer counts, or brings more along.
pub async fn write_at_once(desk: &mut Desk, records: &[&Record]) -> Result<bool, sqlx::Error> {
    if desk.is_sqlite() || records.is_empty() || records.iter().any(|r| r.attempt.is_none() || r.switch_off.is_some()) {
        return Ok(false);
    }
    let mut tx = desk.begin().await?;
    tx.later_and_all(states(records), records.len())?;
    tx.later(Statement::of_rows(ATTEMPTS, records.iter().filter_map(attempt)))?;
    health_counts::add(&mut tx, records)?;
    reached("records-written");
    match tx.commit().await {
        // One was recorded meanwhile, perhaps with the same number.
        Err(error) if is_too_few(&error) || is_taken(&error) => Ok(false),
        written => written.map(|()| true),
    }
}

fn is_taken(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(told) if told.is_unique_violation())
}

/// Writes all that still count; answers for each record whether it did.
pub async fn write(tx: &mut Group<'_>, records: &[&Record]) -> Result<Vec<bool>, sqlx::Error> {
    let (attempted, unsent): (Vec<&Record>, Vec<&Record>) = records.iter().partition(|r| r.attempt.is_some());
    let updated = tx.fetch::<(DeliveryId,)>(states(&attempted)).await?;
    let mut accepted: HashSet<DeliveryId> = updated.into_iter().map(|(id,)| id).collect();
    for record in unsent {
        accepted.extend(skip(tx, record).await?);
    }
    let counted: Vec<&Record> = attempted.into_iter().filter(|r| accepted.contains(&r.delivery_id)).collect();
    tx.later(Statement::of_rows(ATTEMPTS, counted.iter().filter_map(attempt)))?;
    health_counts::add(tx, &counted)?;
    for record in &counted {
        if let Some(order) = &record.switch_off {
            switch_off::apply(tx, record.organization_id, record.webhook_id, record.at, order).await?;
        }
    }
    Ok(records.iter().map(|record| accepted.contains(&record.delivery_id)).collect())
}

fn code(code: Option<u16>) -> Option<i16> {
    code.and_then(|code| i16::try_from(code).ok())
}

// `+ 0`: by an index of what is pending, Postgres would go through all that was pending since it last vacuumed.
const UPDATE: &str = "with v (organization_id, id, holder, attempts_before, status, next_attempt_at, completed_at, \
        response_code, outcome, duration_us) as ({rows}) \
    update deliveries set status = v.status, attempt_count = v.attempts_before + 1, next_trigger = 0, \
        triggered_by = null, next_attempt_at = v.next_attempt_at, leased_by = null, completed_at = v.completed_at, \
        response_code = v.response_code, outcome = v.outcome, duration_us = v.duration_us from v \
    where deliveries.organization_id = v.organization_id and deliveries.id = v.id and deliveries.status + 0 = 0 \
        and deliveries.leased_by = v.holder and deliveries.attempt_count = v.attempts_before returning deliveries.id";

fn states<'a>(records: &[&'a Record]) -> Statement<'a> {
    let rows = records.iter().filter_map(|r| Some((r, r.attempt.as_ref()?))).map(|(r, attempt)| {
        [
            r.organization_id.into(),
            r.delivery_id.into(),
            r.holder.into(),
            (r.attempts_before as i32).into(),
            r.status.into(),
            r.next_attempt_at.into(),
            r.next_attempt_at.is_none().then_some(r.at).into(),
            code(attempt.response_code).into(),
            attempt.outcome.into(),
            attempt.duration_us.into(),
        ]
    });
    Statement::of_rows(UPDATE, rows)
}

const SKIP: &str = "update deliveries set status = 3, next_attempt_at = null, leased_by = null, completed_at = ? \
    where organization_id = ? and id = ? and status + 0 = 0 and leased_by = ? and attempt_count = ? returning id";

async fn skip(tx: &mut Group<'_>, r: &Record) -> Result<Option<DeliveryId>, sqlx::Error> {
    let before = r.attempts_before as i32;
    let values = [r.at.into(), r.organization_id.into(), r.delivery_id.into(), r.holder.into(), before.into()];
    Ok(tx.fetch::<(DeliveryId,)>(Statement::new(SKIP, values)).await?.pop().map(|(id,)| id))
}

const ATTEMPTS: &str = "insert into attempts (organization_id, delivery_id, number, id, trigger, triggered_by, started_at, \
    duration_us, outcome, detail, response_code, url, request_headers, response_headers, response_truncated, \
    response_body, response_deflated) {rows}";

fn attempt<'a>(record: &&'a Record) -> Option<[Value<'a>; 17]> {
    let a = record.attempt.as_ref()?;
    Some([
        record.organization_id.into(),
        record.delivery_id.into(),
        (a.number as i32).into(),
        a.id.into(),
        a.trigger.into(),
        (&a.triggered_by).into(),
        a.started_at.into(),
        a.duration_us.into(),
        a.outcome.into(),
        (&a.detail).into(),
        code(a.response_code).into(),
        (&a.url).into(),
        (&a.request_headers).into(),
        (&a.response_headers).into(),
        a.response_truncated.into(),
        a.response_body.as_deref().into(),
        a.response_deflated.into(),
    ])
}
