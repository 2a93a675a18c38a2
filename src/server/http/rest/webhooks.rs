//! `/v1/webhooks`: adding, reading, changing, deleting, testing, new secrets.

use super::{
    Answer,
    allowed::{Allowed, Named},
    body::{Fields, Limited},
    hooks_input,
    query::Paging,
    shapes::*,
    webhook_input::{self, WebhookInput, WebhookPatch},
};
use crate::{
    model::{id::WebhookId, webhook::Webhook},
    server::{
        access::{Permission, ReadWebhooks, TestWebhooks, WriteWebhooks},
        domain::{
            catalogue, deliveries,
            webhook_hooks::{self, MadeHook},
            webhook_rotation, webhooks,
        },
        http::problem::Problem,
    },
};
use axum::{
    Json,
    extract::RawQuery,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// The webhook with what the organization's convention adds.
fn shape<P: Permission>(caller: &Allowed<P>, webhook: Webhook) -> Result<WebhookShape, Problem> {
    let convention = catalogue::convention(&caller.env, caller.permit.organization())?;
    Ok(WebhookShape::of(webhook, &convention))
}

/// Add a webhook
///
/// Answers the webhook with its `secret`, which is shown only here. With `hooks`, answers the webhooks that were
/// made of them as `data`.
#[utoipa::path(post, path = "/v1/webhooks", tag = "Webhooks", request_body = WebhookInput,
    responses((status = 201, body = Created), (status = 422, body = Problem)))]
pub async fn create(caller: Allowed<WriteWebhooks>, body: Limited) -> Answer<Response> {
    let mut fields = body.fields(false)?;
    if fields.raw("hooks").is_some_and(|hooks| hooks.get() != "null") {
        return create_hooks(&caller, fields).await;
    }
    let new = webhook_input::new(&mut fields);
    fields.finish()?;
    let (webhook, secret) = webhooks::create(&caller.env, &caller.permit, new).await?;
    let created = CreatedWebhook { webhook: shape(&caller, webhook)?, secret };
    let location = format!("/v1/webhooks/{}", created.webhook.id);
    let created = Created::One(Box::new(created));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], never_kept(Json(created))).into_response())
}

async fn create_hooks(caller: &Allowed<WriteWebhooks>, mut fields: Fields<'_>) -> Answer<Response> {
    let new = hooks_input::hooks(&mut fields);
    fields.finish()?;
    let (made, secret) = webhook_hooks::create(&caller.env, &caller.permit, new).await?;
    let created = |MadeHook { hook, webhook }: MadeHook| {
        let created = CreatedWebhook { webhook: shape(caller, webhook)?, secret: secret.clone() };
        Ok::<_, Problem>(CreatedHook { hook, created })
    };
    let data = made.into_iter().map(created).collect::<Result<_, _>>()?;
    let created = Created::Hooks(CreatedHooks { data });
    Ok((StatusCode::CREATED, never_kept(Json(created))).into_response())
}

/// List webhooks
///
/// Newest first.
#[utoipa::path(get, path = "/v1/webhooks", tag = "Webhooks", params(Paging),
    responses((status = 200, body = List<WebhookShape>)))]
pub async fn list(caller: Allowed<ReadWebhooks>, RawQuery(query): RawQuery) -> Answer<Json<List<WebhookShape>>> {
    let paging = Paging::read(query.as_deref())?;
    let page = webhooks::page(&caller.env, &caller.permit, paging.limit()?, paging.cursor()).await?;
    let data = page.data.into_iter().map(|webhook| shape(&caller, webhook)).collect::<Result<_, _>>()?;
    Ok(Json(List { data, next_cursor: page.next_cursor }))
}

/// Read one webhook
#[utoipa::path(get, path = "/v1/webhooks/{id}", tag = "Webhooks", params(("id" = String, Path)),
    responses((status = 200, body = WebhookShape), (status = 404, body = Problem)))]
pub async fn get(caller: Allowed<ReadWebhooks>, Named(id): Named<WebhookId>) -> Answer<Json<WebhookShape>> {
    let webhook = webhooks::get(&caller.env, &caller.permit, id).await?;
    Ok(Json(shape(&caller, webhook)?))
}

/// Change a webhook
///
/// Changes the fields that are given, as PATCH does. Where the URL's host changes, the stored values of
/// its headers are cleared, so that they are not sent to somebody they were not meant for.
#[utoipa::path(put, path = "/v1/webhooks/{id}", tag = "Webhooks", params(("id" = String, Path)),
    request_body = WebhookPatch,
    responses((status = 200, body = WebhookShape), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn put(caller: Allowed<WriteWebhooks>, id: Named<WebhookId>, body: Limited) -> Answer<Json<WebhookShape>> {
    change(caller, id, body).await
}

/// Change some fields of a webhook
#[utoipa::path(patch, path = "/v1/webhooks/{id}", tag = "Webhooks", params(("id" = String, Path)),
    request_body = WebhookPatch,
    responses((status = 200, body = WebhookShape), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn patch(caller: Allowed<WriteWebhooks>, id: Named<WebhookId>, body: Limited) -> Answer<Json<WebhookShape>> {
    change(caller, id, body).await
}

async fn change(
    caller: Allowed<WriteWebhooks>,
    Named(id): Named<WebhookId>,
    body: Limited,
) -> Answer<Json<WebhookShape>> {
    let mut fields = body.fields(false)?;
    let change = webhook_input::change(&mut fields);
    fields.finish()?;
    let changed = webhooks::update(&caller.env, &caller.permit, id, change).await?;
    Ok(Json(shape(&caller, changed.webhook)?))
}

/// Delete a webhook
///
/// Its deliveries stay in the log; what still waits is skipped.
#[utoipa::path(delete, path = "/v1/webhooks/{id}", tag = "Webhooks", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn delete(caller: Allowed<WriteWebhooks>, Named(id): Named<WebhookId>) -> Answer<StatusCode> {
    webhooks::delete(&caller.env, &caller.permit, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a test sends.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document; `Fields` reads it, naming what is wrong")]
pub struct TestInput {
    /// Missing: the first of the webhook's types.
    #[schema(example = "call.completed")]
    event_type: Option<String>,
    /// Missing: the catalogue's example.
    #[schema(value_type = Option<Object>)]
    data: Option<serde_json::Value>,
}

/// Send a test
///
/// Answers once the receiver has answered or timed out.
#[utoipa::path(post, path = "/v1/webhooks/{id}/test", tag = "Webhooks", params(("id" = String, Path)),
    request_body = Option<TestInput>,
    responses((status = 200, body = TestResult), (status = 404, body = Problem)))]
pub async fn test(
    caller: Allowed<TestWebhooks>,
    Named(id): Named<WebhookId>,
    body: Limited,
) -> Answer<Json<TestResult>> {
    let mut fields = body.fields(true)?;
    let event_type = fields.optional("event_type", "Give a text in quotes.").flatten();
    let data = super::event_input::data(&mut fields);
    fields.finish()?;
    // A receiver may take its time; others are to have the place in memory.
    drop(body);
    let (delivery, attempt) = deliveries::send_test(&caller.env, &caller.permit, id, event_type, data).await?;
    Ok(Json(TestResult { delivery: delivery.into(), attempt: attempt.into() }))
}

/// How to rotate.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document; `Fields` reads it, naming what is wrong")]
pub struct RotateInput {
    /// How long the old secret signs beside the new one; a day if missing, 0 for not at all.
    #[schema(minimum = 0, maximum = 604_800, default = 86_400)]
    overlap_seconds: Option<u32>,
}

/// Rotate the signing secret
///
/// Both secrets sign during the overlap, so that receivers can change over without a gap.
#[utoipa::path(post, path = "/v1/webhooks/{id}/secret/rotate", tag = "Webhooks", params(("id" = String, Path)),
    request_body = Option<RotateInput>,
    responses((status = 200, body = RotatedSecret), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn rotate(caller: Allowed<WriteWebhooks>, Named(id): Named<WebhookId>, body: Limited) -> Answer<Response> {
    let mut fields = body.fields(true)?;
    let overlap = fields.optional("overlap_seconds", "Give 0 to 604800 whole seconds.").flatten();
    fields.finish()?;
    let secret = webhook_rotation::rotate(&caller.env, &caller.permit, id, overlap, None).await?;
    let overlap_seconds = overlap.unwrap_or(webhook_rotation::DEFAULT_OVERLAP_SECONDS);
    Ok(never_kept(Json(RotatedSecret { secret, overlap_seconds })).into_response())
}

/// An answer with a secret stays in no cache.
fn never_kept<T>(answer: T) -> ([(header::HeaderName, HeaderValue); 1], T) {
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], answer)
}
