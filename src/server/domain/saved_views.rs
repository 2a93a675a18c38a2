//! Filters of the log under a name: kept by members, opened by everybody in the organization.

use super::audit::{self, Change};
use crate::{
    model::{
        error::AppError,
        id::ViewId,
        log_filter::LogQuery,
        saved_view::{MOST, SavedView, parse_name},
    },
    server::{
        access::{KeepViews, Permit, ReadLogs},
        env::Env,
        fault::fault,
        store::saved_views::{self as store, Added, ViewRow},
    },
};
use serde_json::json;

/// All views, by name.
pub async fn list(env: &Env, permit: &Permit<ReadLogs>) -> Result<Vec<SavedView>, AppError> {
    let rows = store::list(&env.db, permit.organization_id()).await?;
    rows.into_iter().map(view).collect()
}

fn view(row: ViewRow) -> Result<SavedView, AppError> {
    let query = serde_json::from_str(&row.filter).map_err(fault)?;
    Ok(SavedView { id: row.id, name: row.name, query, created_by: row.created_by, created_at: row.created_at })
}

/// Keeps the filters under a name. Errors: Invalid (name, and the log's fields), Conflict where there are too many.
pub async fn keep(env: &Env, permit: &Permit<KeepViews>, name: &str, query: &LogQuery) -> Result<(), AppError> {
    let name = parse_name(name).map_err(|message| AppError::field("name", message))?;
    let query = LogQuery { limit: String::new(), cursor: String::new(), ..query.clone() };
    query.parse()?;
    if !query.is_filtered() {
        return Err(AppError::field("name", "There is no filter to keep. Choose one in the list of deliveries first."));
    }
    let row = ViewRow {
        id: env.new_id(ViewId::from_bytes),
        filter: serde_json::to_string(&query).map_err(fault)?,
        created_by: permit.actor().name().to_owned(),
        created_at: env.now(),
        name,
    };
    let change = Change::of(row.id, &row.name).after(json!({"filter": query.told()}));
    let entry = audit::entry(env, permit, "view.saved", change);
    match store::add(&env.db, permit.organization_id(), &row, MOST as i64, &entry).await? {
        Added::Added => Ok(()),
        Added::NameTaken => {
            Err(AppError::field("name", "There is a view of this name. Choose another, or delete that one."))
        }
        Added::TooMany => Err(AppError::Conflict(format!("There are {MOST} views already. Delete one first."))),
    }
}

/// Removes a view. Errors: NotFound.
pub async fn remove(env: &Env, permit: &Permit<KeepViews>, id: ViewId) -> Result<(), AppError> {
    let all = store::list(&env.db, permit.organization_id()).await?;
    let view = all.into_iter().find(|view| view.id == id).ok_or(AppError::NotFound)?;
    let entry = audit::entry(env, permit, "view.deleted", Change::of(id, view.name));
    let done = store::remove(&env.db, permit.organization_id(), id, &entry).await?;
    if done { Ok(()) } else { Err(AppError::NotFound) }
}
