//! Who is running. On Postgres each process renews its row; what a process holds that has stopped is
//! taken over by the others.

use super::db::Db;
use crate::model::{id::ProcessId, time::Time};

const BEAT: &str = "insert into processes (id, role, started_at, seen_at) values ($1, $2, $3, $3) \
    on conflict (id) do update set seen_at = excluded.seen_at";
// The dialect piece: SQLite has no other process to hear.
const BEAT_HEARD: &str = "insert into processes (id, role, started_at, seen_at, heard_at) \
    values ($1, $2, $3, $3, cast(extract(epoch from clock_timestamp()) as bigint)) \
    on conflict (id) do update set seen_at = excluded.seen_at, heard_at = excluded.heard_at";

/// Says that this process is there.
pub async fn beat(db: &Db, id: ProcessId, role: &str, now: Time) -> Result<(), sqlx::Error> {
    let statement = if db.is_sqlite() { BEAT } else { BEAT_HEARD };
    on_db!(db, write pool => sqlx::query(statement).bind(id).bind(role).bind(now).execute(pool).await.map(drop))
}

/// Whether there are others, or were until their leases were taken over.
pub async fn has_others(db: &Db, own: ProcessId) -> Result<bool, sqlx::Error> {
    let statement = "select exists (select 1 from processes where id <> $1)";
    on_db!(db, read pool => sqlx::query_scalar(statement).bind(own).fetch_one(pool).await)
}

/// Another process, and when it last said that it is there, by its own clock.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Other {
    pub id: ProcessId,
    pub seen_at: Time,
    /// Whether it delivers.
    pub is_worker: bool,
}

/// The others.
pub async fn others(db: &Db, own: ProcessId) -> Result<Vec<Other>, sqlx::Error> {
    let statement = "select id, seen_at, role = 'worker' as is_worker from processes where id <> $1";
    on_db!(db, read pool => sqlx::query_as(statement).bind(own).fetch_all(pool).await)
}

/// This process has ended in order.
pub async fn leave(db: &Db, id: ProcessId) -> Result<(), sqlx::Error> {
    let statement = "delete from processes where id = $1";
    on_db!(db, write pool => sqlx::query(statement).bind(id).execute(pool).await.map(drop))
}

/// Forgets whoever the database, by its own clock, has not heard of for so many seconds. For Postgres; not where that has
/// started a moment ago and nobody could be heard, nor what a program wrote that did not say this yet.
pub async fn forget_unheard(db: &Db, seconds: u64) -> Result<(), sqlx::Error> {
    let Db::Postgres(pool) = db else { return Ok(()) };
    let statement = "delete from processes where heard_at > 0 \
        and heard_at < cast(extract(epoch from clock_timestamp()) as bigint) - $1 \
        and pg_postmaster_start_time() < clock_timestamp() - interval '1 minute'";
    sqlx::query(statement).bind(i64::try_from(seconds).unwrap_or(i64::MAX)).execute(pool).await.map(drop)
}

/// For SQLite, where a process that starts is the only one.
pub async fn forget_others(db: &Db, own: ProcessId) -> Result<(), sqlx::Error> {
    let statement = "delete from processes where id <> $1";
    on_db!(db, write pool => sqlx::query(statement).bind(own).execute(pool).await.map(drop))
}

const FORGET: &str = "delete from processes where id = $1 and seen_at = $2";
const TAKE_OVER: &str = "update deliveries set leased_by = null, interrupted_at = $1 \
    where status = 0 and leased_by is not null and not exists (select 1 from processes p where p.id = deliveries.leased_by)";

/// Forgets processes that have said nothing since, and voids the leases of all that are not known; answers how many
/// deliveries came free. Reads everything that waits.
pub async fn take_over_from_any_organization(
    db: &Db,
    gone: &[(ProcessId, Time)],
    now: Time,
) -> Result<u64, sqlx::Error> {
    on_db!(db, transaction tx => {
        for (id, said_at) in gone {
            sqlx::query(FORGET).bind(id).bind(said_at).execute(&mut *tx).await?;
        }
        sqlx::query(TAKE_OVER).bind(now).execute(&mut *tx).await.map(|done| done.rows_affected())
    })
}
