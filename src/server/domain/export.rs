//! The filtered deliveries as a file, page by page: whoever writes it out holds one page at a time.

use super::{
    audit::{self, Change},
    csv,
    log::{criteria, delivery},
    paging::cursor_after,
};
use crate::{
    model::{
        delivery::Delivery,
        error::AppError,
        log_filter::{LogFilter, LogQuery},
        time::Time,
    },
    server::{
        access::{ExportLogs, Permit},
        domain::paging::read_cursor,
        env::Env,
        store::{audit as audit_store, log as store},
    },
};
use serde_json::json;

/// Deliveries of one page.
const PAGE: u32 = 500;

/// The names of the columns, in their order.
pub const COLUMNS: [&str; 15] = [
    "id",
    "event_id",
    "event_type",
    "webhook_id",
    "url",
    "status",
    "is_test",
    "response_code",
    "error",
    "attempt_count",
    "max_attempts",
    "duration_ms",
    "created_at",
    "next_attempt_at",
    "completed_at",
];

/// Notes in the audit log who takes the file along.
pub async fn begin(env: &Env, permit: &Permit<ExportLogs>, query: &LogQuery, format: &str) -> Result<(), AppError> {
    let change = Change { after: Some(json!({"filter": query.told(), "format": format})), ..Change::default() };
    let entry = audit::entry(env, permit, "deliveries.exported", change);
    Ok(audit_store::write(&env.db, &entry).await?)
}

/// The next page, newest first, and where to go on; no cursor at the end.
pub async fn page(
    env: &Env,
    permit: &Permit<ExportLogs>,
    filter: &LogFilter,
    cursor: Option<&str>,
) -> Result<(Vec<Delivery>, Option<String>), AppError> {
    let organization = permit.organization_id();
    let Some(criteria) = criteria(env, organization, filter).await? else { return Ok((Vec::new(), None)) };
    let rows = store::list(&env.db, organization, &criteria, read_cursor(cursor)?, PAGE).await?;
    let next = rows.last().filter(|_| rows.len() == PAGE as usize).map(|row| cursor_after(row.id.bytes()));
    Ok((rows.into_iter().map(delivery).collect(), next))
}

/// The names of the columns as a line.
pub fn csv_head() -> String {
    csv::line(COLUMNS)
}

/// One delivery as a line of comma-separated values.
pub fn csv_line(delivery: &Delivery) -> String {
    let number = |n: Option<u16>| n.map_or_else(String::new, |n| n.to_string());
    let time = |t: Option<Time>| t.map_or_else(String::new, Time::rfc3339);
    let cells = [
        delivery.id.to_string(),
        delivery.event_id.clone(),
        delivery.event_type.clone(),
        delivery.webhook_id.to_string(),
        delivery.url.clone(),
        delivery.status.as_str().to_owned(),
        delivery.is_test.to_string(),
        number(delivery.response_code),
        delivery.error().unwrap_or_default().to_owned(),
        delivery.attempt_count.to_string(),
        delivery.max_attempts.to_string(),
        delivery.duration_us.map_or_else(String::new, |us| (us / 1_000).to_string()),
        delivery.created_at.rfc3339(),
        time(delivery.next_attempt_at),
        time(delivery.completed_at),
    ];
    csv::line(cells.iter().map(String::as_str))
}

/// One delivery as a line of JSON, with the names of the API.
pub fn json_line(delivery: &Delivery) -> String {
    let time = |t: Option<Time>| t.map(Time::rfc3339);
    let mut line = json!({
        "id": delivery.id,
        "event_id": delivery.event_id,
        "event_type": delivery.event_type,
        "webhook_id": delivery.webhook_id,
        "url": delivery.url,
        "status": delivery.status.as_str(),
        "is_test": delivery.is_test,
        "response_code": delivery.response_code,
        "error": delivery.error(),
        "attempt_count": delivery.attempt_count,
        "max_attempts": delivery.max_attempts,
        "duration_ms": delivery.duration_us.map(|us| us / 1_000),
        "created_at": delivery.created_at.rfc3339(),
        "next_attempt_at": time(delivery.next_attempt_at),
        "completed_at": time(delivery.completed_at),
    })
    .to_string();
    line.push('\n');
    line
}
