//! Where inboxes receive: no session and no key, since a webhook has neither; the URL is the secret.

use super::problem::Problem;
use crate::{
    model::event::MAX_BODY,
    server::{domain::inbox, env::Env},
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::HeaderMap,
    routing::post,
};
use serde_json::{Value, json};

/// `POST /inbox/{token}`.
pub fn routes() -> Router<Env> {
    Router::new().route("/inbox/{token}", post(receive)).layer(DefaultBodyLimit::max(MAX_BODY))
}

async fn receive(
    State(env): State<Env>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    inbox::receive(&env, &token, headers, &body).await?;
    Ok(Json(json!({ "received": true })))
}
