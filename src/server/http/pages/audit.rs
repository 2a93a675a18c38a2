//! The audit log.

use super::{PageResult, Query, Signed};
use crate::{
    model::audit::AuditQuery,
    server::{access::ReadAudit, domain::audit_log, env::Env, http::render},
    ui::audit::*,
};
use axum::{Router, response::IntoResponse, routing::get};
use leptos::prelude::*;

/// `/o/{slug}/audit`.
pub fn routes() -> Router<Env> {
    Router::new().route("/o/{slug}/audit", get(show))
}

async fn show(signed: Signed, Query(query): Query<AuditQuery>) -> PageResult {
    let Signed { env, identity, frame, .. } = signed;
    let permit = identity.permit::<ReadAudit>()?;
    let page = audit_log::page(&env, &permit, &query).await?;
    let next = page.next_cursor.map(|cursor| {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("by", &query.by), ("kind", &query.kind), ("cursor", &cursor)] {
            if !value.is_empty() {
                pairs.append_pair(name, value);
            }
        }
        frame.path(&format!("audit?{}", pairs.finish()))
    });
    let actors = audit_log::actors(&env, &permit).await?;
    let webhooks = audit_log::webhooks(&env, &permit).await?.into();
    let view = AuditView { entries: page.data, actors, webhooks, query, next, now: env.now() };
    let (title, theme) = (frame.title("Audit log"), frame.theme);
    Ok(render::document(title, theme, move || view! { <AuditPage frame view/> }).into_response())
}
