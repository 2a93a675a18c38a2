//! `/v1/webhooks/{id}/recover` and `/v1/jobs`: many deliveries sent again by a job.

use super::{
    Answer,
    allowed::{Allowed, Named},
    body::{Fields, Limited},
    query::Paging,
    shapes::List,
};
use crate::{
    model::{
        delivery::DeliveryStatus,
        id::{JobId, WebhookId},
        log_filter::LogQuery,
        recovery::{Recovery, can_recover},
        time::Time,
    },
    server::{
        access::{ReadLogs, RetryDeliveries},
        domain::recovery::{self as jobs, Wanted},
        http::problem::Problem,
    },
};
use axum::{Json, extract::RawQuery, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

/// A job that sends many deliveries again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobShape {
    #[schema(example = "job_01jd8zq6w3f5t9k2m4n7p8r0sv")]
    pub id: String,
    /// `running`, `paused`, `finished` or `cancelled`.
    #[schema(pattern = "^(running|paused|finished|cancelled)$", example = "running")]
    pub state: &'static str,
    /// Why Switchhook itself paused or cancelled it.
    pub note: Option<String>,
    /// Deliveries that it is about, counted when it was started.
    pub total: u64,
    /// Deliveries that it is through with: succeeded, failed and left out.
    pub done: u64,
    pub succeeded: u64,
    /// Ended without success again.
    pub failed: u64,
    /// Were no longer as they were when their turn came: retried by somebody meanwhile, or their webhook inactive.
    pub left_out: u64,
    /// Null: of any webhook.
    pub webhook_id: Option<String>,
    /// The status that the deliveries had.
    pub status: String,
    /// Most deliveries that it begins in a second.
    pub rate_per_second: u32,
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it finished or was cancelled.
    #[schema(format = DateTime)]
    pub ended_at: Option<String>,
}

impl From<Recovery> for JobShape {
    fn from(job: Recovery) -> Self {
        Self {
            id: job.id.to_string(),
            state: job.state.as_str(),
            total: job.total,
            done: job.done(),
            succeeded: job.succeeded,
            failed: job.failed,
            left_out: job.left_out,
            webhook_id: Some(job.query.webhook_id).filter(|id| !id.is_empty()),
            status: job.query.status,
            rate_per_second: job.rate,
            note: job.note,
            created_at: job.created_at.rfc3339(),
            ended_at: job.ended_at.map(Time::rfc3339),
        }
    }
}

/// What to send again.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document; `Fields` reads it, naming what is wrong")]
pub struct RecoverInput {
    /// Deliveries created at or after this time.
    #[schema(format = DateTime, example = "2026-11-21T12:00:00Z")]
    since: String,
    /// Deliveries created before this time; now if missing.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// `failed` if missing; `skipped` for what came while the webhook was inactive; `success` to send again what arrived.
    #[schema(pattern = "^(failed|skipped|success)$", default = "failed")]
    status: Option<String>,
    /// Most deliveries that are begun in a second.
    #[schema(minimum = 1, maximum = 200, default = 50)]
    rate_per_second: Option<u32>,
}

const TIME: &str = "Give a time, as 2026-11-21T12:00:00Z.";

/// A member that is a time, as it was given. What is wrong is noted in the fields.
fn time(fields: &mut Fields<'_>, name: &str, required: bool) -> Option<(String, Time)> {
    let given = if required { fields.required(name, TIME) } else { fields.optional(name, TIME).flatten() };
    let text: String = given?;
    match Time::parse(&text).filter(|_| text.len() <= 64) {
        Some(time) => Some((text, time)),
        None => {
            fields.wrong(name, TIME);
            None
        }
    }
}

/// What the body asks for. What is wrong is noted in the fields.
fn wanted(fields: &mut Fields<'_>, webhook: WebhookId) -> Wanted {
    let since = time(fields, "since", true);
    let until = time(fields, "until", false);
    if let (Some((_, since)), Some((_, until))) = (&since, &until)
        && until < since
    {
        fields.wrong("until", "This is before since. Give a later time, or leave it out.");
    }
    let status: Option<String> = fields.optional("status", "Give failed, skipped or success.").flatten();
    let status = status.unwrap_or_else(|| DeliveryStatus::Failed.as_str().into());
    if let Err(message) = can_recover(DeliveryStatus::parse(&status)) {
        fields.wrong("status", message);
    }
    let rate = fields.optional("rate_per_second", "Give a whole number from 1 to 200.").flatten();
    let text = |time: Option<(String, Time)>| time.map(|(text, _)| text).unwrap_or_default();
    let (from, to) = (text(since), text(until));
    Wanted { query: LogQuery { webhook_id: webhook.to_string(), status, from, to, ..LogQuery::default() }, rate }
}

/// Recover deliveries
///
/// Sends again what has failed (or was skipped) since a time: each delivery once, oldest first, in the background,
/// at a bounded rate. Pending deliveries and tests are left out. The same request while its job is open answers that
/// job; another one is a conflict, as is an inactive webhook.
#[utoipa::path(post, path = "/v1/webhooks/{id}/recover", tag = "Recovery", params(("id" = String, Path)),
    request_body = RecoverInput,
    responses((status = 202, body = JobShape), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
pub async fn recover(
    caller: Allowed<RetryDeliveries>,
    Named(id): Named<WebhookId>,
    body: Limited,
) -> Answer<(StatusCode, Json<JobShape>)> {
    let mut fields = body.fields(true)?;
    let wanted = wanted(&mut fields, id);
    fields.finish()?;
    let job = jobs::start(&caller.env, &caller.permit, wanted).await?;
    Ok((StatusCode::ACCEPTED, Json(job.into())))
}

/// List jobs
///
/// Newest first.
#[utoipa::path(get, path = "/v1/jobs", tag = "Recovery", params(Paging),
    responses((status = 200, body = List<JobShape>)))]
pub async fn list(caller: Allowed<ReadLogs>, RawQuery(query): RawQuery) -> Answer<Json<List<JobShape>>> {
    let paging = Paging::read(query.as_deref())?;
    let page = jobs::page(&caller.env, &caller.permit, paging.limit()?, paging.cursor()).await?;
    Ok(Json(List { data: page.data.into_iter().map(JobShape::from).collect(), next_cursor: page.next_cursor }))
}

/// Read one job
#[utoipa::path(get, path = "/v1/jobs/{id}", tag = "Recovery", params(("id" = String, Path)),
    responses((status = 200, body = JobShape), (status = 404, body = Problem)))]
pub async fn get(caller: Allowed<ReadLogs>, Named(id): Named<JobId>) -> Answer<Json<JobShape>> {
    Ok(Json(jobs::get(&caller.env, &caller.permit, id).await?.into()))
}

/// Cancel a job
///
/// Nothing more is begun; what is under way ends and is still counted. 409 once it has ended.
#[utoipa::path(post, path = "/v1/jobs/{id}/cancel", tag = "Recovery", params(("id" = String, Path)),
    responses((status = 200, body = JobShape), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn cancel(caller: Allowed<RetryDeliveries>, Named(id): Named<JobId>) -> Answer<Json<JobShape>> {
    Ok(Json(jobs::cancel(&caller.env, &caller.permit, id).await?.into()))
}

/// Pause a job
///
/// Nothing more is begun until it is resumed. 409 unless it runs.
#[utoipa::path(post, path = "/v1/jobs/{id}/pause", tag = "Recovery", params(("id" = String, Path)),
    responses((status = 200, body = JobShape), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn pause(caller: Allowed<RetryDeliveries>, Named(id): Named<JobId>) -> Answer<Json<JobShape>> {
    Ok(Json(jobs::pause(&caller.env, &caller.permit, id).await?.into()))
}

/// Resume a job
///
/// 409 unless it is paused, and while its webhook is inactive.
#[utoipa::path(post, path = "/v1/jobs/{id}/resume", tag = "Recovery", params(("id" = String, Path)),
    responses((status = 200, body = JobShape), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn resume(caller: Allowed<RetryDeliveries>, Named(id): Named<JobId>) -> Answer<Json<JobShape>> {
    Ok(Json(jobs::resume(&caller.env, &caller.permit, id).await?.into()))
}
