//! The event catalogue.

use super::{PageResult, Query, Signed};
use crate::{
    server::{
        access::ReadWebhooks,
        domain::{catalogue, webhooks},
        env::Env,
        http::render,
    },
    ui::{catalogue::*, webhooks::form::Catalogue},
};
use axum::{Router, response::IntoResponse, routing::get};
use leptos::prelude::*;
use serde::Deserialize;

/// `/o/{slug}/event-types`.
pub fn routes() -> Router<Env> {
    Router::new().route("/o/{slug}/event-types", get(show))
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
}

async fn show(signed: Signed, Query(search): Query<Search>) -> PageResult {
    let Signed { env, identity, frame, .. } = signed;
    let permit = identity.permit::<ReadWebhooks>()?;
    let convention = catalogue::convention(&env, &identity.organization)?;
    let q = search.q.trim().to_owned();
    let needle = q.to_lowercase();
    let found = |text: &str| text.to_lowercase().contains(&needle);
    let types = convention.types.iter().filter(|t| found(&t.name) || found(&t.group) || found(&t.description));
    let view = CatalogueView {
        catalogue: Catalogue { types: types.cloned().collect(), open: convention.open_catalogue },
        q,
        webhooks: webhooks::list(&env, &permit).await?,
    };
    let (title, theme) = (frame.title("Event types"), frame.theme);
    Ok(render::document(title, theme, move || view! { <CataloguePage frame view/> }).into_response())
}
