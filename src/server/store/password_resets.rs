//! Links that set a new password: single use, one hour, kept as hashes.

use super::db::Db;
use crate::model::{id::UserId, time::Time};

/// Keeps a link's hash.
pub async fn add(db: &Db, user: UserId, token_hash: &[u8; 32], now: Time, until: Time) -> Result<(), sqlx::Error> {
    const SQL: &str =
        "insert into password_resets (token_hash, user_id, created_at, expires_at) values ($1, $2, $3, $4)";
    on_db!(db, write pool => sqlx::query(SQL)
        .bind(token_hash.as_slice()).bind(user).bind(now).bind(until).execute(pool).await.map(drop))
}

/// Whose link this is, while it works.
pub async fn user_of(db: &Db, token_hash: &[u8; 32], now: Time) -> Result<Option<UserId>, sqlx::Error> {
    const SQL: &str = "select user_id from password_resets where token_hash = $1 and expires_at > $2";
    on_db!(db, read pool => sqlx::query_scalar(SQL).bind(token_hash.as_slice()).bind(now).fetch_optional(pool).await)
}

/// Uses the link up: sets the password, ends the person's sessions and drops their other links.
pub async fn spend(db: &Db, token_hash: &[u8; 32], password_hash: &str, now: Time) -> Result<bool, sqlx::Error> {
    const USE: &str = "delete from password_resets where token_hash = $1 and expires_at > $2 returning user_id";
    on_db!(db, transaction tx => {
        let user: Option<UserId> =
            sqlx::query_scalar(USE).bind(token_hash.as_slice()).bind(now).fetch_optional(&mut *tx).await?;
        let Some(user) = user else { return Ok(false) };
        sqlx::query("update users set password_hash = $2 where id = $1").bind(user).bind(password_hash).execute(&mut *tx).await?;
        sqlx::query("delete from sessions where user_id = $1").bind(user).execute(&mut *tx).await?;
        sqlx::query("delete from password_resets where user_id = $1").bind(user).execute(&mut *tx).await?;
        Ok::<_, sqlx::Error>(true)
    })
}

/// Removes links that no longer work.
pub async fn sweep_expired_of_everybody(db: &Db, now: Time) -> Result<(), sqlx::Error> {
    const SQL: &str = "delete from password_resets where expires_at <= $1";
    on_db!(db, write pool => sqlx::query(SQL).bind(now).execute(pool).await.map(drop))
}
