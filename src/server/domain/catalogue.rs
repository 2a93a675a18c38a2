//! The event types of an organization: those of its convention.

use crate::{
    model::{error::AppError, event::EventType, organization::Organization},
    server::{convention::Convention, env::Env},
};
use std::sync::Arc;

/// The convention that an organization was created with.
pub fn convention(env: &Env, organization: &Organization) -> Result<Arc<Convention>, AppError> {
    of_name(env, &organization.convention)
}

/// The convention of this name. Conflict where this process does not have it: the command line may know a
/// folder of conventions that `serve` was not started with.
pub fn of_name(env: &Env, name: &str) -> Result<Arc<Convention>, AppError> {
    env.conventions.get(name).ok_or_else(|| {
        AppError::Conflict(format!(
            "This organization's convention, “{name}”, is not loaded. Ask your operator to put its file into the \
             folder of SWITCHHOOK_CONVENTIONS_DIR, and to start Switchhook again."
        ))
    })
}

/// The catalogue, in the order that the convention gives it.
pub fn types(env: &Env, organization: &Organization) -> Vec<EventType> {
    env.conventions.get(&organization.convention).map(|c| c.types.clone()).unwrap_or_default()
}
