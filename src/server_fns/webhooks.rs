//! What the islands of the webhooks' pages call.

use crate::model::error::AppError;
use leptos::prelude::*;

/// Switches a webhook on or off.
#[server(endpoint = "webhooks/active")]
pub async fn set_active(slug: String, id: String, active: bool) -> Result<(), AppError> {
    let (env, who) = crate::server::http::server_fn::who(&slug).await?;
    let id = id.parse().map_err(|_| AppError::NotFound)?;
    crate::server::domain::webhooks::set_active(&env, &who.permit()?, id, active).await.map(drop)
}

/// What is wrong with an address, in the words of the form; none where nothing is.
#[server(endpoint = "webhooks/check-url")]
pub async fn check_url(slug: String, url: String) -> Result<Option<String>, AppError> {
    let (env, who) = crate::server::http::server_fn::who(&slug).await?;
    who.permit::<crate::server::access::ReadWebhooks>()?;
    Ok(crate::server::domain::webhook_fields::url(&env, &url).err())
}

/// When a retry policy tries again, in words, from its fields as they are typed: name and value, a line each.
#[server(endpoint = "webhooks/policy-times")]
pub async fn policy_times(slug: String, typed: String) -> Result<String, AppError> {
    let (env, who) = crate::server::http::server_fn::who(&slug).await?;
    who.permit::<crate::server::access::ReadWebhooks>()?;
    crate::server::http::pages::webhook_form::times(&env, &who, &typed)
}

/// The example of an event type, pretty.
#[server(endpoint = "webhooks/example")]
pub async fn example_of(slug: String, event_type: String) -> Result<String, AppError> {
    let (env, who) = crate::server::http::server_fn::who(&slug).await?;
    who.permit::<crate::server::access::ReadWebhooks>()?;
    Ok(crate::server::http::pages::test::example(&env, &who.organization, &event_type))
}

/// Sends a test and answers the page's fragment that tells what came of it.
#[server(endpoint = "webhooks/test")]
pub async fn send_test(slug: String, id: String, event_type: String, data: String) -> Result<String, AppError> {
    let (env, who) = crate::server::http::server_fn::who(&slug).await?;
    crate::server::http::pages::test::send(&env, &who, &id, &event_type, &data).await
}
