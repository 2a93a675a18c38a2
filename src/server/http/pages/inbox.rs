//! Inboxes: the list, one with what it received, and making one.

use super::{PageResult, Signed, deliveries::inert};
use crate::{
    model::{
        error::AppError,
        id::{InboxId, InboxRequestId},
        query_string::query_string,
    },
    server::{
        access::{ReadLogs, WriteWebhooks},
        domain::inbox,
        env::Env,
        http::{live, render, theme},
    },
    ui::inbox::{InboxAddressPage, InboxPage, InboxView, InboxesPage},
};
use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect},
    routing::get,
};
use leptos::prelude::*;

/// Everything under `/o/{slug}/inbox`.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/o/{slug}/inbox", get(list).post(create))
        .route("/o/{slug}/inbox/{id}", get(open))
        .route("/o/{slug}/inbox/{id}/live", get(live::inbox::stream))
        .route("/o/{slug}/inbox/{id}/requests/{request}/body", get(body))
        .route("/inbox/{token}", get(looked_at))
}

async fn list(signed: Signed) -> PageResult {
    let inboxes = inbox::list(&signed.env, &signed.identity.permit::<ReadLogs>()?).await?;
    let off = signed.identity.may::<WriteWebhooks>().err().map(|error| error.to_string());
    let (frame, now) = (signed.frame, signed.env.now());
    let title = frame.title("Test inboxes");
    Ok(render::document(title, frame.theme, move || view! { <InboxesPage frame inboxes off now/> }).into_response())
}

/// Where an inbox receives, opened in a browser: the same words whether or not there is one.
async fn looked_at(headers: HeaderMap) -> impl IntoResponse {
    let title = "An address for webhooks · Switchhook".to_owned();
    let page = render::document(title, theme::of(&headers), move || view! { <InboxAddressPage/> });
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")], page)
}

/// Makes an inbox and goes on to the form for a webhook that sends there.
async fn create(signed: Signed) -> PageResult {
    let made = inbox::create(&signed.env, &signed.identity.permit::<WriteWebhooks>()?).await?;
    signed.flash(true, "The test inbox is made. Its URL is filled in below.").await;
    let to = format!("webhooks/new{}", query_string(&[("url", &made.url)]));
    Ok(Redirect::to(&signed.frame.path(&to)).into_response())
}

async fn open(signed: Signed, Path((_, id)): Path<(String, String)>) -> PageResult {
    let permit = signed.identity.permit::<ReadLogs>()?;
    let id: InboxId = id.parse().map_err(|_| AppError::NotFound)?;
    let view = InboxView {
        inbox: inbox::get(&signed.env, &permit, id).await?,
        requests: inbox::requests(&signed.env, &permit, id, None).await?,
        organization: format!("/o/{}", signed.frame.organization.slug),
        now: signed.env.now(),
    };
    let frame = signed.frame;
    let title = frame.title("Test inbox");
    Ok(render::document(title, frame.theme, move || view! { <InboxPage frame view/> }).into_response())
}

async fn body(signed: Signed, Path((_, id, request)): Path<(String, String, String)>) -> PageResult {
    let permit = signed.identity.permit::<ReadLogs>()?;
    let id: InboxId = id.parse().map_err(|_| AppError::NotFound)?;
    let request: InboxRequestId = request.parse().map_err(|_| AppError::NotFound)?;
    Ok(inert(inbox::body(&signed.env, &permit, id, request).await?))
}
