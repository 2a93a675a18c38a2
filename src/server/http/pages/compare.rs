//! Two attempts of a delivery side by side.

use super::{PageResult, Query, Signed};
use crate::{
    model::error::AppError,
    server::{access::ReadLogs, domain::log_detail, env::Env, http::render},
    ui::delivery_detail::{ComparePage, CompareView},
};
use axum::{Router, extract::Path, response::IntoResponse, routing::get};
use leptos::prelude::*;
use serde::Deserialize;

/// `/o/{slug}/deliveries/{id}/compare`.
pub fn routes() -> Router<Env> {
    Router::new().route("/o/{slug}/deliveries/{id}/compare", get(compare))
}

/// Numbers of two attempts; where one is not there, the last two are compared.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    a: String,
    #[serde(default)]
    b: String,
}

async fn compare(signed: Signed, Path((_, id)): Path<(String, String)>, Query(asked): Query<Asked>) -> PageResult {
    let permit = signed.identity.permit::<ReadLogs>()?;
    let id = id.parse().map_err(|_| AppError::NotFound)?;
    let known = log_detail::detail(&signed.env, &permit, id).await?;
    let [.., before, last] = &known.attempts[..] else {
        return Err(
            AppError::Conflict("Two attempts can be compared, and this delivery has fewer so far.".into()).into()
        );
    };
    let chosen = |text: &str| known.attempts.iter().find(|attempt| attempt.number.to_string() == text);
    let view = CompareView {
        first: chosen(&asked.a).unwrap_or(before).clone(),
        second: chosen(&asked.b).unwrap_or(last).clone(),
        all: known.attempts.iter().map(|attempt| attempt.number).collect(),
        here: signed.frame.path(&format!("deliveries/{id}")),
        now: signed.env.now(),
    };
    let frame = signed.frame;
    let title = frame.title(&format!("Compare attempts · {}", known.delivery.event_type));
    Ok(render::document(title, frame.theme, move || view! { <ComparePage frame view/> }).into_response())
}
