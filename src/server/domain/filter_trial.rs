//! Trying filters: the events that they can be tried on, and the data of the one that was chosen.

use super::{catalogue, log};
use crate::{
    model::{error::AppError, time::relative},
    server::{
        access::{Permit, ReadLogs},
        convention,
        env::Env,
        store,
    },
};
use serde_json::Value;

/// Latest events that are offered.
const LATEST: i64 = 5;
const OF_TYPE: &str = "type:";
const OF_EVENT: &str = "event:";

/// What filters can be tried on, value and label: what came lately, then the catalogue's examples.
pub async fn choices(env: &Env, permit: &Permit<ReadLogs>) -> Result<Vec<(String, String)>, AppError> {
    let latest = store::latest_events::latest(&env.db, permit.organization_id(), LATEST).await?;
    let now = env.now();
    let came = latest.into_iter().map(|event| {
        let id = event.given_id.unwrap_or_else(|| event.id.to_string());
        let label = format!("{}, published {} ({id})", event.event_type, relative(event.created_at, now));
        (format!("{OF_EVENT}{id}"), label)
    });
    let types = catalogue::types(env, permit.organization());
    let examples = types.into_iter().map(|one| (format!("{OF_TYPE}{}", one.name), format!("Example of {}", one.name)));
    Ok(came.chain(examples).collect())
}

/// Type and data of a choice. Errors: Invalid (`trial`) where there is none such.
pub async fn data_of(env: &Env, permit: &Permit<ReadLogs>, choice: &str) -> Result<(String, Value), AppError> {
    if let Some(shown) = choice.strip_prefix(OF_EVENT) {
        let event = log::event(env, permit, shown).await.map_err(|error| match error {
            AppError::NotFound => AppError::field("trial", "This event is not kept any more. Choose another one."),
            other => other,
        })?;
        return Ok((event.event_type, convention::value(event.data.get())));
    }
    let name = choice.strip_prefix(OF_TYPE).unwrap_or_default();
    let found = catalogue::types(env, permit.organization()).into_iter().find(|one| one.name == name);
    let found = found.ok_or_else(|| AppError::field("trial", "Choose an event to try the filters on."))?;
    Ok((found.name, found.example))
}
