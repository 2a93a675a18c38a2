//! Whether this process is alive.

use axum::{Json, Router, http::header, response::IntoResponse, routing::get};
use serde_json::json;

use crate::server::env::Env;

pub fn routes() -> Router<Env> {
    Router::new().route("/healthz", get(alive))
}

/// Answers as long as the process serves requests at all.
async fn alive() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(json!({ "status": "ok" })))
}
