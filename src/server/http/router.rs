//! Every address this program answers at, and the layers around all of them.

use super::{assets, csrf, docs, health, inbox, observe, pages, rest, security, server_fn, session, theme};
use crate::server::env::Env;
use axum::{Router, middleware, routing::get};
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
};

/// The whole application. Each vertical brings its own routes; what all share is layered here. Programs, which bring
/// no cookie, pass no layer that is for browsers.
pub fn router(env: Env) -> Router {
    Router::new()
        .merge(health::routes().layer(compression()))
        .merge(inbox::routes())
        .nest("/v1", rest::routes(compression))
        .merge(for_browsers(&env))
        .layer(middleware::from_fn_with_state(env.clone(), security::headers))
        .layer(middleware::from_fn_with_state(env.clone(), observe::observe))
        .with_state(env)
}

/// Pages, what their forms and islands call, and whatever else somebody may type into a browser.
fn for_browsers(env: &Env) -> Router<Env> {
    let with_session = Router::new().merge(pages::routes()).merge(theme::routes()).merge(server_fn::routes());
    Router::new()
        .merge(docs::routes())
        .route("/assets/{*name}", get(assets::serve))
        .merge(with_session.layer(session::layer(env)))
        .layer(csrf::layer(env))
        .layer(middleware::from_fn_with_state(env.clone(), csrf::guard))
        .layer(middleware::from_fn_with_state(env.clone(), pages::dress))
        .layer(compression())
}

/// What a process that only delivers answers at: whether it is well.
pub fn for_worker(env: Env) -> Router {
    Router::new().merge(health::routes()).with_state(env)
}

/// Brotli or gzip for what is rendered; assets are compressed when they are built. Live streams
/// pass through, since a compressor would hold their events back.
fn compression() -> CompressionLayer<impl Predicate + Send + Sync + 'static> {
    let worth_it = DefaultPredicate::new().and(NotForContentType::const_new("application/wasm"));
    CompressionLayer::new().br(true).gzip(true).quality(CompressionLevel::Precise(4)).compress_when(worth_it)
}
