//! New signing secrets: made or brought along, beside the old one for a while; and the early end of an old one.

use super::{
    audit, webhook_secret as secret,
    webhooks::{described, shown},
};
use crate::{
    model::{error::AppError, id::*, signing_secret::SigningSecret, webhook::Webhook},
    server::{
        access::{Permit, ReadWebhooks, WriteWebhooks},
        env::Env,
        fault::fault,
        store::{
            webhook_secrets::{self as store, Rotated},
            webhooks,
        },
    },
};
use serde_json::json;
use std::time::Duration;

/// Bounds of the time in which the old secret still signs, in seconds.
pub const OVERLAP_SECONDS: std::ops::RangeInclusive<u32> = 0..=604_800;
/// The overlap where none is asked for: a day.
pub const DEFAULT_OVERLAP_SECONDS: u32 = 86_400;

/// The secrets that sign now, oldest first; the last is the current one.
pub async fn live(env: &Env, permit: &Permit<ReadWebhooks>, id: WebhookId) -> Result<Vec<SigningSecret>, AppError> {
    let rows = store::live(&env.db, permit.organization_id(), id, env.now()).await?;
    let seen = |row: webhooks::SecretRow| SigningSecret {
        id: row.id,
        hint: row.hint,
        created_at: row.created_at,
        expires_at: row.expires_at,
    };
    Ok(rows.into_iter().map(seen).collect())
}

/// Makes `own`, or a secret of our making, the current one; those before it sign beside it for
/// `overlap_seconds`. Answers the new one, only here.
pub async fn rotate(
    env: &Env,
    permit: &Permit<WriteWebhooks>,
    id: WebhookId,
    overlap_seconds: Option<u32>,
    own: Option<String>,
) -> Result<String, AppError> {
    let overlap = overlap_seconds.unwrap_or(DEFAULT_OVERLAP_SECONDS);
    if !OVERLAP_SECONDS.contains(&overlap) {
        return Err(AppError::field("overlap_seconds", "Give 0 to 604800 seconds (seven days)."));
    }
    let (organization, now) = (permit.organization_id(), env.now());
    let webhook = find(env, organization, id).await?;
    let new = match own {
        Some(own) => brought(env, organization, id, own).await?,
        None => secret::generate(env),
    };
    let row = secret::row(env, organization, id, &new, now);
    let until = now.plus(Duration::from_secs(overlap.into()));
    let change = described(&webhook).before(json!({ "secret_hint": webhook.secret_hint }));
    let change = change.after(json!({ "secret_hint": row.hint, "overlap_seconds": overlap }));
    let entry = audit::entry(env, permit, "webhook.secret_rotated", change);
    let rotated = store::rotate(&env.db, organization, &row, until, now, &entry).await?;
    env.subscriptions.changed(organization);
    match rotated {
        Rotated::Done => Ok(new),
        Rotated::NotFound => Err(AppError::NotFound),
        Rotated::TooMany => Err(AppError::Conflict(format!(
            "{} secrets sign already. End an old one first, or rotate with no overlap.",
            store::MAX_SECRETS
        ))),
    }
}

/// Ends an old secret before its time. Errors: NotFound for one that has ended, or is the current one.
pub async fn end(env: &Env, permit: &Permit<WriteWebhooks>, id: WebhookId, old: SecretId) -> Result<(), AppError> {
    let (organization, now) = (permit.organization_id(), env.now());
    let webhook = find(env, organization, id).await?;
    let live = store::live(&env.db, organization, id, now).await?;
    let row = live.into_iter().find(|row| row.id == old && row.expires_at.is_some()).ok_or(AppError::NotFound)?;
    let facts = json!({ "secret_hint": row.hint, "expires_at": row.expires_at.map(|at| at.rfc3339()) });
    let entry = audit::entry(env, permit, "webhook.secret_ended", described(&webhook).before(facts));
    let ended = store::end(&env.db, organization, id, old, now, &entry).await?;
    env.subscriptions.changed(organization);
    if ended { Ok(()) } else { Err(AppError::NotFound) }
}

async fn find(env: &Env, organization: OrganizationId, id: WebhookId) -> Result<Webhook, AppError> {
    let row = webhooks::get(&env.db, organization, id).await?.ok_or(AppError::NotFound)?;
    shown(env, organization, row)
}

/// A secret of the admin's own, checked; one that signs already would end with itself.
async fn brought(env: &Env, organization: OrganizationId, id: WebhookId, own: String) -> Result<String, AppError> {
    secret::check(&own).map_err(|message| AppError::field("secret", message))?;
    for row in store::live(&env.db, organization, id, env.now()).await? {
        let known = env.seal.open(&row.secret, &secret::bound_to(organization, id)).map_err(fault)?;
        if known == own.as_bytes() {
            return Err(AppError::field("secret", "This secret signs already. Give another one."));
        }
    }
    Ok(own)
}
