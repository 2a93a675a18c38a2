//! The receivers of the demo: one small server on loopback, a path for each manner of answering.

use crate::{model::error::AppError, server::fault::fault};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpListener, time::sleep};

/// How a receiver answers.
#[derive(Clone, Copy)]
pub enum Manner {
    /// At once, 200.
    Healthy,
    /// After a second or two.
    Slow,
    /// A third of the requests go wrong in one way or another.
    Flaky,
    /// Never well.
    Failing,
}

impl Manner {
    fn path(self) -> &'static str {
        match self {
            Self::Healthy => "/crm/events",
            Self::Slow => "/warehouse/ingest",
            Self::Flaky => "/desk/hooks",
            Self::Failing => "/billing/v1/webhook",
        }
    }
}

/// Running until the process ends.
pub struct Receivers {
    port: u16,
}

type Count = State<Arc<AtomicU64>>;

impl Receivers {
    pub async fn start() -> Result<Self, AppError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(fault)?;
        let port = listener.local_addr().map_err(fault)?.port();
        let routes = Router::new()
            .route(Manner::Healthy.path(), post(healthy))
            .route(Manner::Slow.path(), post(slow))
            .route(Manner::Flaky.path(), post(flaky))
            .route(Manner::Failing.path(), post(failing))
            .with_state(Arc::new(AtomicU64::new(0)));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { port })
    }
    pub fn url(&self, manner: Manner) -> String {
        format!("http://127.0.0.1:{}{}", self.port, manner.path())
    }
}

/// Spreads the answers without a generator: a stride that meets every value below `below`.
fn turn(count: &AtomicU64, below: u64) -> u64 {
    count.fetch_add(7_919, Ordering::Relaxed) / 13 % below
}

async fn healthy(State(count): Count) -> Response {
    sleep(Duration::from_millis(12 + turn(&count, 60))).await;
    ([(header::CONTENT_TYPE, "application/json")], r#"{"received":true}"#).into_response()
}

async fn slow(State(count): Count) -> Response {
    sleep(Duration::from_millis(900 + turn(&count, 1_400))).await;
    (StatusCode::ACCEPTED, "queued").into_response()
}

async fn flaky(State(count): Count) -> Response {
    sleep(Duration::from_millis(40 + turn(&count, 200))).await;
    match turn(&count, 12) {
        0 | 1 => (StatusCode::INTERNAL_SERVER_ERROR, "Unhandled exception: database is locked").into_response(),
        2 => (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "30")], "slow down").into_response(),
        3 => (StatusCode::BAD_GATEWAY, "upstream connect error").into_response(),
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}

async fn failing(State(count): Count) -> Response {
    sleep(Duration::from_millis(30 + turn(&count, 90))).await;
    let page = "<html><body><h1>401 Authorization Required</h1></body></html>";
    (StatusCode::UNAUTHORIZED, [(header::CONTENT_TYPE, "text/html")], page).into_response()
}
