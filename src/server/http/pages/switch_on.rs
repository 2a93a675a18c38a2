//! Switching a webhook on again from where it says that it is off; and on to what it has missed.

use super::{Form, PageResult, Signed, webhook::id};
use crate::server::{
    access::WriteWebhooks,
    domain::{switched_off, webhooks},
    env::Env,
};
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Redirect},
    routing::post,
};
use serde::Deserialize;

/// `…/webhooks/{id}/switch-on`.
pub fn routes() -> Router<Env> {
    Router::new().route("/o/{slug}/webhooks/{id}/switch-on", post(switch_on))
}

#[derive(Deserialize)]
struct Wanted {
    /// Given by the button that goes on to the recovery of what was skipped.
    recover: Option<String>,
}

async fn switch_on(signed: Signed, Path((_, text)): Path<(String, String)>, Form(wanted): Form<Wanted>) -> PageResult {
    let id = id(&text)?;
    let permit = signed.identity.permit::<WriteWebhooks>()?;
    let read = signed.identity.permit()?;
    let before = webhooks::get(&signed.env, &read, id).await?;
    // Asked before it is on: what was skipped is told only of a webhook that is off.
    let told = switched_off::of(&signed.env, &read, &before).await?;
    let webhook = webhooks::set_active(&signed.env, &permit, id, true).await?;
    signed.flash(true, &format!("“{}” is on again.", webhook.name())).await;
    let next = match told.filter(|_| wanted.recover.is_some()) {
        Some(told) => format!("recover{}", told.to_recover(&webhook).link(None)),
        None => format!("webhooks/{id}"),
    };
    Ok(Redirect::to(&signed.frame.path(&next)).into_response())
}
