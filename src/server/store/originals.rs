//! Finding the event that a key or a given id stood for before.

use super::{
    events::{NewRow, Stored},
    group::{Answer, Group},
    statement::Statement,
};
use crate::model::id::*;
use std::collections::HashMap;

#[derive(sqlx::FromRow)]
struct Found {
    organization_id: OrganizationId,
    /// The key or given id that was asked for.
    name: String,
    id: EventId,
    given_id: Option<String>,
    event_type: String,
    delivery_count: i32,
}

const BY_KEY: &str = "select k.organization_id, k.key as name, e.id, e.given_id, e.event_type, e.delivery_count \
    from idempotency_keys k join events e on e.organization_id = k.organization_id and e.id = k.event_id \
    where (k.organization_id, k.key) in ({rows})";
const BY_GIVEN_ID: &str = "select g.organization_id, g.given_id as name, e.id, e.given_id, e.event_type, \
    e.delivery_count from given_ids g join events e on e.organization_id = g.organization_id and e.id = g.event_id \
    where (g.organization_id, g.given_id) in ({rows})";

/// For each row, by its own id, the event that its key stands for.
pub async fn by_key(tx: &mut Group<'_>, rows: &[&NewRow]) -> Result<HashMap<EventId, Stored>, sqlx::Error> {
    find(tx, BY_KEY, rows, |row| row.key.as_deref().unwrap_or_default()).await
}

/// For each row, by its own id, the event that has its given id.
pub async fn by_given_id(tx: &mut Group<'_>, rows: &[&NewRow]) -> Result<HashMap<EventId, Stored>, sqlx::Error> {
    find(tx, BY_GIVEN_ID, rows, |row| row.given_id.as_deref().unwrap_or_default()).await
}

async fn find(
    tx: &mut Group<'_>,
    select: &'static str,
    rows: &[&NewRow],
    name: impl Fn(&NewRow) -> &str,
) -> Result<HashMap<EventId, Stored>, sqlx::Error> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    tx.plan_afresh().await?;
    let asked = rows.iter().map(|row| [row.organization_id.into(), name(row).into()]);
    let answers: Vec<Found> = tx.fetch(Statement::of_rows(select, asked)).await?;
    let by_name: HashMap<(OrganizationId, &str), &Found> =
        answers.iter().map(|f| ((f.organization_id, f.name.as_str()), f)).collect();
    let found = |row: &&NewRow| Some((row.id, stored(by_name.get(&(row.organization_id, name(row)))?)));
    Ok(rows.iter().filter_map(found).collect())
}

impl Answer for Found {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            organization_id: row.get(0)?,
            name: row.get(1)?,
            id: row.get(2)?,
            given_id: row.get(3)?,
            event_type: row.get(4)?,
            delivery_count: row.get(5)?,
        })
    }
}

fn stored(found: &Found) -> Stored {
    Stored {
        id: found.id,
        given_id: found.given_id.clone(),
        event_type: found.event_type.clone(),
        deliveries: u32::try_from(found.delivery_count).unwrap_or(0),
        fresh: false,
    }
}

/// A new key with an id that was there before stands for that event from now on.
pub async fn point_keys_at(
    tx: &mut Group<'_>,
    rows: &[&NewRow],
    originals: &HashMap<EventId, Stored>,
) -> Result<(), sqlx::Error> {
    let statement = "update idempotency_keys set event_id = ? where organization_id = ? and key = ?";
    for row in rows {
        if let (Some(key), Some(original)) = (&row.key, originals.get(&row.id)) {
            let values = [original.id.into(), row.organization_id.into(), key.into()];
            tx.execute(Statement::new(statement, values)).await?;
        }
    }
    Ok(())
}
