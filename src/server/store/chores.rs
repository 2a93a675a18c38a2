//! What one process at a time does now and then.

use super::db::Db;
use crate::model::{id::ProcessId, time::Time};
use std::time::Duration;

const TAKE: &str = "insert into chores (name, held_by, held_at, done_at) values ($1, $2, $3, $4) \
    on conflict (name) do update set held_by = excluded.held_by, held_at = excluded.held_at \
    where chores.done_at <= $5 and (chores.held_by = excluded.held_by or chores.held_at <= $6 \
        or not exists (select 1 from processes p where p.id = chores.held_by)) returning done_at";

/// Whoever is running and has not said for so long that it is still at something is at it no more. Clocks of several
/// machines are never so far apart.
pub const SILENT_FOR: Duration = Duration::from_secs(10 * 60);

/// When a chore is due, and who is no longer at it.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    /// What counts as done where it never was.
    pub at_first: Time,
    /// It was last done at this time, or before.
    pub done_by: Time,
    /// Whoever has not said since this time that it is at it is at it no more; nor is a process that has ended.
    pub silent_since: Time,
}

/// Takes a chore that is due and that nobody else is at; answers when it was last done, none where it is not this
/// process's. The holder asks again to say that it is still at it.
pub async fn take(db: &Db, name: &str, holder: ProcessId, now: Time, due: Due) -> Result<Option<Time>, sqlx::Error> {
    on_db!(db, write pool => sqlx::query_scalar(TAKE).bind(name).bind(holder).bind(now).bind(due.at_first)
        .bind(due.done_by).bind(due.silent_since).fetch_optional(pool).await)
}

/// How far a chore was done, in the transaction that does it; its holder goes on.
pub const DONE_TO: &str = "update chores set done_at = $2 where name = $1";

/// The chore is done for now.
pub async fn done(db: &Db, name: &str, holder: ProcessId, now: Time) -> Result<(), sqlx::Error> {
    let statement = "update chores set done_at = $3, held_at = 0 where name = $1 and held_by = $2";
    on_db!(db, write pool => sqlx::query(statement).bind(name).bind(holder).bind(now).execute(pool).await.map(drop))
}
