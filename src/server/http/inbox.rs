//! Where inboxes receive: no session and no key, since a webhook has neither; the URL is the secret.

use super::{problem::Problem, rest::body::Limited};
use crate::server::{domain::inbox, env::Env};
use axum::{
    Json, Router,
    extract::{FromRequest, Path, Request, State},
    routing::post,
};
use serde_json::{Value, json};

/// `POST /inbox/{token}`.
pub fn routes() -> Router<Env> {
    Router::new().route("/inbox/{token}", post(receive))
}

async fn receive(State(env): State<Env>, Path(token): Path<String>, request: Request) -> Result<Json<Value>, Problem> {
    // Anybody may post here: for an inbox that nobody has, no body is read.
    inbox::check(&env, &token).await?;
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let body = Limited::from_request(request, &env).await?;
    inbox::receive(&env, &token, headers, &body.bytes).await?;
    Ok(Json(json!({ "received": true })))
}
