//! Events of the service itself. Only webhooks that name such a type take it: a receiver that was written
//! after a platform's document and takes “all events” is not surprised by one that the document does not know.

use super::events::{self, NewEvent};
use crate::{
    model::{error::AppError, event::WEBHOOK_DISABLED},
    server::{env::Env, fault::fault, store::alert_streaks::SwitchedOff},
};
use serde_json::json;

/// A webhook was switched off by the service; published once, however often it is asked for.
pub async fn webhook_disabled(env: &Env, off: &SwitchedOff, name: &str) -> Result<(), AppError> {
    let data = json!({
        "webhook_id": off.id.to_string(),
        "name": name,
        "reason": off.reason,
        "disabled_at": off.updated_at.rfc3339(),
    });
    let event = NewEvent {
        event_type: WEBHOOK_DISABLED.into(),
        data: serde_json::value::to_raw_value(&data).map_err(fault)?,
        id: None,
        idempotency_key: Some(format!("{WEBHOOK_DISABLED}:{}:{}", off.id, off.updated_at.0)),
        timestamp: Some(off.updated_at),
    };
    events::announce(env, off.organization_id, event).await
}
