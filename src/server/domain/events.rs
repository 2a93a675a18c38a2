//! Accepting events: checked, matched with the webhooks that want them, written with their deliveries in one
//! commit, and only then answered. What a lane of this process has room for is leased to it as it is written,
//! and handed over from memory; the rest is claimed from the database as lanes drain.

use super::{
    job::{Job, Published, Source},
    live::DeliveryChange,
    subscriptions::{self, Index, Subscription},
};
use crate::{
    model::{
        delivery::{DeliveryStatus, Trigger},
        error::{AppError, FieldErrors},
        event::parse_event_type,
        id::*,
        time::Time,
        webhook::EventSelection,
    },
    server::{
        access::{Permit, PublishEvents},
        env::Env,
        fault::{ASK_AGAIN, fault},
        store::{
            events::{NewDelivery, NewRow, Stored},
            news::Item,
            writer::{Place, Submission, Unwritten},
        },
    },
};
use bytes::Bytes;
use serde_json::value::RawValue;
use std::{collections::HashSet, sync::Arc};
use tokio::sync::oneshot;

/// Most events of one call.
pub const MAX_BATCH: usize = 1_000;
/// Most deliveries of one call.
const MAX_DELIVERIES: usize = 100_000;
/// Longest id or key that a platform may give, in characters.
pub const MAX_NAME: usize = 256;

/// An event as it is published.
#[derive(Debug, Clone)]
pub struct NewEvent {
    pub event_type: String,
    /// Sent byte for byte as it was posted.
    pub data: Box<RawValue>,
    /// The platform's own id; unique within the organization.
    pub id: Option<String>,
    pub idempotency_key: Option<String>,
    /// When it happened; now, if not given.
    pub timestamp: Option<Time>,
}

/// What a publisher is told once the event is on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// As shown and sent.
    pub id: String,
    pub event_type: String,
    pub deliveries: u32,
}

impl From<Stored> for Accepted {
    fn from(stored: Stored) -> Self {
        let id = stored.given_id.unwrap_or_else(|| stored.id.to_string());
        Self { id, event_type: stored.event_type, deliveries: stored.deliveries }
    }
}

/// Accepts all of the events, or none. The same key or id again answers as the first time, and delivers nothing.
/// Errors: Invalid (fields as in the API's batch, `events.3.id`), Busy where too much waits for the disk, or the
/// database takes nothing.
pub async fn accept(
    env: &Env,
    permit: &Permit<PublishEvents>,
    events: Vec<NewEvent>,
) -> Result<Vec<Accepted>, AppError> {
    accept_naming(env, permit, events, |number, name| format!("events.{number}.{name}")).await
}

/// Accepts one event that came by itself: what is wrong with it is named as `id`, without a place.
pub async fn accept_one(env: &Env, permit: &Permit<PublishEvents>, event: NewEvent) -> Result<Accepted, AppError> {
    let accepted = accept_naming(env, permit, vec![event], |_, name| name.to_owned()).await?;
    accepted.into_iter().next().ok_or_else(|| fault("an event was stored and not answered"))
}

/// From an event's place and a field of it to the name in errors.
type Naming = fn(usize, &str) -> String;

async fn accept_naming(
    env: &Env,
    permit: &Permit<PublishEvents>,
    events: Vec<NewEvent>,
    naming: Naming,
) -> Result<Vec<Accepted>, AppError> {
    if env.writer.would_turn_away() {
        // Nothing is to be read either, then.
        return Err(AppError::Away(ASK_AGAIN));
    }
    let organization = permit.organization_id();
    let index = subscriptions::of(env, organization).await?;
    check(&index, &events, naming)?;
    let takers = takers(&index, &events)?;
    let place = room(env, organization, &events, &takers)?;
    if env.writer.turns_away() {
        return Err(AppError::Away(ASK_AGAIN));
    }
    let planned = events.into_iter().zip(takers).map(|(event, takers)| plan(env, organization, takers, event));
    let (rows, jobs): (Vec<_>, _) = planned.unzip();
    let skipped: Vec<_> = rows.iter().map(skipped_in).collect();
    let stored = write(env, organization, rows, jobs, place).await?;
    tell_skipped(env, organization, skipped, &stored);
    Ok(stored.into_iter().map(Accepted::from).collect())
}

type Takers = Vec<Arc<Subscription>>;

/// Who wants each of the events.
fn takers(index: &Index, events: &[NewEvent]) -> Result<Vec<Takers>, AppError> {
    let mut left = MAX_DELIVERIES;
    let of_event = |event: &NewEvent| {
        let takers = index.takers(&event.event_type, event.data.get());
        left = left.checked_sub(takers.len())?;
        Some(takers)
    };
    let all: Option<Vec<Takers>> = events.iter().map(of_event).collect();
    all.ok_or_else(|| {
        let message = format!("Together these make more than {MAX_DELIVERIES} deliveries. Publish fewer at once.");
        AppError::field("events", message)
    })
}

/// Room for what is about to be planned; Busy where too much waits for the disk already.
fn room(env: &Env, organization: OrganizationId, events: &[NewEvent], takers: &[Takers]) -> Result<Place, AppError> {
    let bytes = events.iter().map(|event| event.data.get().len()).sum();
    let deliveries = takers.iter().map(Vec::len).sum();
    env.writer.room(organization, bytes, events.len(), deliveries).ok_or(AppError::Busy(1))
}

/// Has it written; returns once it is on the disk.
async fn write(
    env: &Env,
    organization: OrganizationId,
    rows: Vec<NewRow>,
    jobs: Vec<Vec<Planned>>,
    place: Place,
) -> Answer {
    let (answer, answered) = oneshot::channel();
    let done = hand_over(env, jobs, answer);
    env.writer.submit(Submission { organization, rows, place, done });
    answered.await.map_err(|_| fault("the writer has stopped"))?
}

/// The deliveries of an event that are kept without being sent.
fn skipped_in(row: &NewRow) -> Vec<(DeliveryId, WebhookId)> {
    let skipped = row.deliveries.iter().filter(|delivery| delivery.status == DeliveryStatus::Skipped);
    skipped.map(|delivery| (delivery.id, delivery.webhook_id)).collect()
}

/// Shows onlookers what is kept only; what is sent is told where it goes to its lane.
fn tell_skipped(
    env: &Env,
    organization_id: OrganizationId,
    skipped: Vec<Vec<(DeliveryId, WebhookId)>>,
    stored: &[Stored],
) {
    let fresh = skipped.into_iter().zip(stored).filter(|(_, stored)| stored.fresh);
    for (delivery_id, webhook_id) in fresh.flat_map(|(of_event, _)| of_event) {
        let status = DeliveryStatus::Skipped;
        env.live.tell(DeliveryChange { organization_id, delivery_id, webhook_id, status });
    }
}

/// Publishes an event of the service itself to the webhooks that name its type; nothing where there is none.
/// The same key again delivers nothing more.
pub async fn announce(env: &Env, organization: OrganizationId, event: NewEvent) -> Result<(), AppError> {
    let index = subscriptions::of(env, organization).await?;
    let named = |w: &Subscription| w.active && w.events != EventSelection::All;
    let mut takers = index.takers(&event.event_type, event.data.get());
    takers.retain(|webhook| named(webhook));
    if takers.is_empty() {
        return Ok(());
    }
    let place = room(env, organization, std::slice::from_ref(&event), std::slice::from_ref(&takers))?;
    let (row, jobs) = plan(env, organization, takers, event);
    write(env, organization, vec![row], vec![jobs], place).await.map(drop)
}

fn check(index: &Index, events: &[NewEvent], naming: Naming) -> Result<(), AppError> {
    if events.is_empty() || events.len() > MAX_BATCH {
        return Err(AppError::field("events", format!("Give 1 to {MAX_BATCH} events.")));
    }
    let mut errors = FieldErrors::default();
    for (number, event) in events.iter().enumerate() {
        let field = |name: &str| naming(number, name);
        if errors.take(&field("event_type"), parse_event_type(&event.event_type)).is_some()
            && !index.convention.takes(&event.event_type)
        {
            let message = format!("There is no event type “{}” in the catalogue.", event.event_type);
            errors.add(field("event_type"), message);
        }
        if let Some(id) = &event.id {
            errors.take(&field("id"), check_name(id));
        }
        if let Some(key) = &event.idempotency_key {
            // Of a batch: its key, a space, and the place in it.
            errors.take(&field("idempotency_key"), check_name(&key.replacen(' ', "/", 1)));
        }
    }
    errors.finish()
}

/// An id goes out in a header, and Postgres knows no NUL: printable ASCII without spaces.
fn check_name(text: &str) -> Result<(), String> {
    let good = (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if good { Ok(()) } else { Err(format!("Give 1 to {MAX_NAME} printable ASCII characters without spaces.")) }
}

/// A job, and whether its lane keeps a place for it.
type Planned = (Job, bool);

/// The rows of one event, and what is to be sent once they are committed.
fn plan(
    env: &Env,
    organization: OrganizationId,
    takers: Vec<Arc<Subscription>>,
    new: NewEvent,
) -> (NewRow, Vec<Planned>) {
    let now = env.now();
    let text: Box<str> = new.data.into();
    let data = Bytes::from(String::from(text));
    let id = env.new_id(EventId::from_bytes);
    let occurred_at = new.timestamp.unwrap_or(now);
    let event = Published::new(id, new.id.clone(), new.event_type.clone(), occurred_at, false, data.clone());
    let event = Arc::new(event);
    let mut row = NewRow {
        organization_id: organization,
        id,
        given_id: new.id,
        key: new.idempotency_key,
        event_type: new.event_type,
        occurred_at,
        created_at: now,
        is_test: false,
        data,
        deliveries: Vec::with_capacity(takers.len()),
    };
    let mut jobs = Vec::with_capacity(takers.len());
    for webhook in takers {
        let (delivery, job) = plan_delivery(env, organization, &event, &webhook);
        row.deliveries.push(delivery);
        jobs.extend(job);
    }
    (row, jobs)
}

fn plan_delivery(
    env: &Env,
    organization: OrganizationId,
    event: &Arc<Published>,
    webhook: &Subscription,
) -> (NewDelivery, Option<Planned>) {
    let max_attempts = webhook.policy.max_attempts();
    let delivery_id = env.new_id(DeliveryId::from_bytes);
    let job = webhook.active.then(|| Job {
        organization_id: organization,
        delivery_id,
        lease: env.leases.take(delivery_id),
        webhook_id: webhook.id,
        event: Source::Here(event.clone()),
        attempts_before: 0,
        max_attempts,
        trigger: Trigger::Automatic,
        triggered_by: None,
    });
    let planned = job.map(|job| {
        let has_place = env.lanes.reserve(&job);
        (job, has_place)
    });
    let delivery = NewDelivery {
        id: delivery_id,
        webhook_id: webhook.id,
        status: if webhook.active { DeliveryStatus::Pending } else { DeliveryStatus::Skipped },
        trigger: Trigger::Automatic,
        triggered_by: None,
        max_attempts,
        leased_by: planned.as_ref().and_then(|(_, has_place)| has_place.then_some(env.id)),
    };
    (delivery, planned)
}

type Answer = Result<Vec<Stored>, AppError>;

/// What happens once it is known what was written: what is new goes to its lane, places kept for the
/// rest are given back. Runs in the writer, in the order of commits, whether or not the caller still waits.
fn hand_over(
    env: &Env,
    jobs: Vec<Vec<Planned>>,
    answer: oneshot::Sender<Answer>,
) -> Box<dyn FnOnce(Result<Vec<Stored>, Unwritten>) + Send + Sync> {
    // Holds the environment only until the commit.
    let env = env.clone();
    Box::new(move |written| {
        if written.is_err() {
            // It may be on the disk all the same.
            env.leases.doubt();
        }
        let mut free = HashSet::new();
        for (number, jobs) in jobs.into_iter().enumerate() {
            let fresh = written.as_ref().ok().and_then(|stored| stored.get(number)).is_some_and(|s| s.fresh);
            for (job, has_place) in jobs {
                let status = DeliveryStatus::Pending;
                let Job { organization_id, delivery_id, webhook_id, .. } = job;
                match (fresh, has_place) {
                    (true, true) => env.lanes.push(job),
                    (true, false) => {
                        env.lanes.unplaced(&job, true);
                        free.insert((organization_id, webhook_id));
                    }
                    (false, true) => env.lanes.give_back(&job),
                    (false, false) => env.lanes.unplaced(&job, false),
                }
                if fresh {
                    env.live.tell(DeliveryChange { organization_id, delivery_id, webhook_id, status });
                }
            }
        }
        free.into_iter().for_each(|(organization, webhook)| env.news.tell(Item::Stored(organization, webhook)));
        // The caller may have left; the events are on the disk all the same.
        let _ = answer.send(written.map_err(AppError::from));
    })
}
