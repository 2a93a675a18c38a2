//! The event types of an organization: those of its convention.

use crate::{
    model::{error::AppError, event::EventType, organization::Organization},
    server::{convention::Convention, env::Env, fault::fault},
};
use std::sync::Arc;

/// The convention that an organization was created with.
pub fn convention(env: &Env, organization: &Organization) -> Result<Arc<Convention>, AppError> {
    env.conventions
        .get(&organization.convention)
        .ok_or_else(|| fault(format!("there is no convention {} any more", organization.convention)))
}

/// The catalogue, in the order that the convention gives it.
pub fn types(env: &Env, organization: &Organization) -> Vec<EventType> {
    env.conventions.get(&organization.convention).map(|c| c.types.clone()).unwrap_or_default()
}
