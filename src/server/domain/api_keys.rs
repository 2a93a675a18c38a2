//! API keys: made, listed, revoked.

use super::audit::{self, Change};
use crate::{
    model::{
        api_key::{ApiKey, scopes_to_text},
        error::{AppError, FieldErrors},
        id::*,
        organization::*,
        time::Time,
    },
    server::{
        access::{ManageKeys, Permit},
        env::Env,
        key_text,
        store::{self, news::Item},
    },
};
use serde_json::json;

/// What a key starts with.
#[derive(Debug, Clone, Default)]
pub struct NewKey {
    pub name: String,
    /// Never empty: a key that may do nothing is of no use.
    pub scopes: Vec<Scope>,
    /// None: works until it is revoked.
    pub expires_at: Option<Time>,
}

/// Makes a key; its text is answered once and not kept.
pub async fn create(env: &Env, permit: &Permit<ManageKeys>, new: NewKey) -> Result<(ApiKey, String), AppError> {
    let now = env.now();
    let mut errors = FieldErrors::default();
    let name = errors.take("name", parse_name(&new.name));
    if new.scopes.is_empty() {
        errors.add("scopes", "Choose at least one scope.");
    }
    if new.expires_at.is_some_and(|end| end <= now) {
        errors.add("expires_at", "Choose a day that is still to come.");
    }
    errors.finish()?;
    let text = key_text::generate(&*env.random);
    let key = ApiKey {
        id: env.new_id(ApiKeyId::from_bytes),
        name: name.unwrap_or_default(),
        hint: key_text::hint(&text),
        scopes: new.scopes,
        created_by: permit.actor().name().into(),
        created_at: now,
        expires_at: new.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let entry = audit::entry(env, permit, "api_key.created", Change::of(key.id, &key.name).after(described(&key)));
    store::api_keys::add(&env.db, permit.organization_id(), &key, &key_text::hash(&text), &entry).await?;
    Ok((key, text))
}

fn described(key: &ApiKey) -> serde_json::Value {
    let expires_at = key.expires_at.map(Time::rfc3339);
    json!({"name": key.name, "hint": key.hint, "scopes": scopes_to_text(&key.scopes), "expires_at": expires_at})
}

/// All keys, newest first.
pub async fn list(env: &Env, permit: &Permit<ManageKeys>) -> Result<Vec<ApiKey>, AppError> {
    Ok(store::api_keys::list(&env.db, permit.organization_id()).await?)
}

/// One key.
pub async fn get(env: &Env, permit: &Permit<ManageKeys>, id: ApiKeyId) -> Result<ApiKey, AppError> {
    store::api_keys::find(&env.db, permit.organization_id(), id).await?.ok_or(AppError::NotFound)
}

/// Revokes a key. It stops working at once here, within five seconds in other processes.
pub async fn revoke(env: &Env, permit: &Permit<ManageKeys>, id: ApiKeyId) -> Result<ApiKey, AppError> {
    let organization = permit.organization_id();
    let key = store::api_keys::find(&env.db, organization, id).await?.ok_or(AppError::NotFound)?;
    let change = Change::of(id, &key.name).before(described(&key));
    let entry = audit::entry(env, permit, "api_key.revoked", change);
    let revoked = store::api_keys::revoke(&env.db, organization, id, env.now(), &entry).await?;
    env.gate.keys.forget(id);
    env.news.tell(Item::Key(id));
    if revoked { Ok(key) } else { Err(AppError::Conflict("This key was revoked before.".into())) }
}
