//! REST, version 1: parse → permit → domain → shape. Errors are problem documents.

mod allowed;
pub mod body;
mod event_input;
mod events;
mod hooks_input;
mod listen;
mod logs;
pub mod openapi;
mod query;
mod recovery;
mod shapes;
mod webhook_input;
mod webhooks;
mod words;

use crate::{
    model::organization::Scope,
    server::{
        access::{Permission, PublishEvents, ReadLogs, ReadWebhooks, RetryDeliveries, TestWebhooks, WriteWebhooks},
        env::Env,
        http::problem::Problem,
    },
};
use axum::{
    Router,
    http::{Method, StatusCode},
    routing::{MethodRouter, delete, get, patch, post, put},
};
use tower_http::compression::{CompressionLayer, predicate::Predicate};

/// What a handler answers.
type Answer<T> = Result<T, Problem>;

/// One call of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub method: Method,
    /// Below `/v1`.
    pub path: &'static str,
    /// The scope that a key needs.
    pub scope: Scope,
}

fn call<P: Permission>(
    method: Method,
    path: &'static str,
    handler: MethodRouter<Env>,
) -> Option<(Call, MethodRouter<Env>)> {
    Some((Call { method, path, scope: P::SCOPE? }, handler))
}

/// Every call with its handler: the one list that the router, the OpenAPI document's test and the
/// matrix of permissions are made from.
fn table() -> impl Iterator<Item = (Call, MethodRouter<Env>)> {
    const HOOK: &str = "/webhooks/{id}";
    [
        call::<WriteWebhooks>(Method::POST, "/webhooks", post(webhooks::create)),
        call::<ReadWebhooks>(Method::GET, "/webhooks", get(webhooks::list)),
        call::<ReadWebhooks>(Method::GET, HOOK, get(webhooks::get)),
        call::<WriteWebhooks>(Method::PUT, HOOK, put(webhooks::put)),
        call::<WriteWebhooks>(Method::PATCH, HOOK, patch(webhooks::patch)),
        call::<WriteWebhooks>(Method::DELETE, HOOK, delete(webhooks::delete)),
        call::<TestWebhooks>(Method::POST, "/webhooks/{id}/test", post(webhooks::test)),
        call::<WriteWebhooks>(Method::POST, "/webhooks/{id}/secret/rotate", post(webhooks::rotate)),
        call::<PublishEvents>(Method::POST, "/events", post(events::publish)),
        call::<PublishEvents>(Method::POST, "/events/batch", post(events::publish_batch)),
        call::<ReadLogs>(Method::GET, "/events/{id}", get(events::get)),
        call::<ReadWebhooks>(Method::GET, "/event-types", get(events::types)),
        call::<ReadLogs>(Method::GET, "/webhooks/logs", get(logs::list)),
        call::<ReadLogs>(Method::GET, "/webhooks/logs/{delivery_id}", get(logs::get)),
        call::<RetryDeliveries>(Method::POST, "/webhooks/logs/{delivery_id}/retry", post(logs::retry)),
        call::<ReadLogs>(Method::GET, "/listen", get(listen::hear)),
        call::<RetryDeliveries>(Method::POST, "/webhooks/{id}/recover", post(recovery::recover)),
        call::<ReadLogs>(Method::GET, "/jobs", get(recovery::list)),
        call::<ReadLogs>(Method::GET, "/jobs/{id}", get(recovery::get)),
        call::<RetryDeliveries>(Method::POST, "/jobs/{id}/cancel", post(recovery::cancel)),
        call::<RetryDeliveries>(Method::POST, "/jobs/{id}/pause", post(recovery::pause)),
        call::<RetryDeliveries>(Method::POST, "/jobs/{id}/resume", post(recovery::resume)),
    ]
    .into_iter()
    .flatten()
}

/// Every call.
pub fn calls() -> Vec<Call> {
    table().map(|(call, _)| call).collect()
}

/// Everything under `/v1`; what is read is compressed.
pub fn routes<P: Predicate + Send + Sync + 'static>(compression: fn() -> CompressionLayer<P>) -> Router<Env> {
    let add = |router: Router<Env>, (call, handler): (Call, MethodRouter<Env>)| {
        let reads = call.method == Method::GET;
        router.route(call.path, if reads { handler.layer(compression()) } else { handler })
    };
    table().fold(Router::new(), add).fallback(nothing_here).method_not_allowed_fallback(wrong_method)
}

async fn nothing_here() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "There is no such call. The calls are listed at /docs.")
}

async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "This call takes another method; /docs lists which.")
}
