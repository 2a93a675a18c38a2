//! One log line for each request, a request id, and a whole answer even where a handler panics.
//!
//! Tokens stand in some addresses (invitations, resets, inboxes), so the line has the route's pattern
//! and never the address itself.

use super::problem::Problem;
use crate::server::{env::Env, fault::fault};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use tracing::{Instrument, field::Empty};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, for pages that tell it; it is in the log and in the answer's headers too.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Wraps every request. Handlers may record `organization` and `actor` on the current span.
pub async fn observe(State(env): State<Env>, mut request: Request, next: Next) -> Response {
    let id = given_id(&request).unwrap_or_else(|| hex::encode(env.random::<8>()));
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    let method = known_method(request.method());
    let span = tracing::info_span!(
        "request", %id, method, route, organization = Empty, actor = Empty
    );
    let is_api = route.starts_with("/v1") || request.uri().path().starts_with("/v1/");
    if !is_api {
        request.extensions_mut().insert(RequestId(id.clone()));
    }
    let started = env.now();
    let answer = async {
        let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        let mut response = answered.unwrap_or_else(|cause| after_panic(is_api, &*cause));
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        let (status, took) = (response.status().as_u16(), env.now().since(started));
        let duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        tracing::info!(status, duration_us, "answered");
        env.metrics.answered(method, &route, status, took);
        response
    };
    answer.instrument(span).await
}

/// A caller may invent methods without end; metrics and logs know the usual ones.
fn known_method(method: &Method) -> &'static str {
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
    let words = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.iter().zip(words).find(|(one, _)| *one == method).map_or("OTHER", |(_, word)| word)
}

/// The caller's own id, where it is short and plain.
fn given_id(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let plain = (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    plain.then(|| id.to_owned())
}

fn after_panic(is_api: bool, cause: &(dyn std::any::Any + Send)) -> Response {
    let words = cause.downcast_ref::<&str>().copied().or(cause.downcast_ref::<String>().map(String::as_str));
    let error = fault(format_args!("a handler panicked: {}", words.unwrap_or("no message")));
    if is_api {
        return Problem::from(error).into_response();
    }
    // Rendered by hand: what renders pages may be what panicked.
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Something went wrong</title></head>\
         <body><main><h1>Something went wrong</h1><p>{error}</p><p><a href=\"/\">Go to the start page</a></p></main></body></html>"
    );
    (StatusCode::INTERNAL_SERVER_ERROR, Html(page)).into_response()
}
