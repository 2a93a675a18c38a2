//! Reads a page of the log from an address.

use super::Signed;
use crate::{
    model::{delivery::Delivery, error::*, log_filter::LogQuery},
    server::{
        access::{ExportLogs, Permit, ReadLogs, ReadMembers},
        domain::{
            catalogue, log, log_detail,
            log_neighbours::{Newer, newer_page},
            organizations,
            paging::time_of,
            saved_views,
        },
        env::Env,
    },
    ui::deliveries::{Log, LogRow},
};

/// The filters of a query string; a size of page that is none is passed over.
pub fn read_query(raw: &str) -> LogQuery {
    let mut query = LogQuery::from_pairs(url::form_urlencoded::parse(raw.as_bytes()).into_owned());
    if query.limit().is_err() {
        query.limit.clear();
    }
    query
}

/// The page of the log that `query` asks for. Filters that cannot be read and failures are part of the
/// page.
pub async fn read(signed: &Signed, query: LogQuery) -> Result<Log, AppError> {
    let env = &signed.env;
    let permit = signed.identity.permit::<ReadLogs>()?;
    let webhooks = log_detail::webhook_names(env, &permit).await?;
    let retention_days = organizations::retention_days(env, &signed.identity.permit::<ReadMembers>()?).await?;
    let mut page = Log {
        here: signed.frame.path("deliveries"),
        details: signed.frame.path("deliveries"),
        of_webhook: false,
        errors: Vec::new().into(),
        rows: Vec::new(),
        failure: None,
        event_types: catalogue::types(env, permit.organization()).into_iter().map(|t| t.name).collect(),
        webhooks,
        older: None,
        searched_back_to: None,
        newer: None,
        now: env.now(),
        retention_days: u32::try_from(retention_days).unwrap_or(0),
        oldest: log::oldest(env, &permit).await?,
        retry_off: super::deliveries::retry_refused(&signed.identity),
        views: saved_views::list(env, &permit).await?,
        may_export: signed.identity.may::<ExportLogs>().is_ok(),
        query,
    };
    match fill(env, &permit, &mut page).await {
        Ok(()) => {}
        Err(error @ AppError::Invalid(_)) => page.errors = (&error).into(),
        Err(error) => page.failure = Some(error.to_string()),
    }
    Ok(page)
}

async fn fill(env: &Env, permit: &Permit<ReadLogs>, page: &mut Log) -> Result<(), AppError> {
    let filter = page.query.parse()?;
    let limit = page.query.limit().unwrap_or(50);
    let cursor = Some(page.query.cursor.as_str()).filter(|c| !c.is_empty());
    let found = log::list(env, permit, &filter, limit, cursor).await?;
    if let (Some(_), Some(first)) = (cursor, found.data.first()) {
        page.newer = match newer_page(env, permit, &filter, first.id, limit).await? {
            Some(Newer::At(cursor)) => Some(cursor),
            Some(Newer::Top) | None => None,
        };
    }
    let wanted = found.data.iter().map(|delivery| delivery.webhook_id);
    let names = log_detail::names_of(env, permit, &page.webhooks, wanted).await?;
    let row = |delivery: Delivery| LogRow {
        webhook_name: names.get(&delivery.webhook_id).cloned().unwrap_or_default(),
        delivery,
    };
    let is_cut_short = found.data.len() < limit as usize;
    page.searched_back_to = found.next_cursor.as_deref().filter(|_| is_cut_short).and_then(time_of);
    page.rows = found.data.into_iter().map(row).collect();
    page.older = found.next_cursor;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_from_the_address_and_other_names_are_passed_over() {
        let query = read_query("status=failed&event_type=a%20b+c&page=2&limit=999");
        assert_eq!(query, LogQuery { status: "failed".into(), event_type: "a b c".into(), ..Default::default() });
    }
}
