//! Writes that come from other sites are refused. tower-http's layer does what Go 1.25 does: it trusts
//! `Sec-Fetch-Site`, else compares `Origin` with the host. It lets pass what carries neither, since that
//! is no browser; here a request with a session's cookie must carry one of them, since nobody else has
//! such a cookie. Where no cookie counts, with an API key or at an inbox, there is no such layer.

use super::{pages::PageError, session::cookie_name};
use crate::{model::error::AppError, server::env::Env};
use axum::{
    extract::{Request, State},
    http::{Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tower_http::csrf::{CsrfLayer, ProtectionError};

/// The layer that compares origins.
pub fn layer(env: &Env) -> CsrfLayer {
    let layer = CsrfLayer::new();
    let origin = url::Url::parse(&env.settings.public_url()).map(|url| url.origin().ascii_serialization());
    // A proxy may rewrite the host; the public address is ours all the same.
    match origin.map(|origin| layer.clone().add_trusted_origin(origin)) {
        Ok(Ok(trusting)) => trusting,
        _ => layer,
    }
}

/// Refuses what the layer lets pass although it carries a session, and gives refusals a page.
pub async fn guard(State(env): State<Env>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let is_write = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let is_silent = !headers.contains_key(header::ORIGIN) && !headers.contains_key("sec-fetch-site");
    let name = cookie_name(env.settings.is_https());
    let mut cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let has_session = cookies.any(|line| line.split(';').any(|c| c.trim().split('=').next() == Some(name)));
    if is_write && is_silent && has_session {
        return refused();
    }
    let response = next.run(request).await;
    if response.extensions().get::<ProtectionError>().is_some() { refused() } else { response }
}

fn refused() -> Response {
    tracing::warn!("a write from another site was refused");
    let reason = "This form was sent from another site, or your browser does not say from where. \
                  Open the page here and send it again.";
    PageError::from(AppError::NotAllowed(reason.into())).into_response()
}
