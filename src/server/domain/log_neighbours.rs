//! Ways from one place in the filtered log to the next: pages and single deliveries.

use super::{
    log::{criteria, list},
    paging::cursor_after,
};
use crate::{
    model::{error::AppError, id::DeliveryId, log_filter::LogFilter},
    server::{
        access::{Permit, ReadLogs},
        env::Env,
        store::log as store,
    },
};

/// Where a page of newer deliveries is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Newer {
    /// At the very top.
    Top,
    /// At this cursor.
    At(String),
}

/// The deliveries beside one in the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Neighbours {
    pub newer: Option<DeliveryId>,
    pub older: Option<DeliveryId>,
}

/// The page of up to `limit` deliveries just newer than `first`; none where `first` is the newest.
pub async fn newer_page(
    env: &Env,
    permit: &Permit<ReadLogs>,
    filter: &LogFilter,
    first: DeliveryId,
    limit: u32,
) -> Result<Option<Newer>, AppError> {
    let Some(criteria) = criteria(env, permit.organization_id(), filter).await? else { return Ok(None) };
    let (ids, is_whole) = store::ids_just_after(&env.db, permit.organization_id(), &criteria, first, limit + 1).await?;
    Ok(match ids.get(limit as usize) {
        Some(beyond) => Some(Newer::At(cursor_after(beyond.bytes()))),
        // What is too rare to be found from here is found from the top.
        None => (!ids.is_empty() || !is_whole).then_some(Newer::Top),
    })
}

/// The deliveries just before and after `id` in the filtered list, as far as it takes no long search to find them.
pub async fn neighbours(
    env: &Env,
    permit: &Permit<ReadLogs>,
    filter: &LogFilter,
    id: DeliveryId,
) -> Result<Neighbours, AppError> {
    let Some(criteria) = criteria(env, permit.organization_id(), filter).await? else {
        return Ok(Neighbours::default());
    };
    let (newer, _) = store::ids_just_after(&env.db, permit.organization_id(), &criteria, id, 1).await?;
    let older = list(env, permit, filter, 1, Some(&cursor_after(id.bytes()))).await?;
    Ok(Neighbours { newer: newer.first().copied(), older: older.data.first().map(|d| d.id) })
}
