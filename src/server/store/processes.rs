//! Who is running. On Postgres each process renews its row; what a process holds that has stopped is
//! taken over by the others.

use super::db::Db;
use crate::model::{id::ProcessId, time::Time};

const BEAT: &str = "insert into processes (id, role, started_at, seen_at) values ($1, $2, $3, $3) \
    on conflict (id) do update set seen_at = excluded.seen_at";

/// Says that this process is there.
pub async fn beat(db: &Db, id: ProcessId, role: &str, now: Time) -> Result<(), sqlx::Error> {
    on_db!(db, write pool => sqlx::query(BEAT).bind(id).bind(role).bind(now).execute(pool).await.map(drop))
}

/// Whether others were seen since.
pub async fn has_others(db: &Db, own: ProcessId, since: Time) -> Result<bool, sqlx::Error> {
    let statement = "select exists (select 1 from processes where id <> $1 and seen_at >= $2)";
    on_db!(db, read pool => sqlx::query_scalar(statement).bind(own).bind(since).fetch_one(pool).await)
}

/// This process has ended in order.
pub async fn leave(db: &Db, id: ProcessId) -> Result<(), sqlx::Error> {
    let statement = "delete from processes where id = $1";
    on_db!(db, write pool => sqlx::query(statement).bind(id).execute(pool).await.map(drop))
}

const HAS_GONE: &str = "select exists (select 1 from processes where seen_at < $1)";
const TAKE_OVER: &str = "update deliveries set leased_by = null where status = 0 and leased_by is not null \
    and not exists (select 1 from processes p where p.id = deliveries.leased_by and p.seen_at >= $1)";
const FORGET: &str = "delete from processes where seen_at < $1";

/// Whether a process has not been seen since.
pub async fn has_gone(db: &Db, not_since: Time) -> Result<bool, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_scalar(HAS_GONE).bind(not_since).fetch_one(pool).await)
}

/// Voids the leases of processes that were not seen since; answers how many deliveries came free. Reads
/// everything that waits.
pub async fn take_over_from_any_organization(db: &Db, not_since: Time) -> Result<u64, sqlx::Error> {
    on_db!(db, write pool => {
        let freed = sqlx::query(TAKE_OVER).bind(not_since).execute(pool).await?.rows_affected();
        sqlx::query(FORGET).bind(not_since).execute(pool).await?;
        Ok(freed)
    })
}
