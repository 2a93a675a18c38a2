//! The installation's vital signs, for readiness and metrics; of no organization in particular.

use crate::{
    model::error::AppError,
    server::{env::Env, store::vital},
};

/// Whether the database answers; errors say whether it is worth asking again.
pub async fn database_answers(env: &Env) -> Result<(), AppError> {
    Ok(vital::answers(&env.db).await?)
}

/// Deliveries that wait for an attempt, counted up to [`vital::COUNTED`].
pub async fn waiting_in_all_organizations(env: &Env) -> Result<i64, AppError> {
    Ok(vital::waiting_in_all_organizations(&env.db).await?)
}
