//! One attempt: sign, send, decide what is next, hand the record over.
//!
//! The webhook is looked up when the attempt starts, so that an edited URL, a new secret or a pause holds
//! from the next attempt on.

use super::{claim, kept_body, own_inbox, request};
use crate::{
    model::{
        delivery::{Attempt, DeliveryStatus, Outcome, Trigger},
        error::AppError,
        id::{self, AttemptId},
        time::Time,
    },
    server::{
        convention::Convention,
        domain::{
            after_attempt::{Attempted, after_attempt},
            credentials::masked,
            job::{Job, Next, Published, Verdict},
            retry_after,
            subscriptions::{self, Subscription},
        },
        env::{Env, Sent},
        kill_point::reached,
        store::{
            log,
            record::{NewAttempt, Record},
            switch_off::SwitchOff,
        },
    },
};
use bytes::Bytes;
use std::{sync::Arc, time::Duration};

/// What is to be written down, and the attempt for whoever waits for it.
pub struct Made {
    pub record: Record,
    /// What it says about the receiver.
    pub verdict: Verdict,
    pub attempt: Option<Attempt>,
}

/// Makes the attempt that a job stands for. Errors where this service could not even try:
/// then nothing is recorded, and the delivery is given back.
pub async fn attempt(env: &Env, job: &Job) -> Result<Made, AppError> {
    let index = subscriptions::of(env, job.organization_id).await?;
    let webhook = index.get(job.webhook_id).filter(|w| w.active || is_asked_for(job.trigger));
    let Some(webhook) = webhook else { return Ok(skipped(env, job)) };
    let event = claim::event(env, job).await?;
    let started_at = env.now();
    let request = request::outgoing(&index.convention, webhook, &event, started_at);
    let shown_headers = request::shown_headers(&request.headers, webhook);
    if job.attempts_before == 0 && job.trigger == Trigger::Automatic {
        env.metrics.started(id::made_at(job.delivery_id.bytes()), started_at);
    }
    reached("sending");
    let sent = match own_inbox::token(env, &request.url) {
        Some(token) => own_inbox::deliver(env, &token, shown_headers.clone(), &request.body).await,
        None => env.sender.send(request).await,
    };
    reached("answered");
    if sent.not_tried {
        return Err(AppError::Busy(1));
    }
    Ok(made(env, job, webhook, &index.convention, &event, Facts { started_at, shown_headers, sent }))
}

/// Attempts that a person asked for are made whether or not the webhook is active.
fn is_asked_for(trigger: Trigger) -> bool {
    matches!(trigger, Trigger::Manual | Trigger::Test)
}

fn skipped(env: &Env, job: &Job) -> Made {
    Made {
        record: Record { status: DeliveryStatus::Skipped, ..record(env, job) },
        verdict: Verdict::Nothing,
        attempt: None,
    }
}

struct Facts {
    started_at: Time,
    shown_headers: Vec<(String, String)>,
    sent: Sent,
}

fn made(
    env: &Env,
    job: &Job,
    webhook: &Arc<Subscription>,
    convention: &Convention,
    event: &Published,
    facts: Facts,
) -> Made {
    let (now, sent) = (env.now(), &facts.sent);
    let retry_after = retry_after::read(sent.response_code, &sent.response_headers, now);
    let next = after_attempt(
        &Attempted {
            number: job.attempts_before + 1,
            max_attempts: job.max_attempts,
            outcome: sent.outcome,
            response_code: sent.response_code,
            retry_after,
            policy: &webhook.policy,
            convention,
        },
        now,
        f64::from(u32::from_le_bytes(env.random())) / f64::from(u32::MAX),
    );
    env.metrics.attempted(sent.outcome, sent.response_code, sent.duration);
    let attempt = described(env, job, webhook, &facts, next.status == DeliveryStatus::Success);
    say(job, &attempt, next);
    let record = Record {
        attempt: Some(new_attempt(&attempt, sent)),
        is_test: event.is_test,
        status: next.status,
        next_attempt_at: next.attempt_at,
        switch_off: next.switch_off.then(|| SwitchOff {
            reason: "The receiver answered 410 Gone: it wants no more events. Change the URL, then switch it on again."
                .into(),
            audit_id: env.new_id(crate::model::id::AuditId::from_bytes),
        }),
        ..record(env, job)
    };
    Made { record, verdict: verdict(sent, next.status, retry_after), attempt: Some(attempt) }
}

fn verdict(sent: &Sent, status: DeliveryStatus, retry_after: Option<Duration>) -> Verdict {
    match (sent.outcome, sent.response_code) {
        _ if status == DeliveryStatus::Success => Verdict::Success,
        (Outcome::Internal, _) => Verdict::Nothing,
        (Outcome::Timeout, _) => Verdict::TimedOut,
        (_, Some(429 | 502 | 503 | 504)) => Verdict::TooMuch(retry_after),
        _ => Verdict::Failure,
    }
}

fn record(env: &Env, job: &Job) -> Record {
    Record {
        organization_id: job.organization_id,
        delivery_id: job.delivery_id,
        webhook_id: job.webhook_id,
        holder: env.id,
        attempts_before: job.attempts_before,
        attempt: None,
        is_test: false,
        status: DeliveryStatus::Failed,
        next_attempt_at: None,
        at: env.now(),
        switch_off: None,
    }
}

fn described(env: &Env, job: &Job, webhook: &Subscription, facts: &Facts, succeeded: bool) -> Attempt {
    let sent = &facts.sent;
    // Postgres keeps no NUL in a text.
    let body = (!sent.response_body.is_empty()).then(|| String::from_utf8_lossy(&sent.response_body).into_owned());
    Attempt {
        id: env.new_id(AttemptId::from_bytes),
        number: job.attempts_before + 1,
        trigger: job.trigger,
        triggered_by: job.triggered_by.clone(),
        started_at: facts.started_at,
        duration_us: i64::try_from(sent.duration.as_micros()).unwrap_or(i64::MAX),
        outcome: sent.outcome,
        detail: sent.detail.as_ref().map(|detail| detail.replace('\0', "")),
        response_code: sent.response_code,
        succeeded,
        url: webhook.url.clone(),
        request_headers: facts.shown_headers.clone(),
        response_headers: masked(sent.response_headers.clone(), request::MASK),
        response_body: body,
        response_truncated: sent.response_truncated,
    }
}

fn new_attempt(attempt: &Attempt, sent: &Sent) -> NewAttempt {
    let json = |headers: &[(String, String)]| serde_json::to_string(headers).unwrap_or_default();
    let (body, response_deflated) = kept_body::pack(&sent.response_body);
    NewAttempt {
        id: attempt.id,
        number: attempt.number,
        trigger: attempt.trigger,
        triggered_by: attempt.triggered_by.clone(),
        started_at: attempt.started_at,
        duration_us: attempt.duration_us,
        outcome: attempt.outcome,
        detail: attempt.detail.clone(),
        response_code: attempt.response_code,
        url: attempt.url.clone(),
        request_headers: json(&attempt.request_headers),
        response_headers: (!attempt.response_headers.is_empty()).then(|| json(&attempt.response_headers)),
        response_body: (!body.is_empty()).then_some(body),
        response_deflated,
        response_truncated: attempt.response_truncated,
    }
}

/// One line per attempt: ids and figures, never payloads or secrets.
fn say(job: &Job, attempt: &Attempt, next: Next) {
    tracing::info!(
        organization = %job.organization_id,
        webhook = %job.webhook_id,
        delivery = %job.delivery_id,
        number = attempt.number,
        trigger = attempt.trigger.as_str(),
        outcome = attempt.outcome.as_str(),
        code = attempt.response_code,
        duration_us = attempt.duration_us,
        next = next.status.as_str(),
        "attempt"
    );
}

/// A delivery whose attempt panics after so many is given up: it is the delivery that does it.
const MOST_PANICS: i64 = 3;

/// What is recorded where the attempt panicked: a fault of ours, and the delivery is tried again by its policy, but not
/// for long.
pub async fn faulty(env: &Env, job: &Job) -> Result<Made, AppError> {
    // Where they cannot be counted, this one is.
    let counted = log::attempts_that_ended(&env.db, job.organization_id, job.delivery_id, Outcome::Internal).await;
    let panics = counted.unwrap_or(0) + 1;
    let max_attempts = if panics >= MOST_PANICS { job.attempts_before + 1 } else { job.max_attempts };
    let job = &Job { max_attempts: max_attempts.min(job.max_attempts), ..job.clone() };
    let index = subscriptions::of(env, job.organization_id).await?;
    let Some(webhook) = index.get(job.webhook_id) else { return Ok(skipped(env, job)) };
    let nothing = Published::new(
        crate::model::id::EventId::from_bytes([0; 16]),
        None,
        String::new(),
        env.now(),
        job.trigger == Trigger::Test,
        Bytes::new(),
    );
    let sent = Sent {
        outcome: Outcome::Internal,
        detail: Some("This service made a mistake; its operator finds it in the log.".into()),
        response_code: None,
        response_headers: Vec::new(),
        response_body: Bytes::new(),
        response_truncated: false,
        duration: std::time::Duration::ZERO,
        not_tried: false,
    };
    let facts = Facts { started_at: env.now(), shown_headers: Vec::new(), sent };
    Ok(made(env, job, webhook, &index.convention, &nothing, facts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(outcome: Outcome, response_code: Option<u16>) -> Sent {
        Sent {
            outcome,
            detail: None,
            response_code,
            response_headers: Vec::new(),
            response_body: Bytes::new(),
            response_truncated: false,
            duration: Duration::ZERO,
            not_tried: false,
        }
    }

    #[test]
    fn what_says_that_it_is_too_much_slows_the_webhook_and_other_failures_do_not() {
        let wait = Some(Duration::from_secs(7));
        let said = |code| verdict(&sent(Outcome::Answered, Some(code)), DeliveryStatus::Pending, wait);
        for code in [429, 502, 503, 504] {
            assert_eq!(said(code), Verdict::TooMuch(wait), "{code}");
        }
        for code in [301, 400, 401, 404, 410, 500, 501, 505] {
            assert_eq!(said(code), Verdict::Failure, "{code}");
        }
        let of = |outcome| verdict(&sent(outcome, None), DeliveryStatus::Pending, None);
        assert_eq!(of(Outcome::Timeout), Verdict::TimedOut);
        assert_eq!(of(Outcome::Connect), Verdict::Failure);
        assert_eq!(of(Outcome::Internal), Verdict::Nothing, "it says nothing of the receiver");
        assert_eq!(verdict(&sent(Outcome::Answered, Some(204)), DeliveryStatus::Success, None), Verdict::Success);
    }
}
