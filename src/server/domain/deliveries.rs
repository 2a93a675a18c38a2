//! What people do with deliveries: send one again, send a test.

use super::{
    attempts::{claim, make, record},
    audit::{self, Change},
    job::{Job, Published, Source},
    live::DeliveryChange,
    log, news,
    subscriptions::{self, Index, Subscription},
};
use crate::{
    model::{
        delivery::{Attempt, Delivery, DeliveryStatus, Trigger, can_retry},
        error::AppError,
        event::{parse_event_type, system_types},
        id::*,
    },
    server::{
        access::{Permit, RetryDeliveries, TestWebhooks},
        env::Env,
        fault::fault,
        store::{
            audit::{self as audit_store, Entry},
            claims,
            deliveries::{self as store, MOST_ATTEMPTS, Requeued},
            events::{NewDelivery, NewRow},
            first_run,
            log::{self as log_store, LogCriteria},
            writer::Submission,
        },
    },
};
use bytes::Bytes;
use serde_json::value::RawValue;
use std::sync::Arc;
use tokio::sync::oneshot;

/// What the audit log calls a retry.
pub const RETRIED: &str = "delivery.retried";

/// Sends a finished delivery again: one more attempt, at once. Conflict while it is pending.
pub async fn retry(env: &Env, permit: &Permit<RetryDeliveries>, id: DeliveryId) -> Result<Delivery, AppError> {
    let organization_id = permit.organization_id();
    let entry = audit::entry(env, permit, RETRIED, Change::of(id, id.to_string()));
    let by = permit.actor().name().to_owned();
    // In a task of its own: whoever asked may leave, and the delivery must not stay half requeued.
    let done = tokio::spawn(requeue(env.clone(), organization_id, id, by, entry)).await.map_err(fault)?;
    // What is refused was not written.
    let is_refused = |error: &AppError| matches!(error, AppError::Conflict(_) | AppError::NotFound);
    done.inspect_err(|error| {
        if !is_refused(error) {
            env.leases.doubt()
        }
    })
}

async fn requeue(
    env: Env,
    organization_id: OrganizationId,
    id: DeliveryId,
    by: String,
    entry: Entry,
) -> Result<Delivery, AppError> {
    let env = &env;
    let lease = env.leases.take(id);
    let taker = |webhook| env.lanes.may_pass((organization_id, webhook)).then_some(env.id);
    match store::requeue(&env.db, organization_id, id, &by, env.now(), &entry, taker).await? {
        Requeued::Done { webhook_id, claimed } => {
            let status = DeliveryStatus::Pending;
            // As it stands now; the attempt may be over in a moment.
            let requeued = read(env, organization_id, id).await;
            match claimed {
                // A person waits for it: past whatever else waits for this webhook.
                Some(claimed) => {
                    env.lanes.pass(claim::stored(env, lease, organization_id, webhook_id, claimed).await);
                }
                None => news::stored(env, organization_id, webhook_id),
            }
            env.live.tell(DeliveryChange { organization_id, delivery_id: id, webhook_id, status });
            requeued
        }
        Requeued::NotInThatState => {
            Err(AppError::Conflict(can_retry(DeliveryStatus::Pending).err().unwrap_or_default().into()))
        }
        Requeued::Enough => Err(AppError::Conflict(format!(
            "It was sent {MOST_ATTEMPTS} times already. Publish the event again instead."
        ))),
        Requeued::WebhookGone => {
            Err(AppError::Conflict("Its webhook has been deleted: there is nobody to send it to.".into()))
        }
        Requeued::NotFound => Err(AppError::NotFound),
    }
}

async fn read(env: &Env, organization: OrganizationId, id: DeliveryId) -> Result<Delivery, AppError> {
    let criteria = LogCriteria { delivery_id: Some(id), ..LogCriteria::default() };
    let rows = log_store::list(&env.db, organization, &criteria, [0xff; 16], 1).await?;
    rows.into_iter().next().map(log::delivery).ok_or(AppError::NotFound)
}

/// Sends an event of the catalogue, marked as a test, to one webhook, active or not; one attempt, answered
/// once the receiver has answered or timed out. Without a type the first that the webhook takes; without data
/// the type's example. Errors: NotFound, Invalid (event_type).
pub async fn send_test(
    env: &Env,
    permit: &Permit<TestWebhooks>,
    webhook: WebhookId,
    event_type: Option<String>,
    data: Option<Box<RawValue>>,
) -> Result<(Delivery, Attempt), AppError> {
    let organization = permit.organization_id();
    let index = subscriptions::of(env, organization).await?;
    let subscription = index.get(webhook).ok_or(AppError::NotFound)?;
    let event_type = test_type(&index, subscription, event_type)?;
    let data = data.map_or_else(|| example(&index, &event_type), |given| String::from(Box::<str>::from(given)));
    let by = permit.actor().name().to_owned();
    let (row, job) = plan(env, organization, subscription, event_type, Bytes::from(data), by);
    let change = Change::of(webhook, &subscription.url);
    let entry = audit::entry(env, permit, "webhook.tested", change);
    // In a task of its own: whoever asked may leave, and the delivery must not stay half done.
    let (id, task) = (job.delivery_id, tokio::spawn(carry_out(env.clone(), row, job, entry)));
    let attempt = task.await.map_err(fault)?.inspect_err(|_| env.leases.doubt())?;
    let delivery = read(env, organization, id).await?;
    if delivery.status == DeliveryStatus::Success {
        // As after a retry: the receiver works, and what waits goes on.
        env.lanes.works_again((organization, webhook));
        let ticked = first_run::tested(&env.db, organization, env.now()).await;
        // The test was delivered all the same.
        ticked.unwrap_or_else(|error| tracing::warn!(%error, "the first test of an organization could not be noted"));
    }
    Ok((delivery, attempt))
}

fn test_type(index: &Index, webhook: &Subscription, given: Option<String>) -> Result<String, AppError> {
    let Some(name) = given else {
        return Ok(webhook.events.first(&index.convention.types).unwrap_or("test").to_owned());
    };
    parse_event_type(&name).map_err(|message| AppError::field("event_type", message))?;
    if index.convention.takes(&name) || system_types().iter().any(|t| t.name == name) {
        return Ok(name);
    }
    Err(AppError::field("event_type", format!("There is no event type “{name}” in the catalogue.")))
}

fn example(index: &Index, event_type: &str) -> String {
    let known = index.convention.types.iter().cloned().chain(system_types()).find(|t| t.name == event_type);
    known.map_or_else(|| r#"{"test":true}"#.into(), |t| t.example.to_string())
}

fn plan(
    env: &Env,
    organization: OrganizationId,
    webhook: &Subscription,
    event_type: String,
    data: Bytes,
    by: String,
) -> (NewRow, Job) {
    let (id, now) = (env.new_id(EventId::from_bytes), env.now());
    let event = Published::new(id, None, event_type.clone(), now, true, data.clone());
    let delivery_id = env.new_id(DeliveryId::from_bytes);
    let job = Job {
        organization_id: organization,
        delivery_id,
        lease: env.leases.take(delivery_id),
        webhook_id: webhook.id,
        event: Source::Here(Arc::new(event)),
        attempts_before: 0,
        max_attempts: 1,
        trigger: Trigger::Test,
        triggered_by: Some(by.clone()),
    };
    let delivery = NewDelivery {
        id: delivery_id,
        webhook_id: webhook.id,
        status: DeliveryStatus::Pending,
        trigger: Trigger::Test,
        triggered_by: Some(by),
        max_attempts: 1,
        leased_by: Some(env.id),
    };
    let row = NewRow {
        organization_id: organization,
        id,
        given_id: None,
        key: None,
        event_type,
        occurred_at: now,
        created_at: now,
        is_test: true,
        data,
        deliveries: vec![delivery],
    };
    (row, job)
}

async fn carry_out(env: Env, row: NewRow, job: Job, entry: Entry) -> Result<Attempt, AppError> {
    let _under_way = env.lanes.beside();
    let (answer, answered) = oneshot::channel();
    let done = Box::new(move |written| {
        let _ = answer.send(written);
    });
    let organization = job.organization_id;
    let place = env.writer.room(organization, row.data.len(), 1, 1).ok_or(AppError::Busy(1))?;
    env.writer.submit(Submission { organization, rows: vec![row], place, done });
    answered.await.map_err(|_| fault("the writer has stopped"))??;
    audit_store::write(&env.db, &entry).await?;
    let made = match make::attempt(&env, &job).await {
        Ok(made) => made,
        Err(error) => {
            claims::give_back(&env.db, job.organization_id, job.delivery_id, env.id).await?;
            return Err(error);
        }
    };
    record::write(&env, made).await.ok_or_else(|| fault("the test was taken over before it was recorded"))
}
