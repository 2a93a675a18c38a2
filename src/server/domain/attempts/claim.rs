//! From claimed rows to jobs: small events are read with the claim, large ones when their turn comes, so that
//! a long queue of large events does not fill the memory. How large they are is known before: lanes start only as
//! many of them as there is memory for.

use crate::{
    model::{
        error::AppError,
        event::MAX_BODY,
        id::{EventId, OrganizationId, WebhookId},
    },
    server::{
        domain::{
            job::{Job, Published, Source},
            lease::Lease,
        },
        env::Env,
        fault::fault,
        kill_point::reached,
        store::claims::{self, Claimed, EventFacts, SizedRow},
    },
};
use bytes::Bytes;
use std::{collections::HashMap, sync::Arc};

/// Data up to here is read with the claim, in bytes.
const READ_AT_ONCE: usize = 16 * 1_024;

/// The event of a job, from memory or from the database.
pub async fn event(env: &Env, job: &Job) -> Result<Arc<Published>, AppError> {
    match &job.event {
        Source::Here(event) => Ok(event.clone()),
        Source::Stored(id, _) => {
            let row = claims::event(&env.db, job.organization_id, *id).await?;
            row.map(|row| published(row.facts, row.data))
                .ok_or_else(|| fault(format!("the event {id} of {} is gone", job.delivery_id)))
        }
    }
}

/// Claims up to `limit` due deliveries of a webhook; answers whether there may be more.
pub async fn due(
    env: &Env,
    organization: OrganizationId,
    webhook: WebhookId,
    limit: usize,
) -> Result<(Vec<Job>, bool), sqlx::Error> {
    let claimed = claims::claim(&env.db, organization, webhook, env.id, env.now(), limit).await?;
    if !claimed.is_empty() {
        reached("claimed");
    }
    let more = claimed.len() == limit;
    let mut ids: Vec<EventId> = claimed.iter().map(|row| row.event_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let events = sources(env, organization, &ids, READ_AT_ONCE).await;
    let jobs =
        claimed.into_iter().map(|row| job(env.leases.take(row.id), organization, webhook, row, &events)).collect();
    Ok((jobs, more))
}

/// The events, those of at most `size` bytes with their data.
async fn sources(env: &Env, organization: OrganizationId, ids: &[EventId], size: usize) -> HashMap<EventId, Source> {
    // What cannot be read now is read when its turn comes.
    let found = claims::events_up_to(&env.db, organization, ids, size).await.unwrap_or_default();
    let source = |row: SizedRow| match row.data {
        Some(data) => (row.facts.id, Source::Here(published(row.facts, data))),
        None => (row.facts.id, Source::Stored(row.facts.id, usize::try_from(row.bytes).unwrap_or(MAX_BODY))),
    };
    found.into_iter().map(source).collect()
}

/// The job of a claimed delivery whose event is still to be read.
pub async fn stored(
    env: &Env,
    lease: Arc<Lease>,
    organization: OrganizationId,
    webhook: WebhookId,
    row: Claimed,
) -> Job {
    let events = sources(env, organization, &[row.event_id], 0).await;
    job(lease, organization, webhook, row, &events)
}

fn job(
    lease: Arc<Lease>,
    organization: OrganizationId,
    webhook: WebhookId,
    row: Claimed,
    events: &HashMap<EventId, Source>,
) -> Job {
    Job {
        organization_id: organization,
        delivery_id: row.id,
        lease,
        webhook_id: webhook,
        event: events.get(&row.event_id).cloned().unwrap_or(Source::Stored(row.event_id, MAX_BODY)),
        attempts_before: u32::try_from(row.attempt_count).unwrap_or(0),
        max_attempts: u32::try_from(row.max_attempts).unwrap_or(0),
        trigger: row.next_trigger,
        triggered_by: row.triggered_by,
    }
}

/// An event from its row.
pub fn published(facts: EventFacts, data: Vec<u8>) -> Arc<Published> {
    let EventFacts { id, given_id, event_type, occurred_at, is_test } = facts;
    Arc::new(Published::new(id, given_id, event_type, occurred_at, is_test, Bytes::from(data)))
}
