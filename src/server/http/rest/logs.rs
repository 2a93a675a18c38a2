//! `/v1/webhooks/logs`: deliveries, listed and filtered, one with its attempts, and sending one again.

use super::{
    Answer,
    allowed::{Allowed, Named},
    query::{LogParameters, log_query},
    shapes::*,
};
use crate::{
    model::{error::AppError, id::DeliveryId},
    server::{
        access::{ReadLogs, RetryDeliveries},
        domain::{deliveries, log},
        http::problem::Problem,
    },
};
use axum::{Json, extract::RawQuery, http::StatusCode};

/// List deliveries
///
/// Newest first, under any combination of filters.
#[utoipa::path(get, path = "/v1/webhooks/logs", tag = "Deliveries", params(LogParameters),
    responses((status = 200, body = List<DeliveryShape>), (status = 422, body = Problem)))]
pub async fn list(caller: Allowed<ReadLogs>, RawQuery(query): RawQuery) -> Answer<Json<List<DeliveryShape>>> {
    let query = log_query(query.as_deref());
    let filter = query.parse()?;
    let limit = query.limit().map_err(|message| AppError::field("limit", message))?;
    let page = log::list(&caller.env, &caller.permit, &filter, limit, Some(&query.cursor)).await?;
    Ok(Json(page.into()))
}

/// Read one delivery
///
/// With every attempt: request and response headers, response body, duration, outcome.
#[utoipa::path(get, path = "/v1/webhooks/logs/{delivery_id}", tag = "Deliveries",
    params(("delivery_id" = String, Path)),
    responses((status = 200, body = DeliveryDetail), (status = 404, body = Problem)))]
pub async fn get(caller: Allowed<ReadLogs>, Named(id): Named<DeliveryId>) -> Answer<Json<DeliveryDetail>> {
    let (delivery, attempts) = log::attempts(&caller.env, &caller.permit, id).await?;
    let attempts = attempts.into_iter().map(AttemptShape::from).collect();
    Ok(Json(DeliveryDetail { delivery: delivery.into(), attempts }))
}

/// Retry a delivery
///
/// From `success`, `failed` and `skipped`; 409 while an attempt is under way or planned.
#[utoipa::path(post, path = "/v1/webhooks/logs/{delivery_id}/retry", tag = "Deliveries",
    params(("delivery_id" = String, Path)),
    responses((status = 202, body = DeliveryShape), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn retry(
    caller: Allowed<RetryDeliveries>,
    Named(id): Named<DeliveryId>,
) -> Answer<(StatusCode, Json<DeliveryShape>)> {
    let delivery = deliveries::retry(&caller.env, &caller.permit, id).await?;
    Ok((StatusCode::ACCEPTED, Json(delivery.into())))
}
