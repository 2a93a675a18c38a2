//! What is told of a webhook that is off: from the audit log and from the latest that was skipped.

use crate::{
    model::{error::AppError, switched_off::*, time::Time, webhook::Webhook},
    server::{
        access::{Permit, ReadWebhooks},
        env::Env,
        store::switched_off::{self as store, ChangeRow},
    },
};
use serde_json::Value;

/// Since when, by whom, and what was skipped meanwhile; none for a webhook that is on.
pub async fn of(env: &Env, permit: &Permit<ReadWebhooks>, webhook: &Webhook) -> Result<Option<SwitchedOff>, AppError> {
    if webhook.active {
        return Ok(None);
    }
    let organization = permit.organization_id();
    let changes = store::changes(&env.db, organization, webhook.id).await?;
    let change = changes.into_iter().find(is_switch);
    let at = change.as_ref().map(|change| change.at);
    let since = at.unwrap_or(Time(0));
    let skipped = store::skipped(&env.db, organization, webhook.id, since, i64::from(SKIPPED_COUNTED)).await?;
    let count = u32::try_from(skipped.count).unwrap_or(SKIPPED_COUNTED);
    Ok(Some(SwitchedOff {
        at,
        by: change.filter(|change| change.actor_id.is_some()).map(|change| change.actor),
        skipped: count,
        oldest: skipped.oldest_at.filter(|_| count < SKIPPED_COUNTED),
    }))
}

fn is_switch(change: &ChangeRow) -> bool {
    serde_json::from_str::<Value>(&change.after).is_ok_and(|after| after["active"] == Value::Bool(false))
}
