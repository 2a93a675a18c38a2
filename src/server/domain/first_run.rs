//! The first three steps of an organization; they tick themselves off.

use crate::{
    model::{error::AppError, first_run::FirstRun},
    server::{
        access::{Permit, ReadWebhooks},
        env::Env,
        store::first_run::{self as store, ProgressRow},
    },
};

/// How far the organization has come; none once all is done, or real events are being delivered.
pub async fn progress(env: &Env, permit: &Permit<ReadWebhooks>) -> Result<Option<FirstRun>, AppError> {
    let ProgressRow { webhook, tested, verified, in_use } = store::progress(&env.db, permit.organization_id()).await?;
    let steps = FirstRun { webhook, tested, verified };
    Ok(Some(steps).filter(|steps| steps.done() < 3 && !in_use))
}
