//! What the islands of the deliveries' pages call.

use crate::model::error::AppError;
use leptos::prelude::*;

/// Sends a finished delivery again.
#[server(endpoint = "deliveries/retry")]
pub async fn retry(slug: String, id: String) -> Result<(), AppError> {
    let (env, who) = crate::server::http::server_fn::who(&slug).await?;
    let id = id.parse().map_err(|_| AppError::NotFound)?;
    crate::server::domain::deliveries::retry(&env, &who.permit()?, id).await.map(drop)
}
