//! What islands call: server functions, mounted under `/api`. Each is a public endpoint, whoever renders
//! the button: it asks [`who`] before anything else.

use super::pages::Person;
use crate::{
    model::error::AppError,
    server::{access::Identity, env::Env, fault::fault},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{FromRequestParts, Request, State},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::post,
};
use leptos::{
    prelude::{Owner, expect_context, provide_context},
    reactive::computed::ScopedFuture,
    server_fn::axum::get_server_fn_service,
};

/// Largest answer that tells an error, in bytes.
const MAX_ERROR: usize = 64 * 1024;

/// `POST /api/…`.
pub fn routes() -> Router<Env> {
    Router::new().route("/api/{*name}", post(call))
}

/// The person who calls, in the organization of this slug. To be called before anything is awaited.
pub async fn who(slug: &str) -> Result<(Env, Identity), AppError> {
    let (env, mut parts) = (expect_context::<Env>(), expect_context::<Parts>());
    let person = Person::from_request_parts(&mut parts, &env).await.map_err(|error| error.0)?;
    let signed = person.in_organization(slug).await.map_err(|error| error.0)?;
    Ok((env, signed.identity))
}

async fn call(State(env): State<Env>, request: Request) -> Response {
    let Some(mut service) = get_server_fn_service(request.uri().path(), request.method().clone()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (mut parts, body) = request.into_parts();
    // A browser's own form is never sent here; were it, the library would put the error into the address.
    parts.headers.remove(header::ACCEPT);
    let context = parts.clone();
    let owner = Owner::new();
    let answer = owner.with(|| {
        ScopedFuture::new(async move {
            provide_context(env);
            provide_context(context);
            service.run(Request::from_parts(parts, body)).await
        })
    });
    with_status(answer.await).await
}

/// The library answers 500 whatever went wrong; the error itself knows better.
async fn with_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_ERROR).await.unwrap_or_default();
    let error = serde_json::from_slice::<AppError>(&bytes).unwrap_or_else(fault);
    parts.status = super::status::status(&error);
    Response::from_parts(parts, Body::from(bytes))
}
