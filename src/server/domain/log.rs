//! The log of deliveries: listed, filtered, looked into.

pub use super::paging::Page;
use super::{
    attempts::{kept_body, request::MASK},
    credentials::masked,
    paging::{cursor_after, read_cursor},
};
use crate::{
    model::{delivery::*, error::AppError, id::*, log_filter::LogFilter, time::Time},
    server::{
        access::{Permit, ReadLogs},
        env::Env,
        fault::fault,
        store::log::{self as store, AttemptRow, DeliveryRow, LogCriteria},
    },
};
use serde_json::value::RawValue;

/// Most deliveries that are listed with one event.
const MAX_OF_EVENT: u32 = 1_000;

/// One event and what became of it.
#[derive(Debug, Clone)]
pub struct EventDetail {
    /// As shown: the platform's own id where it gave one.
    pub id: String,
    pub event_type: String,
    /// When it happened, as the platform says.
    pub occurred_at: Time,
    pub created_at: Time,
    pub is_test: bool,
    /// As it was posted.
    pub data: Box<RawValue>,
    /// Newest first.
    pub deliveries: Vec<Delivery>,
}

/// A page of deliveries, newest first. It can hold fewer than `limit` and still have a cursor: where what is
/// asked for is rare, a page is only looked for so far back, and the next goes on from there.
pub async fn list(
    env: &Env,
    permit: &Permit<ReadLogs>,
    filter: &LogFilter,
    limit: u32,
    cursor: Option<&str>,
) -> Result<Page<Delivery>, AppError> {
    let before = read_cursor(cursor)?;
    let Some(criteria) = criteria(env, permit.organization_id(), filter).await? else {
        return Ok(Page { data: Vec::new(), next_cursor: None });
    };
    let found = store::search(&env.db, permit.organization_id(), &criteria, before, limit + 1).await?;
    let page = Page::of(found.rows, limit, |row| row.id.bytes()).map(delivery);
    Ok(Page { next_cursor: page.next_cursor.or(found.searched_to.map(cursor_after)), ..page })
}

/// When the oldest delivery that is there was created.
pub async fn oldest(env: &Env, permit: &Permit<ReadLogs>) -> Result<Option<Time>, AppError> {
    Ok(store::oldest(&env.db, permit.organization_id()).await?)
}

/// What the store is asked for; none where nothing can match.
pub(super) async fn criteria(
    env: &Env,
    organization: OrganizationId,
    filter: &LogFilter,
) -> Result<Option<LogCriteria>, AppError> {
    let texts = [filter.event_type.as_deref(), filter.event_id.as_deref()];
    if texts.into_iter().flatten().any(|text| text.contains('\0')) {
        // No row has such a text, and Postgres refuses to be asked.
        return Ok(None);
    }
    let mut event_id = None;
    if let Some(shown) = &filter.event_id {
        event_id = store::event_id(&env.db, organization, shown).await?;
        if event_id.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(LogCriteria {
        webhook_id: filter.webhook_id,
        event_id,
        delivery_id: filter.delivery_id,
        event_type: filter.event_type.clone(),
        status: filter.status,
        response_code: filter.response_code,
        error: filter.error,
        from: filter.from,
        to: filter.to,
        ..LogCriteria::default()
    }))
}

/// One delivery of the list.
pub async fn get(env: &Env, permit: &Permit<ReadLogs>, id: DeliveryId) -> Result<Delivery, AppError> {
    let criteria = LogCriteria { delivery_id: Some(id), ..LogCriteria::default() };
    let rows = store::list(&env.db, permit.organization_id(), &criteria, [0xff; 16], 1).await?;
    rows.into_iter().next().map(delivery).ok_or(AppError::NotFound)
}

/// One delivery with every attempt.
pub async fn attempts(
    env: &Env,
    permit: &Permit<ReadLogs>,
    id: DeliveryId,
) -> Result<(Delivery, Vec<Attempt>), AppError> {
    let delivery = get(env, permit, id).await?;
    let rows = store::attempts(&env.db, permit.organization_id(), id).await?;
    let convention = env.conventions.get(&permit.organization().convention);
    // A process without the organization's convention goes by what most count.
    let is_success = |code: u16| convention.as_ref().map_or((200..300).contains(&code), |c| c.is_success(code));
    Ok((delivery, rows.into_iter().map(|row| attempt(row, is_success)).collect::<Result<_, _>>()?))
}

/// An event by the id that it goes by, with its deliveries.
pub async fn event(env: &Env, permit: &Permit<ReadLogs>, shown: &str) -> Result<EventDetail, AppError> {
    let organization = permit.organization_id();
    if shown.contains('\0') {
        return Err(AppError::NotFound);
    }
    let id = store::event_id(&env.db, organization, shown).await?.ok_or(AppError::NotFound)?;
    let row = store::event(&env.db, organization, id).await?.ok_or(AppError::NotFound)?;
    let criteria = LogCriteria { event_id: Some(id), ..LogCriteria::default() };
    let rows = store::list(&env.db, organization, &criteria, [0xff; 16], MAX_OF_EVENT).await?;
    let deliveries = rows.into_iter().map(delivery).collect();
    let data = String::from_utf8(row.data).map_err(fault)?;
    Ok(EventDetail {
        id: shown_id(row.id, row.given_id),
        event_type: row.event_type,
        occurred_at: row.occurred_at,
        created_at: row.created_at,
        is_test: row.is_test,
        data: RawValue::from_string(data).map_err(fault)?,
        deliveries,
    })
}

pub(super) fn shown_id(id: EventId, given: Option<String>) -> String {
    given.unwrap_or_else(|| id.to_string())
}

fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

fn code(number: Option<i16>) -> Option<u16> {
    number.and_then(|n| u16::try_from(n).ok())
}

pub(super) fn delivery(row: DeliveryRow) -> Delivery {
    Delivery {
        id: row.id,
        event_id: shown_id(row.event_id, row.given_id),
        event_type: row.event_type,
        webhook_id: row.webhook_id,
        url: row.url,
        status: row.status,
        is_test: row.is_test,
        response_code: code(row.response_code),
        outcome: row.outcome,
        duration_us: row.duration_us,
        attempt_count: count(row.attempt_count),
        max_attempts: count(row.max_attempts),
        created_at: row.created_at,
        next_attempt_at: row.next_attempt_at,
        completed_at: row.completed_at,
    }
}

fn attempt(row: AttemptRow, is_success: impl Fn(u16) -> bool) -> Result<Attempt, AppError> {
    let pairs = |json: &str| serde_json::from_str::<Vec<(String, String)>>(json).map_err(fault);
    let response_headers = row.response_headers.as_deref().map(pairs).transpose()?.unwrap_or_default();
    let body = row.response_body.map(|kept| kept_body::unpack(kept, row.response_deflated));
    Ok(Attempt {
        id: row.id,
        number: count(row.number),
        trigger: row.trigger,
        triggered_by: row.triggered_by,
        started_at: row.started_at,
        duration_us: row.duration_us,
        outcome: row.outcome,
        detail: row.detail,
        response_code: code(row.response_code),
        succeeded: row.outcome == Outcome::Answered && code(row.response_code).is_some_and(is_success),
        url: row.url,
        request_headers: pairs(&row.request_headers)?,
        // They are recorded masked; earlier versions recorded them as they came.
        response_headers: masked(response_headers, MASK),
        response_body: body.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        response_truncated: row.response_truncated,
    })
}
