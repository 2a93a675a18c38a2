//! One transaction with all parts of a group.

use super::{
    super::{events, events_at_once, group::Desk, record, retention, switch_off as off},
    Kept, NewRow, Off, Record, Removal, Stored, Submission,
};
use crate::server::kill_point::reached;

/// What came of a group, in the order of its parts.
#[derive(Default)]
pub struct Committed {
    /// For each event; none where it is not known what stands for it, though others are written.
    pub stored: Vec<Option<Stored>>,
    pub counted: Vec<bool>,
    pub removed: Vec<u64>,
}

fn all_of(records: &[Kept]) -> Vec<&Record> {
    records.iter().map(|kept| &kept.recording.record).collect()
}

/// Writes all of it, or nothing; but that on Postgres events with a key or id that is taken are looked up afterwards. Records that come while the events are written are fetched by `late` and go with them.
pub async fn all(
    desk: &mut Desk,
    calls: &[Submission],
    records: &mut Vec<Kept>,
    removals: &[Removal],
    late: impl FnOnce(&mut Vec<Kept>),
) -> Result<Committed, sqlx::Error> {
    let mut done = Committed::default();
    if calls.is_empty() && removals.is_empty() && record::write_at_once(desk, &all_of(records)).await? {
        reached("records-committed");
        done.counted = vec![true; records.len()];
        return Ok(done);
    }
    let rows: Vec<&NewRow> = calls.iter().flat_map(|call| &call.rows).collect();
    let is_named = |row: &&NewRow| row.key.is_some() || row.given_id.is_some();
    if !desk.is_sqlite() && records.is_empty() && removals.is_empty() && rows.iter().any(is_named) {
        done.stored = events_at_once::write(desk, &rows).await?;
        return Ok(done);
    }
    let mut tx = desk.begin().await?;
    if !rows.is_empty() {
        done.stored = events::insert(&mut tx, &rows).await?.into_iter().map(Some).collect();
        late(records);
    }
    if !records.is_empty() {
        done.counted = record::write(&mut tx, &all_of(records)).await?;
        reached("records-written");
    }
    for removal in removals {
        done.removed.push(retention::remove(&mut tx, &removal.old).await?);
    }
    tx.commit().await?;
    reached(if rows.is_empty() { "records-committed" } else { "events-committed" });
    Ok(done)
}

/// Switches a webhook off by itself.
pub async fn switch_off(desk: &mut Desk, off: &Off) -> Result<(), sqlx::Error> {
    let mut tx = desk.begin().await?;
    off::apply(&mut tx, off.organization, off.webhook, off.at, &off.order).await?;
    tx.commit().await
}
