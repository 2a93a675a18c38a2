//! REST, version 1: parse → permit → domain → shape. Errors are problem documents.

use crate::server::{env::Env, http::problem::Problem};
use axum::{Router, http::StatusCode};

/// Everything under `/v1`.
pub fn routes() -> Router<Env> {
    Router::new().fallback(nothing_here).method_not_allowed_fallback(wrong_method)
}

async fn nothing_here() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "There is no such call. The calls are listed at /docs.")
}

async fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "This call takes another method; /docs lists which.")
}
