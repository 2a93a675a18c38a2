//! Recovery: what would be sent again, the job that does it, and the list of jobs.

use super::{Answer, FormText, PageResult, Signed, log::read_query};
use crate::{
    model::{
        delivery::DeliveryStatus,
        error::AppError,
        id::{JobId, WebhookId},
        log_filter::LogQuery,
        recovery::{DEFAULT_RATE, RecoveryState, can_recover},
        time::Time,
    },
    server::{
        access::{Identity, Permit, ReadLogs, RetryDeliveries},
        domain::{
            catalogue, log_detail, organizations,
            recovery::{self, Wanted},
            webhooks,
        },
        env::Env,
        http::render,
    },
    ui::{
        components::Errors,
        recovery::{JobPage, JobView, JobsPage, JobsView, RecoverPage, RecoverView},
    },
};
use axum::{
    Router,
    extract::{Path, RawQuery},
    http::header,
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use leptos::prelude::*;

/// Jobs on one page of the list.
const PAGE: u32 = 30;
/// Seconds after which the page of a running job loads itself again.
const REFRESH: &str = "10";

/// `/o/{slug}/recover` and `/o/{slug}/jobs`.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/o/{slug}/recover", get(ask).post(start))
        .route("/o/{slug}/jobs", get(list))
        .route("/o/{slug}/jobs/{id}", get(job))
        .route("/o/{slug}/jobs/{id}/{verb}", post(change))
}

/// The filters and the rate of a form. What cannot be recovered at all gives way to what has failed.
fn read(raw: &str) -> (LogQuery, u32) {
    let mut query = LogQuery { limit: String::new(), cursor: String::new(), ..read_query(raw) };
    if can_recover(DeliveryStatus::parse(&query.status)).is_err() {
        query.status = DeliveryStatus::Failed.as_str().into();
    }
    let rate = url::form_urlencoded::parse(raw.as_bytes()).filter(|(name, _)| name == "rate").last();
    (query, rate.and_then(|(_, text)| text.parse().ok()).unwrap_or(DEFAULT_RATE))
}

async fn ask(signed: Signed, RawQuery(raw): RawQuery) -> PageResult {
    let permit = signed.identity.permit::<RetryDeliveries>()?;
    let (query, rate) = read(&raw.unwrap_or_default());
    ask_page(signed, &permit, query, rate, None).await
}

async fn start(signed: Signed, FormText(raw): FormText) -> PageResult {
    let permit = signed.identity.permit::<RetryDeliveries>()?;
    let (query, rate) = read(&raw);
    let wanted = Wanted { query: query.clone(), rate: Some(rate) };
    match recovery::start(&signed.env, &permit, wanted).await {
        Ok(job) => Ok(Redirect::to(&signed.frame.path(&format!("jobs/{}", job.id))).into_response()),
        Err(error) if Answer::is_mendable(&error) => ask_page(signed, &permit, query, rate, Some(error)).await,
        Err(error) => Err(error.into()),
    }
}

async fn ask_page(
    signed: Signed,
    permit: &Permit<RetryDeliveries>,
    query: LogQuery,
    rate: u32,
    refused: Option<AppError>,
) -> PageResult {
    let (env, identity) = (&signed.env, &signed.identity);
    let (found, error) = match recovery::preview(env, permit, &query).await {
        Ok(found) => (Some(found), refused),
        Err(error @ AppError::Invalid(_)) => (None, Some(error)),
        Err(error) => return Err(error.into()),
    };
    let inactive = match query.webhook_id.parse::<WebhookId>() {
        Ok(id) => !webhooks::get(env, &identity.permit()?, id).await?.active,
        Err(_) => false,
    };
    let retention = organizations::retention_days(env, &identity.permit()?).await?;
    let view = RecoverView {
        errors: error.as_ref().map(Errors::from).unwrap_or_default(),
        found,
        webhooks: log_detail::webhook_names(env, &identity.permit()?).await?,
        event_types: catalogue::types(env, permit.organization()).into_iter().map(|t| t.name).collect(),
        inactive,
        resting: resting(env, identity, &query).await?,
        retention_days: u32::try_from(retention).unwrap_or(0),
        now: env.now(),
        query,
        rate,
    };
    let frame = signed.frame;
    let (title, theme) = (frame.title("Recover deliveries"), frame.theme);
    let page = render::document(title, theme, move || view! { <RecoverPage frame view/> });
    Ok(match error {
        Some(error) => Answer::again(&error, page),
        None => page.into_response(),
    })
}

/// The webhooks of these filters that rest, by name, and until when.
async fn resting(env: &Env, who: &Identity, query: &LogQuery) -> Result<Vec<(String, Time)>, AppError> {
    let now = env.now();
    let all = webhooks::list(env, &who.permit()?).await?.into_iter();
    let chosen = all.filter(|one| query.webhook_id.is_empty() || one.id.to_string() == query.webhook_id);
    Ok(chosen.filter_map(|one| Some((one.name().to_owned(), one.rests(now)?))).collect())
}

async fn webhook_name(env: &Env, permit: &Permit<ReadLogs>, query: &LogQuery) -> Result<String, AppError> {
    match query.webhook_id.parse::<WebhookId>() {
        Ok(id) => log_detail::webhook_name(env, permit, id).await,
        Err(_) => Ok(String::new()),
    }
}

async fn list(signed: Signed, RawQuery(raw): RawQuery) -> PageResult {
    let permit = signed.identity.permit::<ReadLogs>()?;
    let cursor = read_query(&raw.unwrap_or_default()).cursor;
    let page = recovery::page(&signed.env, &permit, PAGE, Some(&cursor)).await?;
    let mut jobs = Vec::new();
    for job in page.data {
        let name = webhook_name(&signed.env, &permit, &job.query).await?;
        jobs.push((job, name));
    }
    let frame = signed.frame;
    let view = JobsView {
        jobs,
        older: page.next_cursor.map(|cursor| frame.path(&format!("jobs?cursor={cursor}"))),
        first: (!cursor.is_empty()).then(|| frame.path("jobs")),
        off: super::deliveries::retry_refused(&signed.identity),
        now: signed.env.now(),
    };
    let (title, theme) = (frame.title("Recovery jobs"), frame.theme);
    Ok(render::document(title, theme, move || view! { <JobsPage frame view/> }).into_response())
}

/// An id in an address; what is none leads nowhere.
fn id_of(text: &str) -> Result<JobId, AppError> {
    text.parse().map_err(|_| AppError::NotFound)
}

async fn job(signed: Signed, Path((_, id)): Path<(String, String)>, RawQuery(raw): RawQuery) -> PageResult {
    let permit = signed.identity.permit::<ReadLogs>()?;
    let job = recovery::get(&signed.env, &permit, id_of(&id)?).await?;
    let moves = job.state == RecoveryState::Running || job.in_flight > 0;
    let refreshes = moves && raw.is_none_or(|raw| !raw.contains("still"));
    let view = JobView {
        webhook: webhook_name(&signed.env, &permit, &job.query).await?,
        resting: if moves { resting(&signed.env, &signed.identity, &job.query).await? } else { Vec::new() },
        job,
        refreshes,
        off: super::deliveries::retry_refused(&signed.identity),
        now: signed.env.now(),
    };
    let frame = signed.frame;
    let (title, theme) = (frame.title("Recovery"), frame.theme);
    let mut response = render::document(title, theme, move || view! { <JobPage frame view/> }).into_response();
    if refreshes {
        response.headers_mut().insert(header::REFRESH, header::HeaderValue::from_static(REFRESH));
    }
    Ok(response)
}

async fn change(signed: Signed, Path((_, id, verb)): Path<(String, String, String)>) -> PageResult {
    let permit = signed.identity.permit::<RetryDeliveries>()?;
    let (env, id) = (&signed.env, id_of(&id)?);
    let done = match verb.as_str() {
        "pause" => recovery::pause(env, &permit, id).await.map(|_| "Paused. What was under way ends."),
        "resume" => recovery::resume(env, &permit, id).await.map(|_| "It goes on."),
        "cancel" => recovery::cancel(env, &permit, id).await.map(|_| "Cancelled. What was under way ends."),
        _ => Err(AppError::NotFound),
    };
    match done {
        Ok(said) => signed.flash(true, said).await,
        Err(error @ AppError::Conflict(_)) => signed.flash(false, &error.to_string()).await,
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to(&signed.frame.path(&format!("jobs/{id}"))).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_recovered_gives_way_to_what_has_failed() {
        assert_eq!(read("status=pending&rate=5").0.status, "failed");
        assert_eq!(
            read("status=skipped&cursor=x&rate=nonsense"),
            (LogQuery { status: "skipped".into(), ..LogQuery::default() }, DEFAULT_RATE)
        );
    }
}
