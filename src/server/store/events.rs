//! Writing events with their deliveries, each at most once for a key or a given id.
//!
//! Who plays which part: the primary keys of `idempotency_keys` and of `given_ids` decide, in the
//! transaction that writes, so that two processes cannot both write. Rows that several processes may
//! want are taken in sorted order, so that they cannot wait for each other in a ring.

use super::{
    group::Group,
    originals,
    statement::{Statement, Value},
};
use crate::{
    model::{
        delivery::{DeliveryStatus, Trigger},
        id::*,
        time::Time,
    },
    server::kill_point::reached,
};
use bytes::Bytes;
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

/// How long a key is remembered.
pub const KEYS_KEPT: Duration = Duration::from_secs(24 * 3_600);

/// An event to be written, unless its key or given id was there before.
#[derive(Debug, Clone)]
pub struct NewRow {
    pub organization_id: OrganizationId,
    pub id: EventId,
    pub given_id: Option<String>,
    pub key: Option<String>,
    pub event_type: String,
    pub occurred_at: Time,
    pub created_at: Time,
    pub is_test: bool,
    pub data: Bytes,
    pub deliveries: Vec<NewDelivery>,
}

/// One delivery of a new event.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    pub id: DeliveryId,
    pub webhook_id: WebhookId,
    /// Pending or skipped.
    pub status: DeliveryStatus,
    pub trigger: Trigger,
    pub triggered_by: Option<String>,
    pub max_attempts: u32,
    /// The process that will make the first attempt; none leaves it to be claimed.
    pub leased_by: Option<ProcessId>,
}

/// What stands in the database for an event that was to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub id: EventId,
    pub given_id: Option<String>,
    pub event_type: String,
    pub deliveries: u32,
    /// Whether it was written now; else it is the original of its key or id.
    pub fresh: bool,
}

impl Stored {
    pub fn of(row: &NewRow) -> Self {
        let deliveries = u32::try_from(row.deliveries.len()).unwrap_or(u32::MAX);
        Self { id: row.id, given_id: row.given_id.clone(), event_type: row.event_type.clone(), deliveries, fresh: true }
    }
}

/// Writes all events that are new; answers one [`Stored`] for each row, in order.
pub async fn insert(tx: &mut Group<'_>, rows: &[&NewRow]) -> Result<Vec<Stored>, sqlx::Error> {
    if rows.iter().all(|row| row.key.is_none() && row.given_id.is_none()) {
        insert_plainly(tx, rows)?;
        reached("events-written");
        return Ok(rows.iter().map(|row| Stored::of(row)).collect());
    }
    let repeats = repeats_within(rows);
    let candidates: Vec<&NewRow> = rows.iter().filter(|row| !repeats.contains_key(&row.id)).copied().collect();
    let (candidates, mut originals) = claim_keys(tx, candidates).await?;
    let fresh = claim_given_ids(tx, candidates, &mut originals).await?;
    insert_plainly(tx, &fresh)?;
    reached("events-written");
    let written: HashSet<EventId> = fresh.iter().map(|row| row.id).collect();
    let answer = |row: &&NewRow| {
        let first = repeats.get(&row.id).copied().unwrap_or(row);
        let stored = originals.get(&first.id).cloned().unwrap_or_else(|| Stored::of(first));
        Stored { fresh: written.contains(&row.id), ..stored }
    };
    Ok(rows.iter().map(answer).collect())
}

/// Writes them, whatever names they have.
pub fn insert_plainly(tx: &mut Group<'_>, rows: &[&NewRow]) -> Result<(), sqlx::Error> {
    tx.later(Statement::of_rows(EVENTS, rows.iter().map(event)))?;
    tx.later(Statement::of_rows(DELIVERIES, deliveries(rows)))
}

/// Rows whose key or given id another row of the same group has: the later one, with the first.
pub fn repeats_within<'a>(rows: &[&'a NewRow]) -> HashMap<EventId, &'a NewRow> {
    let (mut keys, mut ids, mut repeats) = (HashMap::new(), HashMap::new(), HashMap::new());
    for row in rows {
        let by_key = row.key.as_ref().and_then(|key| keys.get(&(row.organization_id, key)).copied());
        let by_id = row.given_id.as_ref().and_then(|id| ids.get(&(row.organization_id, id)).copied());
        if let Some(first) = by_key.or(by_id) {
            repeats.insert(row.id, first);
            continue;
        }
        row.key.as_ref().map(|key| keys.insert((row.organization_id, key), *row));
        row.given_id.as_ref().map(|id| ids.insert((row.organization_id, id), *row));
    }
    repeats
}

type Originals = HashMap<EventId, Stored>;

/// Takes the keys of the rows; answers the rows that got theirs (or have none) and the others' originals.
async fn claim_keys<'a>(
    tx: &mut Group<'_>,
    rows: Vec<&'a NewRow>,
) -> Result<(Vec<&'a NewRow>, Originals), sqlx::Error> {
    let keyed = keyed(&rows);
    if keyed.is_empty() {
        return Ok((rows, Originals::new()));
    }
    let claimed: Vec<(EventId,)> = tx.fetch(keys(&keyed)).await?;
    let claimed: HashSet<EventId> = claimed.into_iter().map(|(id,)| id).collect();
    let lost: Vec<&NewRow> = keyed.into_iter().filter(|row| !claimed.contains(&row.id)).collect();
    let originals = originals::by_key(tx, &lost).await?;
    // A key whose event is gone, or never came to be, stands for this one from now on.
    for row in lost.iter().filter(|row| !originals.contains_key(&row.id)) {
        let values = [row.id.into(), row.created_at.into(), row.organization_id.into(), (&row.key).into()];
        tx.execute(Statement::new(POINT, values)).await?;
    }
    let fresh = rows.into_iter().filter(|row| !originals.contains_key(&row.id)).collect();
    Ok((fresh, originals))
}

const POINT: &str = "update idempotency_keys set event_id = ?, created_at = ? where organization_id = ? and key = ?";

// An expired key is taken over; a live one is left, and does not come back.
const KEYS: &str = "insert into idempotency_keys (organization_id, key, event_id, created_at) {rows} \
    on conflict (organization_id, key) do update set event_id = excluded.event_id, created_at = excluded.created_at \
    where idempotency_keys.created_at < ? returning event_id";

fn key_of<'a>(row: &&'a NewRow) -> [Value<'a>; 4] {
    [row.organization_id.into(), (&row.key).into(), row.id.into(), row.created_at.into()]
}

/// Claims the keys of these rows, of which there is one at least; the ids of those that get theirs come back.
pub fn keys<'a>(keyed: &[&'a NewRow]) -> Statement<'a> {
    let now = keyed.iter().map(|row| row.created_at).max().unwrap_or(Time(0));
    Statement::of_rows(KEYS, keyed.iter().map(key_of)).with(now.minus(KEYS_KEPT))
}

/// Rows with a key, in the order in which they are claimed.
pub fn keyed<'a>(rows: &[&'a NewRow]) -> Vec<&'a NewRow> {
    let mut keyed: Vec<&NewRow> = rows.iter().filter(|row| row.key.is_some()).copied().collect();
    keyed.sort_unstable_by_key(|row| (row.organization_id, row.key.as_deref()));
    keyed
}

/// Rows with an id of the platform's, in the order in which they are claimed.
pub fn with_given_id<'a>(rows: &[&'a NewRow]) -> Vec<&'a NewRow> {
    let mut named: Vec<&NewRow> = rows.iter().filter(|row| row.given_id.is_some()).copied().collect();
    named.sort_unstable_by_key(|row| (row.organization_id, row.given_id.as_deref()));
    named
}

const GIVEN_IDS: &str = "insert into given_ids (organization_id, given_id, event_id) {rows} \
    on conflict (organization_id, given_id) do nothing returning event_id";

const ORPHANS: &str = "delete from given_ids where (organization_id, given_id) in ({rows}) and not exists \
    (select 1 from events e where e.organization_id = given_ids.organization_id and e.id = given_ids.event_id)";

fn given_id_of<'a>(row: &&'a NewRow) -> [Value<'a>; 3] {
    [row.organization_id.into(), (&row.given_id).into(), row.id.into()]
}

/// Takes the given ids of the rows; those whose id is taken go to `originals`. Answers what is new.
async fn claim_given_ids<'a>(
    tx: &mut Group<'_>,
    rows: Vec<&'a NewRow>,
    originals: &mut Originals,
) -> Result<Vec<&'a NewRow>, sqlx::Error> {
    let mut named = with_given_id(&rows);
    let mut taken = Originals::new();
    while !named.is_empty() {
        let insert = Statement::of_rows(GIVEN_IDS, named.iter().map(given_id_of));
        let written: HashSet<EventId> = tx.fetch::<(EventId,)>(insert).await?.into_iter().map(|(id,)| id).collect();
        named.retain(|row| !written.contains(&row.id));
        let found = originals::by_given_id(tx, &named).await?;
        originals::point_keys_at(tx, &named, &found).await?;
        // What is left was taken and has been removed in between, with its event: it can be had now. Where an event was
        // removed without its id, as by hand, that goes too, or this would never end.
        named.retain(|row| !found.contains_key(&row.id));
        let left = named.iter().map(|row| [row.organization_id.into(), (&row.given_id).into()]);
        tx.later(Statement::of_rows(ORPHANS, left))?;
        taken.extend(found);
    }
    let fresh = rows.into_iter().filter(|row| !taken.contains_key(&row.id)).collect();
    originals.extend(taken);
    Ok(fresh)
}

const EVENTS: &str = "insert into events (organization_id, id, given_id, event_type, occurred_at, created_at, \
    delivery_count, is_test, data) {rows}";

pub fn event<'a>(row: &&'a NewRow) -> [Value<'a>; 9] {
    [
        row.organization_id.into(),
        row.id.into(),
        (&row.given_id).into(),
        (&row.event_type).into(),
        row.occurred_at.into(),
        row.created_at.into(),
        (row.deliveries.len() as i32).into(),
        row.is_test.into(),
        row.data[..].into(),
    ]
}

const DELIVERIES: &str = "insert into deliveries (organization_id, id, event_id, webhook_id, event_type, status, is_test, \
    attempt_count, max_attempts, next_trigger, triggered_by, created_at, next_attempt_at, leased_by, completed_at) {rows}";

pub fn deliveries<'a>(rows: &[&'a NewRow]) -> impl Iterator<Item = [Value<'a>; 15]> {
    rows.iter().flat_map(|row| row.deliveries.iter().map(|delivery| to_insert(row, delivery)))
}

fn to_insert<'a>(row: &'a NewRow, delivery: &'a NewDelivery) -> [Value<'a>; 15] {
    let pending = delivery.status == DeliveryStatus::Pending;
    [
        row.organization_id.into(),
        delivery.id.into(),
        row.id.into(),
        delivery.webhook_id.into(),
        (&row.event_type).into(),
        delivery.status.into(),
        row.is_test.into(),
        0.into(),
        (delivery.max_attempts as i32).into(),
        delivery.trigger.into(),
        (&delivery.triggered_by).into(),
        row.created_at.into(),
        pending.then_some(row.created_at).into(),
        delivery.leased_by.into(),
        (!pending).then_some(row.created_at).into(),
    ]
}
