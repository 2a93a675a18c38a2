//! Finding the event that a key or a given id stood for before.

use super::{
    batch::batches,
    events::{NewRow, Stored},
    transaction::Transaction,
};
use crate::model::id::*;
use sqlx::QueryBuilder;
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
    where (k.organization_id, k.key) in (";
const BY_GIVEN_ID: &str = "select e.organization_id, e.given_id as name, e.id, e.given_id, e.event_type, \
    e.delivery_count from events e where (e.organization_id, e.given_id) in (";

/// For each row, by its own id, the event that its key stands for.
pub async fn by_key(tx: &mut Transaction, rows: &[&NewRow]) -> Result<HashMap<EventId, Stored>, sqlx::Error> {
    find(tx, BY_KEY, rows, |row| row.key.as_deref().unwrap_or_default()).await
}

/// For each row, by its own id, the event that has its given id.
pub async fn by_given_id(tx: &mut Transaction, rows: &[&NewRow]) -> Result<HashMap<EventId, Stored>, sqlx::Error> {
    find(tx, BY_GIVEN_ID, rows, |row| row.given_id.as_deref().unwrap_or_default()).await
}

async fn find(
    tx: &mut Transaction,
    select: &'static str,
    rows: &[&NewRow],
    name: impl Fn(&NewRow) -> &str,
) -> Result<HashMap<EventId, Stored>, sqlx::Error> {
    let mut found = HashMap::new();
    for batch in batches(rows) {
        let answers: Vec<Found> = on_transaction!(&mut *tx, connection => {
            let mut query = QueryBuilder::new(select);
            // SQLite takes a list of row values only as VALUES; Postgres takes either.
            query.push_values(batch, |mut v, row| {
                v.push_bind(row.organization_id).push_bind(name(row));
            });
            query.push(")").build_query_as().fetch_all(connection).await?
        });
        let by_name: HashMap<(OrganizationId, &str), &Found> =
            answers.iter().map(|f| ((f.organization_id, f.name.as_str()), f)).collect();
        for row in batch {
            found.extend(by_name.get(&(row.organization_id, name(row))).map(|f| (row.id, stored(f))));
        }
    }
    Ok(found)
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
    tx: &mut Transaction,
    rows: &[&NewRow],
    originals: &HashMap<EventId, Stored>,
) -> Result<(), sqlx::Error> {
    let statement = "update idempotency_keys set event_id = $3 where organization_id = $1 and key = $2";
    for row in rows {
        if let (Some(key), Some(original)) = (&row.key, originals.get(&row.id)) {
            on_transaction!(&mut *tx, connection => sqlx::query(statement)
                .bind(row.organization_id).bind(key).bind(original.id).execute(connection).await.map(drop))?;
        }
    }
    Ok(())
}
