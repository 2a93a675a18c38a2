//! A person's own sessions: seeing them and ending them.

use super::{audit, people::User};
use crate::{
    model::{
        error::AppError,
        id::UserId,
        open_session::{OpenSession, browser_in_words},
    },
    server::{access::sessions::IDLE, env::Env, store},
};

/// The person's sessions, latest first; `this` is the hash of the one that asks.
pub async fn list(env: &Env, person: UserId, this: &[u8]) -> Result<Vec<OpenSession>, AppError> {
    let now = env.now();
    let rows = store::sessions::of_person(&env.db, person, now, now.minus(IDLE)).await?;
    let shown = rows.into_iter().map(|row| OpenSession {
        id: hex::encode(&row.id_hash),
        browser: browser_in_words(row.user_agent.as_deref().unwrap_or_default()),
        signed_in_at: row.created_at,
        last_seen_at: row.last_seen_at,
        is_this: row.id_hash == this,
    });
    Ok(shown.collect())
}

/// Ends one of the person's own sessions; another's is not found and nothing happens.
pub async fn end(env: &Env, person: &User, id: &str, source: Option<&str>) -> Result<(), AppError> {
    let hash = hex::decode(id).map_err(|_| AppError::NotFound)?;
    store::sessions::end_of_person(&env.db, person.id, &hash).await?;
    audit::note(env, person, source, "account.session_ended").await
}

/// Signs the person out everywhere.
pub async fn end_all(env: &Env, person: &User, source: Option<&str>) -> Result<(), AppError> {
    store::sessions::end_all_of_person(&env.db, person.id).await?;
    audit::note(env, person, source, "account.signed_out_everywhere").await
}

/// Removes what has run out: sessions and links for a new password. Called now and then by `serve`.
pub async fn sweep_for_everybody(env: &Env) -> Result<(), AppError> {
    let now = env.now();
    store::sessions::sweep_expired_of_everybody(&env.db, now, now.minus(IDLE)).await?;
    Ok(store::password_resets::sweep_expired_of_everybody(&env.db, now).await?)
}
