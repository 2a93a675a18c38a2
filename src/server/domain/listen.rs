//! Copies of new deliveries for a developer's own machine: rendered and signed as the webhook's receiver gets
//! them, without a trace in the delivery's record.
//!
//! A listener asks again and again with the cursor of the answer before, so that nothing is missed between two
//! calls, whichever process answers. Deliveries show up a quarter of a second after they were made, since
//! what is made at the same time is not committed in the order of its ids. What a person sends again is copied too:
//! the audit log has its row, whose id is of the same clock. What is NOT copied: automatic retries, and recoveries.

use super::{
    attempts::{
        claim::published,
        request::{outgoing, shown_headers},
    },
    deliveries::RETRIED,
    log::shown_id,
    paging::{cursor_after, read_cursor},
    subscriptions::{self, Index},
};
use crate::{
    model::{
        error::AppError,
        id::{self, AuditId, DeliveryId, OrganizationId, WebhookId},
        time::Time,
    },
    server::{
        access::{Permit, ReadLogs},
        env::Env,
        store::{
            audit_log, claims,
            log::{self as store, DeliveryRow, LogCriteria},
        },
    },
};
use bytes::Bytes;
use std::time::Duration;

/// How old a delivery is before it is copied.
const SETTLES_IN: Duration = Duration::from_millis(250);
/// Deliveries of one answer.
const MOST: u32 = 50;
/// Bytes of bodies after which an answer ends.
const ENOUGH: usize = 4 * 1_024 * 1_024;

/// A delivery's request, as it goes to the webhook's receiver.
#[derive(Debug, Clone)]
pub struct Heard {
    pub delivery_id: DeliveryId,
    /// As shown: the platform's own id where it gave one.
    pub event_id: String,
    pub event_type: String,
    pub webhook_id: WebhookId,
    /// Names in lower case, in the order they are sent.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// What was made since the cursor.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Oldest first.
    pub heard: Vec<Heard>,
    /// Goes on from here.
    pub next_cursor: String,
    /// How many webhooks are listened to.
    pub webhooks: usize,
}

/// What a listener asks for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// One webhook; none: all.
    pub webhook: Option<WebhookId>,
    /// Of the answer before; none: from now on.
    pub cursor: Option<String>,
    /// Whether the webhook's own headers come with their values, which may be credentials.
    pub with_credentials: bool,
}

/// What was made since the cursor. Errors: NotFound (the webhook), Invalid (cursor).
pub async fn hear(env: &Env, permit: &Permit<ReadLogs>, asked: &Asked) -> Result<Answer, AppError> {
    let organization = permit.organization_id();
    let index = subscriptions::of(env, organization).await?;
    if let Some(id) = asked.webhook {
        index.get(id).ok_or(AppError::NotFound)?;
    }
    let webhooks = if asked.webhook.is_some() { 1 } else { index.webhooks.len() };
    let Some(cursor) = asked.cursor.as_deref().filter(|text| !text.is_empty()) else {
        let millis = u64::try_from(env.now().millis()).unwrap_or(0);
        let next_cursor = cursor_after(id::time_sortable(millis, [0; 10]));
        return Ok(Answer { heard: Vec::new(), next_cursor, webhooks });
    };
    let mut last = read_cursor(Some(cursor))?;
    let (mut heard, mut bytes) = (Vec::new(), 0);
    for (place, id) in sent_after(env, organization, asked.webhook, last).await? {
        let criteria = LogCriteria { delivery_id: Some(id), webhook_id: asked.webhook, ..LogCriteria::default() };
        let row = store::list(&env.db, organization, &criteria, [0xff; 16], 1).await?.pop();
        if let Some(row) = row
            && let Some(copy) = copy(env, permit, &index, row, asked.with_credentials).await?
        {
            bytes += copy.body.len();
            heard.push(copy);
        }
        last = place;
        if bytes >= ENOUGH {
            break;
        }
    }
    Ok(Answer { heard, next_cursor: cursor_after(last), webhooks })
}

/// A delivery, and the place in time after which to go on.
type Sent = ([u8; 16], DeliveryId);

/// What was made or sent again by a person since, oldest first.
async fn sent_after(
    env: &Env,
    organization: OrganizationId,
    webhook: Option<WebhookId>,
    last: [u8; 16],
) -> Result<Vec<Sent>, AppError> {
    let settled: Time = env.now().minus(SETTLES_IN);
    let criteria = LogCriteria { webhook_id: webhook, to: Some(settled), ..LogCriteria::default() };
    let made = store::ids_after(&env.db, organization, &criteria, DeliveryId::from_bytes(last), MOST).await?;
    let after = AuditId::from_bytes(last);
    let again = audit_log::targets_after(&env.db, organization, RETRIED, after, settled, MOST).await?;
    let again = again.into_iter().filter_map(|(row, target)| Some((row.bytes(), target.parse().ok()?)));
    let mut sent: Vec<Sent> = made.into_iter().map(|id| (id.bytes(), id)).chain(again).collect();
    sent.sort_by_key(|(place, _)| *place);
    sent.truncate(MOST as usize);
    Ok(sent)
}

/// None where the webhook or the event is gone meanwhile.
async fn copy(
    env: &Env,
    permit: &Permit<ReadLogs>,
    index: &Index,
    row: DeliveryRow,
    with_credentials: bool,
) -> Result<Option<Heard>, AppError> {
    let Some(webhook) = index.get(row.webhook_id) else { return Ok(None) };
    let Some(event) = claims::event(&env.db, permit.organization_id(), row.event_id).await? else { return Ok(None) };
    let event = published(event.facts, event.data);
    let request = outgoing(&index.convention, webhook, &event, env.now());
    let headers = match with_credentials {
        true => request.headers,
        false => shown_headers(&request.headers, webhook),
    };
    Ok(Some(Heard {
        delivery_id: row.id,
        event_id: shown_id(row.event_id, row.given_id),
        event_type: row.event_type,
        webhook_id: row.webhook_id,
        headers,
        body: request.body,
    }))
}
