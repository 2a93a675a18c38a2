//! How deliveries of an organization go.

use super::{PageResult, Query, Signed};
use crate::{
    model::health_report::HealthRange,
    server::{access::ReadWebhooks, domain::health_report, env::Env, http::render},
    ui::health::*,
};
use axum::{Router, response::IntoResponse, routing::get};
use leptos::prelude::*;
use serde::Deserialize;

/// `/o/{slug}/health`.
pub fn routes() -> Router<Env> {
    Router::new().route("/o/{slug}/health", get(show))
}

/// How far back, as in `?range=7d`.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    pub range: String,
}

async fn show(signed: Signed, Query(asked): Query<Asked>) -> PageResult {
    let Signed { env, identity, frame, .. } = signed;
    let permit = identity.permit::<ReadWebhooks>()?;
    let range = HealthRange::parse(&asked.range);
    let view = HealthView {
        range,
        report: health_report::report(&env, &permit, None, range).await?,
        lines: health_report::by_webhook(&env, &permit, range).await?,
        egress_ips: env.settings.egress(),
    };
    let (title, theme) = (frame.title("Health"), frame.theme);
    Ok(render::document(title, theme, move || view! { <HealthPage frame view/> }).into_response())
}
