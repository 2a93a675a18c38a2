//! The first three steps of an organization. They tick themselves off, but for one: whether a receiver of the
//! person's own checks signatures only they can know.

use super::{
    audit,
    webhooks::{described, shown},
};
use crate::{
    model::{error::AppError, first_run::FirstRun, id::WebhookId},
    server::{
        access::{Permit, ReadWebhooks, WriteWebhooks},
        env::Env,
        store::{
            first_run::{self as store, ProgressRow},
            webhooks,
        },
    },
};

/// How far the organization has come; none once all is done, or real events are being delivered.
pub async fn progress(env: &Env, permit: &Permit<ReadWebhooks>) -> Result<Option<FirstRun>, AppError> {
    let ProgressRow { webhook, tested, verified, in_use } = store::progress(&env.db, permit.organization_id()).await?;
    let steps = FirstRun { webhook, tested, verified };
    Ok(Some(steps).filter(|steps| steps.done() < 3 && !in_use))
}

/// Takes a person's word that the receiver of this webhook verifies signatures. Errors: NotFound.
pub async fn signature_checked(env: &Env, permit: &Permit<WriteWebhooks>, id: WebhookId) -> Result<(), AppError> {
    let organization = permit.organization_id();
    let row = webhooks::get(&env.db, organization, id).await?.ok_or(AppError::NotFound)?;
    let change = described(&shown(env, organization, row)?);
    let entry = audit::entry(env, permit, "webhook.signature_checked", change);
    Ok(store::verified(&env.db, organization, env.now(), &entry).await?)
}
