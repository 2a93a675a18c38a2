//! `/v1/events`: publishing, and looking up what became of it. `/v1/event-types`: the catalogue.

use super::{
    Answer,
    allowed::{Allowed, Named},
    body::Limited,
    event_input::{self, BatchInput, EventInput},
    query::Paging,
    shapes::*,
};
use crate::{
    model::error::AppError,
    server::{
        access::{PublishEvents, ReadLogs, ReadWebhooks},
        domain::{catalogue, events, log, paging},
        http::problem::Problem,
    },
};
use axum::{
    Json,
    extract::RawQuery,
    http::{HeaderMap, StatusCode},
};

const KEY: &str = "Idempotency-Key";
/// Leaves room for the place within a batch.
const MAX_KEY: usize = 250;

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, AppError> {
    let Some(value) = headers.get(KEY) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let good = (1..=MAX_KEY).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if good {
        return Ok(Some(text.into()));
    }
    Err(AppError::field(KEY, format!("Give 1 to {MAX_KEY} printable ASCII characters without spaces.")))
}

/// Publish an event
///
/// Answered once the event is on the disk. The same `Idempotency-Key` (kept 24 hours) or the same `id` again
/// answers the first event, and delivers nothing more.
#[utoipa::path(post, path = "/v1/events", tag = "Events", request_body = EventInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "Any text of your own, up to 250 characters")),
    responses((status = 202, body = AcceptedShape), (status = 413, body = Problem), (status = 422, body = Problem),
        (status = 503, body = Problem)))]
pub async fn publish(
    caller: Allowed<PublishEvents>,
    headers: HeaderMap,
    body: Limited,
) -> Answer<(StatusCode, Json<AcceptedShape>)> {
    let key = idempotency_key(&headers)?;
    let mut fields = body.fields(false)?;
    let event = event_input::event(&mut fields, key);
    fields.finish()?;
    let started = caller.env.now();
    let accepted = events::accept_one(&caller.env, &caller.permit, event.ok_or(AppError::NotFound)?).await?;
    caller.env.metrics.accepted(1, caller.env.now().since(started));
    Ok((StatusCode::ACCEPTED, Json(accepted.into())))
}

/// Publish a batch of events
///
/// All are taken, or none. An `Idempotency-Key` stands for the whole batch.
#[utoipa::path(post, path = "/v1/events/batch", tag = "Events", request_body = BatchInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "Any text of your own, up to 250 characters")),
    responses((status = 202, body = AcceptedBatch), (status = 413, body = Problem), (status = 422, body = Problem),
        (status = 503, body = Problem)))]
pub async fn publish_batch(
    caller: Allowed<PublishEvents>,
    headers: HeaderMap,
    body: Limited,
) -> Answer<(StatusCode, Json<AcceptedBatch>)> {
    let key = idempotency_key(&headers)?;
    let mut fields = body.fields(false)?;
    let batch = event_input::batch(&mut fields, key.as_deref());
    fields.finish()?;
    let started = caller.env.now();
    let accepted = events::accept(&caller.env, &caller.permit, batch).await?;
    caller.env.metrics.accepted(accepted.len(), caller.env.now().since(started));
    let data = accepted.into_iter().map(AcceptedShape::from).collect();
    Ok((StatusCode::ACCEPTED, Json(AcceptedBatch { data })))
}

/// Read one event
///
/// With its data and its deliveries.
#[utoipa::path(get, path = "/v1/events/{id}", tag = "Events", params(("id" = String, Path)),
    responses((status = 200, body = EventShape), (status = 404, body = Problem)))]
pub async fn get(caller: Allowed<ReadLogs>, Named(id): Named<String>) -> Answer<Json<EventShape>> {
    Ok(Json(log::event(&caller.env, &caller.permit, &id).await?.into()))
}

/// List event types
///
/// The catalogue of the organization's convention.
#[utoipa::path(get, path = "/v1/event-types", tag = "Event types", params(Paging),
    responses((status = 200, body = List<EventTypeShape>)))]
pub async fn types(caller: Allowed<ReadWebhooks>, RawQuery(query): RawQuery) -> Answer<Json<List<EventTypeShape>>> {
    let paging = Paging::read(query.as_deref())?;
    let types = catalogue::types(&caller.env, caller.permit.organization());
    let page = paging::of_names(types, paging.limit()?, paging.cursor(), |kind| kind.name.as_str())?;
    Ok(Json(page.into()))
}
