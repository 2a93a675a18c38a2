//! Settings → Webhooks: the list, the switch on each line, and the last of the first steps.

use super::{Form, PageResult, Query, Signed};
use crate::{
    model::{
        id::WebhookId,
        webhook_list::{ListQuery, Listed},
    },
    server::{
        access::{ReadWebhooks, WriteWebhooks},
        domain::{first_run, health, webhooks},
        env::Env,
        http::{came_from::came_from, render},
    },
    ui::webhooks::list::*,
};
use axum::{
    Router,
    extract::Path,
    http::HeaderMap,
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use leptos::prelude::*;
use serde::Deserialize;
use std::collections::HashMap;

/// `/o/{slug}/webhooks`, the switch, and the word that signatures are checked.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/o/{slug}/webhooks", get(list))
        .route("/o/{slug}/webhooks/{id}/active", post(switch))
        .route("/o/{slug}/webhooks/{id}/signature-checked", post(signature_checked))
}

async fn list(signed: Signed, Query(query): Query<ListQuery>) -> PageResult {
    let Signed { env, identity, frame, .. } = signed;
    let permit = identity.permit::<ReadWebhooks>()?;
    let mut health: HashMap<WebhookId, _> =
        health::list(&env, &permit).await?.into_iter().map(|one| (one.webhook_id, one)).collect();
    let all = webhooks::list(&env, &permit).await?.into_iter();
    let all: Vec<Listed> =
        all.filter_map(|webhook| Some(Listed { health: health.remove(&webhook.id)?, webhook })).collect();
    let view = ListView {
        total: all.len(),
        rows: query.apply(all),
        query,
        first_run: first_run::progress(&env, &permit).await?,
        off: super::webhook::off::<WriteWebhooks>(&identity),
        now: env.now(),
    };
    let (title, theme) = (frame.title("Webhooks"), frame.theme);
    Ok(render::document(title, theme, move || view! { <WebhooksPage frame view/> }).into_response())
}

#[derive(Deserialize)]
struct Wanted {
    active: bool,
}

/// The way without scripts; back to the page where the switch was, with the list's filters.
async fn switch(
    signed: Signed,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    Form(wanted): Form<Wanted>,
) -> PageResult {
    let permit = signed.identity.permit::<WriteWebhooks>()?;
    let id = super::webhook::id(&id)?;
    let webhook = webhooks::set_active(&signed.env, &permit, id, wanted.active).await?;
    let done = if webhook.active { "is on again" } else { "is off: events for it are skipped" };
    signed.flash(true, &format!("“{}” {done}.", webhook.name())).await;
    let list = signed.frame.path("webhooks");
    let back = came_from(&headers).filter(|path| path.starts_with(&list));
    Ok(Redirect::to(&back.unwrap_or(list)).into_response())
}

async fn signature_checked(signed: Signed, Path((_, id)): Path<(String, String)>) -> PageResult {
    let permit = signed.identity.permit::<WriteWebhooks>()?;
    first_run::signature_checked(&signed.env, &permit, super::webhook::id(&id)?).await?;
    signed.flash(true, "Noted: your receiver checks signatures.").await;
    Ok(Redirect::to(&signed.frame.path("webhooks")).into_response())
}
