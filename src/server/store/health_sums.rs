//! Health over a time, summed by the database from the recorder's counts: as many rows as the chart has
//! slices, times the measures there are, however many webhooks and hours lie behind them.

use super::db::Db;
use crate::model::{id::*, time::Time};

/// One measure of one slice.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct SumRow {
    /// From 0, counted from the start that was asked for.
    pub slot: i64,
    pub measure: String,
    pub count: i64,
}

/// One measure of one webhook.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct WebhookSumRow {
    pub webhook_id: WebhookId,
    pub measure: String,
    pub count: i64,
}

/// What is summed: counts in slices of `counted_in` seconds since `since`, `length` microseconds to a slot.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub counted_in: i32,
    pub since: Time,
    pub length: i64,
}

macro_rules! joined {
    ($select:literal, $where:literal, $group:literal) => {
        concat!(
            "select ",
            $select,
            ", r.measure, cast(sum(r.count) as bigint) as count from webhooks w cross join health_rollups r \
             where w.organization_id = $1 and w.deleted_at is null and r.organization_id = w.organization_id \
             and r.webhook_id = w.id and r.slice = $2 and r.start_at >= $3 ",
            $where,
            " group by ",
            $group,
            ", r.measure"
        )
    };
}

/// Slot by slot, of one webhook, or of all that are not deleted for none.
pub async fn by_slot(
    db: &Db,
    organization: OrganizationId,
    webhook: Option<WebhookId>,
    span: Span,
) -> Result<Vec<SumRow>, sqlx::Error> {
    const ALL: &str = joined!("(r.start_at - $3) / $4 as slot", "", "(r.start_at - $3) / $4");
    const ONE: &str = joined!("(r.start_at - $3) / $4 as slot", "and w.id = $5", "(r.start_at - $3) / $4");
    on_db!(db, read pool => match webhook {
        None => sqlx::query_as(ALL).bind(organization).bind(span.counted_in).bind(span.since).bind(span.length)
            .fetch_all(pool).await,
        Some(webhook) => sqlx::query_as(ONE).bind(organization).bind(span.counted_in).bind(span.since)
            .bind(span.length).bind(webhook).fetch_all(pool).await,
    })
}

/// Webhook by webhook, without their causes.
pub async fn by_webhook(db: &Db, organization: OrganizationId, span: Span) -> Result<Vec<WebhookSumRow>, sqlx::Error> {
    const SQL: &str = joined!("r.webhook_id", "and r.measure not like 'cause:%'", "r.webhook_id");
    on_db!(db, read pool => sqlx::query_as(SQL)
        .bind(organization).bind(span.counted_in).bind(span.since).fetch_all(pool).await)
}
