//! From an API key to an [`Identity`].

use super::Identity;
use crate::{
    model::{error::AppError, time::Time},
    server::{env::Env, key_cache::Checked, key_text, store},
};
use std::sync::Arc;

/// Who a bearer token speaks for. A key is remembered for a few seconds (see `key_cache`); “last used”
/// is written at most once a minute, beside the request.
///
/// # Errors
/// `NotSignedIn` for what is no key, or an unknown, expired or revoked one.
pub async fn by_key(env: &Env, bearer: &str) -> Result<Identity, AppError> {
    if !key_text::is_well_formed(bearer) {
        return Err(AppError::NotSignedIn);
    }
    let (hash, now) = (key_text::hash(bearer), env.now());
    // A database that cannot be reached would keep callers waiting; without it a key opens nothing, revoked or not.
    let checked = match env.gate.keys.get(&hash, now, !env.writer.is_unreachable()) {
        Some(checked) => checked,
        None => read_key(env, hash, now).await?,
    };
    if checked.should_touch(now) {
        let (env, id, organization) = (env.clone(), checked.id, checked.identity.organization.id);
        tokio::spawn(async move {
            if let Err(error) = store::api_keys::touch(&env.db, organization, id, now).await {
                tracing::warn!(error = store::db::said(&error), "could not note when an API key was last used");
            }
        });
    }
    Ok(checked.identity.clone())
}

async fn read_key(env: &Env, hash: [u8; 32], now: Time) -> Result<Arc<Checked>, AppError> {
    let generation = env.gate.keys.generation();
    let found = store::api_keys::find_by_hash_in_any_organization(&env.db, &hash).await;
    let found = found.inspect_err(|error| env.writer.note_error(error))?;
    let (key, organization) = found.filter(|(key, _)| key.works_at(now)).ok_or(AppError::NotSignedIn)?;
    let identity = Identity::key(Arc::new(organization), key.id, key.name, key.scopes);
    let checked = Arc::new(Checked::new(key.id, identity, key.expires_at, now, key.last_used_at));
    env.gate.keys.put(hash, checked.clone(), generation);
    Ok(checked)
}
