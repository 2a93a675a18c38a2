//! On Postgres, events with keys or given ids in one statement, which commits by itself: each claims its key and its
//! id, and only what has got them is written. One wait for the database, not four. What has got none is for
//! [`super::events`] to look up; of a hundred calls that is perhaps one.

use super::{
    db::said,
    events::{self, NewRow, Stored},
    group::Desk,
    statement::{Statement, Value},
};
use crate::{model::id::EventId, server::kill_point::reached};
use std::collections::{HashMap, HashSet};

/// Writes them; answers one for each row, in order: none of those of which it could not be learned in the end what stands
/// for them, while others are written. Where it errors nothing is written.
pub async fn write(desk: &mut Desk, rows: &[&NewRow]) -> Result<Vec<Option<Stored>>, sqlx::Error> {
    let repeats = events::repeats_within(rows);
    let mut left: Vec<&NewRow> = rows.iter().filter(|row| !repeats.contains_key(&row.id)).copied().collect();
    let written = claim(desk, &left).await?;
    reached("events-committed");
    left.retain(|row| !written.contains(&row.id));
    let found = match look_up(desk, &left).await {
        Err(error) if written.is_empty() => return Err(error),
        Err(error) => {
            tracing::warn!(error = said(&error), events = left.len(), "what stands for these could not be looked up");
            HashMap::new()
        }
        Ok(stored) => left.iter().map(|row| row.id).zip(stored).collect(),
    };
    let answer = |row: &&NewRow| {
        let first = repeats.get(&row.id).unwrap_or(row);
        let stored = match written.contains(&first.id) {
            true => Stored::of(first),
            false => found.get(&first.id)?.clone(),
        };
        Some(Stored { fresh: stored.fresh && first.id == row.id, ..stored })
    };
    Ok(rows.iter().map(answer).collect())
}

/// As where a statement costs no waiting: what has lost its key or id to another, and what has not after all.
async fn look_up(desk: &mut Desk, rows: &[&NewRow]) -> Result<Vec<Stored>, sqlx::Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = desk.begin().await?;
    let stored = events::insert(&mut tx, rows).await?;
    tx.commit().await?;
    Ok(stored)
}

/// Writes those that get what they claim, and all without a name; answers which were written.
async fn claim(desk: &mut Desk, rows: &[&NewRow]) -> Result<HashSet<EventId>, sqlx::Error> {
    let (named, unnamed): (Vec<&NewRow>, Vec<&NewRow>) =
        rows.iter().partition(|row| row.key.is_some() || row.given_id.is_some());
    let mut tx = desk.begin().await?;
    events::insert_plainly(&mut tx, &unnamed)?;
    let keyed = events::keyed(&named);
    let with_id = events::with_given_id(&named);
    let keys = match keyed.is_empty() {
        true => Statement::new(NONE, []),
        false => events::keys(&keyed),
    };
    let ids = match with_id.is_empty() {
        true => Statement::new(NONE, []),
        false => Statement::of_rows(IDS, with_id.iter().map(id_of)),
    };
    let statements = [
        ("claimed", keys),
        ("named", ids),
        ("written", Statement::of_rows(EVENTS, named.iter().map(events::event))),
        ("sent", Statement::of_rows(DELIVERIES, events::deliveries(&named))),
    ];
    reached("events-written");
    let written: Vec<(EventId,)> = tx.fetch_last_of("written", statements).await?;
    tx.commit().await?;
    Ok(written.into_iter().map(|(id,)| id).chain(unnamed.iter().map(|row| row.id)).collect())
}

const NONE: &str = "select null::uuid as event_id where false";

// That keys are counted has them claimed first, as everywhere: two processes cannot wait for each other in a ring.
const IDS: &str = "insert into given_ids (organization_id, given_id, event_id) select organization_id, given_id, event_id \
    from ({rows}) r (organization_id, given_id, event_id, has_key) where (select count(*) from claimed) >= 0 \
    and (not has_key or event_id in (select event_id from claimed)) \
    on conflict (organization_id, given_id) do nothing returning event_id";

fn id_of<'a>(row: &&'a NewRow) -> [Value<'a>; 4] {
    [row.organization_id.into(), (&row.given_id).into(), row.id.into(), row.key.is_some().into()]
}

const EVENTS: &str = "insert into events (organization_id, id, given_id, event_type, occurred_at, created_at, \
    delivery_count, is_test, data) select * from ({rows}) r (organization_id, id, given_id, event_type, occurred_at, \
    created_at, delivery_count, is_test, data) where id in (select event_id from named) \
    or given_id is null and id in (select event_id from claimed) returning id";

const DELIVERIES: &str = "insert into deliveries (organization_id, id, event_id, webhook_id, event_type, status, is_test, \
    attempt_count, max_attempts, next_trigger, triggered_by, created_at, next_attempt_at, leased_by, completed_at) \
    select * from ({rows}) r (organization_id, id, event_id, webhook_id, event_type, status, is_test, attempt_count, \
    max_attempts, next_trigger, triggered_by, created_at, next_attempt_at, leased_by, completed_at) \
    where event_id in (select id from written)";
