//! Whether this process is alive, whether it can work, and what it has counted.

use crate::server::{domain::vital, env::Env, metrics::Levels};
use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use serde_json::json;
use std::time::Duration;

/// A database that has not answered by then is not well.
const PATIENCE: Duration = Duration::from_secs(3);

pub fn routes() -> Router<Env> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready)).route("/metrics", get(metrics))
}

const NOT_KEPT: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// Answers as long as the process serves requests at all.
async fn alive() -> impl IntoResponse {
    (NOT_KEPT, Json(json!({ "status": "ok" })))
}

/// 200 where the database answers, has taken what was last written, and the worker of this process goes round; 503
/// where not, or while stopping. That it takes nothing is said until 15 s after somebody could have tried again; publishers find out sooner.
async fn ready(State(env): State<Env>) -> impl IntoResponse {
    let database = match tokio::time::timeout(PATIENCE, vital::database_answers(&env)).await {
        Ok(Ok(())) if env.writer.is_refused() => "takes nothing",
        Ok(Ok(())) => "ok",
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            "failing"
        }
        Err(_) => "slow",
    };
    let worker = match (env.pulse.is_here(), env.pulse.is_alive(env.now())) {
        (_, true) => "ok",
        (true, false) => "stalled",
        (false, false) => "not in this process",
    };
    let stopping = env.stopping.is_cancelled();
    let ready = database == "ok" && worker != "stalled" && !stopping;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let words = if ready { "ok" } else { "not ready" };
    let body = json!({ "status": words, "database": database, "worker": worker, "stopping": stopping });
    (status, NOT_KEPT, Json(body))
}

/// In the OpenMetrics text format. Where the database does not answer, the waiting deliveries are −1.
async fn metrics(State(env): State<Env>) -> impl IntoResponse {
    let counted = tokio::time::timeout(PATIENCE, vital::waiting_in_all_organizations(&env)).await;
    let levels = Levels {
        in_flight: env.lanes.in_flight(),
        queued: env.lanes.waiting(),
        waiting: counted.ok().and_then(Result::ok).unwrap_or(-1),
        worker_alive: env.pulse.is_alive(env.now()),
    };
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], env.metrics.page(levels))
}
