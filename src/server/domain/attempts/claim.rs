//! From claimed rows to jobs: small events are read with the claim, large ones when their turn comes, so that
//! a long queue of large events does not fill the memory.

use crate::{
    model::{
        error::AppError,
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
        store::claims::{self, Claimed, EventRow},
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
        Source::Stored(id) => {
            let row = claims::event(&env.db, job.organization_id, *id).await?;
            row.map(published).ok_or_else(|| fault(format!("the event {id} of {} is gone", job.delivery_id)))
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
    let small = claims::events_up_to(&env.db, organization, &ids, READ_AT_ONCE).await.unwrap_or_default();
    let events: HashMap<EventId, Arc<Published>> = small.into_iter().map(|row| (row.id, published(row))).collect();
    let jobs =
        claimed.into_iter().map(|row| job(env.leases.take(row.id), organization, webhook, row, &events)).collect();
    Ok((jobs, more))
}

/// The job of a claimed delivery whose event is still to be read.
pub fn stored(lease: Arc<Lease>, organization: OrganizationId, webhook: WebhookId, row: Claimed) -> Job {
    job(lease, organization, webhook, row, &HashMap::new())
}

fn job(
    lease: Arc<Lease>,
    organization: OrganizationId,
    webhook: WebhookId,
    row: Claimed,
    events: &HashMap<EventId, Arc<Published>>,
) -> Job {
    Job {
        organization_id: organization,
        delivery_id: row.id,
        lease,
        webhook_id: webhook,
        event: events.get(&row.event_id).map_or(Source::Stored(row.event_id), |event| Source::Here(event.clone())),
        attempts_before: u32::try_from(row.attempt_count).unwrap_or(0),
        max_attempts: u32::try_from(row.max_attempts).unwrap_or(0),
        trigger: row.next_trigger,
        triggered_by: row.triggered_by,
    }
}

fn published(row: EventRow) -> Arc<Published> {
    let EventRow { id, given_id, event_type, occurred_at, is_test, data } = row;
    Arc::new(Published::new(id, given_id, event_type, occurred_at, is_test, Bytes::from(data)))
}
