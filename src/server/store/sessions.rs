//! Sessions of browsers, by the hash of what the cookie carries. They belong to a person, not to an
//! organization.

use super::db::Db;
use crate::model::{id::UserId, time::Time};

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionRow {
    pub id_hash: Vec<u8>,
    pub user_id: Option<UserId>,
    /// JSON object.
    pub data: String,
    pub user_agent: Option<String>,
    pub created_at: Time,
    pub last_seen_at: Time,
    /// However busy it is.
    pub expires_at: Time,
}

/// Adds a session; false where the id is taken.
pub async fn add(db: &Db, row: &SessionRow) -> Result<bool, sqlx::Error> {
    const SQL: &str = "insert into sessions (id_hash, user_id, data, user_agent, created_at, last_seen_at, expires_at) \
                       values ($1, $2, $3, $4, $5, $6, $7) on conflict (id_hash) do nothing";
    let done = on_db!(db, write pool => sqlx::query(SQL)
        .bind(&row.id_hash).bind(row.user_id).bind(&row.data).bind(&row.user_agent)
        .bind(row.created_at).bind(row.last_seen_at).bind(row.expires_at)
        .execute(pool).await.map(|done| done.rows_affected()))?;
    Ok(done == 1)
}

/// Changes what a session carries; one that was ended meanwhile stays ended.
pub async fn save(db: &Db, id_hash: &[u8], user: Option<UserId>, data: &str, at: Time) -> Result<(), sqlx::Error> {
    const SQL: &str = "update sessions set user_id = $2, data = $3, last_seen_at = $4 where id_hash = $1";
    on_db!(db, write pool => sqlx::query(SQL).bind(id_hash).bind(user).bind(data).bind(at).execute(pool).await.map(drop))
}

/// The session with this hash.
pub async fn find(db: &Db, id_hash: &[u8]) -> Result<Option<SessionRow>, sqlx::Error> {
    const SQL: &str = "select id_hash, user_id, data, user_agent, created_at, last_seen_at, expires_at \
                       from sessions where id_hash = $1";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(id_hash).fetch_optional(pool).await)
}

/// Notes that the session is in use.
pub async fn touch(db: &Db, id_hash: &[u8], at: Time) -> Result<(), sqlx::Error> {
    const SQL: &str = "update sessions set last_seen_at = $2 where id_hash = $1";
    on_db!(db, write pool => sqlx::query(SQL).bind(id_hash).bind(at).execute(pool).await.map(drop))
}

/// Ends one session.
pub async fn end(db: &Db, id_hash: &[u8]) -> Result<(), sqlx::Error> {
    const SQL: &str = "delete from sessions where id_hash = $1";
    on_db!(db, write pool => sqlx::query(SQL).bind(id_hash).execute(pool).await.map(drop))
}

/// A person's sessions that were in use after `since`, latest first.
pub async fn of_person(db: &Db, user: UserId, now: Time, since: Time) -> Result<Vec<SessionRow>, sqlx::Error> {
    const SQL: &str = "select id_hash, user_id, data, user_agent, created_at, last_seen_at, expires_at from sessions \
                       where user_id = $1 and expires_at > $2 and last_seen_at > $3 order by last_seen_at desc";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(user).bind(now).bind(since).fetch_all(pool).await)
}

/// Ends one of a person's own sessions.
pub async fn end_of_person(db: &Db, user: UserId, id_hash: &[u8]) -> Result<(), sqlx::Error> {
    const SQL: &str = "delete from sessions where user_id = $1 and id_hash = $2";
    on_db!(db, write pool => sqlx::query(SQL).bind(user).bind(id_hash).execute(pool).await.map(drop))
}

/// Ends all of a person's sessions.
pub async fn end_all_of_person(db: &Db, user: UserId) -> Result<(), sqlx::Error> {
    const SQL: &str = "delete from sessions where user_id = $1";
    on_db!(db, write pool => sqlx::query(SQL).bind(user).execute(pool).await.map(drop))
}

/// Removes what nobody can use any more.
pub async fn sweep_expired_of_everybody(db: &Db, now: Time, idle_since: Time) -> Result<(), sqlx::Error> {
    const SQL: &str = "delete from sessions where expires_at <= $1 or last_seen_at <= $2";
    on_db!(db, write pool => sqlx::query(SQL).bind(now).bind(idle_since).execute(pool).await.map(drop))
}
