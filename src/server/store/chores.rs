//! What one process at a time does now and then.

use super::db::Db;
use crate::model::{id::ProcessId, time::Time};

const TAKE: &str = "insert into chores (name, held_by, held_at, done_at) values ($1, $2, $3, 0) \
    on conflict (name) do update set held_by = excluded.held_by, held_at = excluded.held_at \
    where chores.done_at <= $4 and (chores.held_by = excluded.held_by or chores.held_at < $5)";

/// Takes a chore that was last done by `done_by`, and that nobody is at who was seen since `gone_before`;
/// answers whether it is this process's now. The holder asks again to say that it is still at it.
pub async fn take(
    db: &Db,
    name: &str,
    holder: ProcessId,
    now: Time,
    done_by: Time,
    gone_before: Time,
) -> Result<bool, sqlx::Error> {
    on_db!(db, write pool => sqlx::query(TAKE).bind(name).bind(holder).bind(now).bind(done_by).bind(gone_before)
        .execute(pool).await.map(|done| done.rows_affected() > 0))
}

/// The chore is done for now.
pub async fn done(db: &Db, name: &str, holder: ProcessId, now: Time) -> Result<(), sqlx::Error> {
    let statement = "update chores set done_at = $3, held_at = 0 where name = $1 and held_by = $2";
    on_db!(db, write pool => sqlx::query(statement).bind(name).bind(holder).bind(now).execute(pool).await.map(drop))
}
