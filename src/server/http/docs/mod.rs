//! The API explained: as an OpenAPI document for programs, as a page for people, both from the code.

mod curl;
mod read;

use super::{render, rest::openapi, theme};
use crate::{
    server::env::Env,
    ui::reference::{ReferencePage, ReferencePageProps},
};
use axum::{Json, Router, extract::State, http::HeaderMap, response::IntoResponse, routing::get};
use leptos::prelude::IntoAny;

pub fn routes() -> Router<Env> {
    Router::new().route("/openapi.json", get(document)).route("/docs", get(page))
}

async fn document(State(env): State<Env>) -> impl IntoResponse {
    Json(openapi::document(&env.settings.public_url()))
}

async fn page(State(env): State<Env>, headers: HeaderMap) -> impl IntoResponse {
    let base = env.settings.public_url();
    let document = serde_json::to_value(openapi::document(&base)).unwrap_or_default();
    let reference = read::reference(&document, &base);
    render::document("API reference · Switchhook".into(), theme::look(&env, &headers), move || {
        ReferencePage(ReferencePageProps { reference }).into_any()
    })
}
