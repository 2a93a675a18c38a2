//! The organization's deliveries, and one delivery.

use super::{PageResult, Signed, log, webhook};
use crate::{
    model::{error::AppError, id::DeliveryId, log_filter::LogQuery},
    server::{
        access::{ReadLogs, RetryDeliveries},
        domain::{deliveries, log_detail, log_neighbours::neighbours},
        env::Env,
        http::{live, render},
    },
    ui::{
        deliveries::{DeliveriesPage, Log, WebhookDeliveriesPage},
        delivery_detail::{DeliveryPage, Detail},
    },
};
use axum::{
    Router,
    extract::{Path, RawQuery},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use leptos::prelude::*;

/// Everything under `/o/{slug}/deliveries`, and one webhook's list.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/o/{slug}/deliveries", get(list))
        .route("/o/{slug}/webhooks/{id}/deliveries", get(of_webhook))
        .route("/o/{slug}/deliveries/live", get(live::rows::stream))
        .route("/o/{slug}/deliveries/{id}", get(detail))
        .route("/o/{slug}/deliveries/{id}/live", get(live::part::stream))
        .route("/o/{slug}/deliveries/{id}/retry", post(retry))
        .route("/o/{slug}/deliveries/{id}/body/{which}", get(body))
}

async fn list(signed: Signed, RawQuery(raw): RawQuery) -> PageResult {
    let raw = raw.unwrap_or_default();
    let page = log::read(&signed, log::read_query(&raw)).await?;
    let frame = signed.frame;
    let title = frame.title("Deliveries");
    answer(&raw, page, |log| render::document(title, frame.theme, move || view! { <DeliveriesPage frame log/> }))
}

async fn of_webhook(signed: Signed, Path((_, id)): Path<(String, String)>, RawQuery(raw): RawQuery) -> PageResult {
    let raw = raw.unwrap_or_default();
    let id = webhook::id(&id)?;
    let head = webhook::head(&signed.env, &signed.identity, id).await?;
    let query = LogQuery { webhook_id: id.to_string(), ..log::read_query(&raw) };
    let mut page = log::read(&signed, query).await?;
    page.here = signed.frame.path(&format!("webhooks/{id}/deliveries"));
    page.of_webhook = true;
    let frame = signed.frame;
    let title = frame.title(&format!("Deliveries · {}", head.webhook.name()));
    let html = |log| render::document(title, frame.theme, move || view! { <WebhookDeliveriesPage frame head log/> });
    answer(&raw, page, html)
}

/// The list as a page, or the address that it should have been asked for at.
fn answer(raw: &str, page: Log, html: impl FnOnce(Log) -> Html<String>) -> PageResult {
    // A form sends every field, empty ones too: the address that people copy is rid of them.
    if raw.split('&').any(|pair| pair.ends_with('=')) || page.errors.of("cursor").is_some() {
        return Ok(Redirect::to(&page.link(None)).into_response());
    }
    let status = match (page.failure.is_some(), page.errors.is_empty()) {
        (true, _) => StatusCode::SERVICE_UNAVAILABLE,
        (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (false, true) => StatusCode::OK,
    };
    Ok((status, html(page)).into_response())
}

/// An id in an address; what is none leads nowhere.
fn id_of(text: &str) -> Result<DeliveryId, AppError> {
    text.parse().map_err(|_| AppError::NotFound)
}

/// The number of the attempt that the address chooses.
pub fn chosen(raw: &str) -> Option<u32> {
    url::form_urlencoded::parse(raw.as_bytes()).find(|(name, _)| name == "attempt").and_then(|(_, n)| n.parse().ok())
}

/// Why this person may not retry, if so.
pub fn retry_refused(identity: &crate::server::access::Identity) -> Option<String> {
    identity.may::<RetryDeliveries>().err().map(|error| error.to_string())
}

async fn detail(signed: Signed, Path((_, id)): Path<(String, String)>, RawQuery(raw): RawQuery) -> PageResult {
    let raw = raw.unwrap_or_default();
    let permit = signed.identity.permit::<ReadLogs>()?;
    let id = id_of(&id)?;
    let known = log_detail::detail(&signed.env, &permit, id).await?;
    let query = LogQuery { cursor: String::new(), limit: String::new(), ..log::read_query(&raw) };
    let beside = match query.parse() {
        Ok(filter) => neighbours(&signed.env, &permit, &filter, id).await?,
        Err(_) => Default::default(),
    };
    let link = |id: DeliveryId| signed.frame.path(&format!("deliveries/{id}{}", query.link(None)));
    let detail = Detail {
        detail: known,
        organization: format!("/o/{}", signed.frame.organization.slug),
        slug: signed.frame.organization.slug.clone(),
        chosen: chosen(&raw),
        retry_refused: retry_refused(&signed.identity),
        newer: beside.newer.map(link),
        older: beside.older.map(link),
        query: query.link(None),
        egress_ips: signed.env.settings.egress(),
        now: signed.env.now(),
    };
    let frame = signed.frame;
    let title = frame.title(&format!("{} delivery", detail.detail.delivery.event_type));
    Ok(render::document(title, frame.theme, move || view! { <DeliveryPage frame detail/> }).into_response())
}

/// The way without scripts; the list's filters go along, so that its neighbours and the way back stay.
async fn retry(signed: Signed, Path((_, id)): Path<(String, String)>, RawQuery(raw): RawQuery) -> PageResult {
    let permit = signed.identity.permit::<RetryDeliveries>()?;
    let id = id_of(&id)?;
    match deliveries::retry(&signed.env, &permit, id).await {
        Ok(_) => signed.flash(true, "The retry is under way. Its attempt appears below.").await,
        Err(error @ AppError::Conflict(_)) => signed.flash(false, &error.to_string()).await,
        Err(error) => return Err(error.into()),
    }
    let filters = log::read_query(&raw.unwrap_or_default()).link(None);
    Ok(Redirect::to(&signed.frame.path(&format!("deliveries/{id}{filters}"))).into_response())
}

async fn body(
    signed: Signed,
    Path((_, id, which)): Path<(String, String, String)>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let permit = signed.identity.permit::<ReadLogs>()?;
    let known = log_detail::detail(&signed.env, &permit, id_of(&id)?).await?;
    let number = chosen(&raw.unwrap_or_default());
    let text = match which.as_str() {
        "request" => Some(known.request_body),
        "response" => {
            let attempt = known.attempts.into_iter().rfind(|a| number.is_none_or(|n| a.number == n));
            attempt.and_then(|attempt| attempt.response_body)
        }
        _ => None,
    };
    Ok(inert(text.ok_or(AppError::NotFound)?))
}

/// Foreign text, shown as text whatever it looks like: no sniffing, and a sandbox around it.
pub fn inert(text: impl Into<axum::body::Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox; frame-ancestors 'none'"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text.into()).into_response()
}
