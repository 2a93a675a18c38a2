//! Filters of the log under a name.

use super::{audit::Entry, db::Db};
use crate::model::{id::*, time::Time};

/// A view as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ViewRow {
    pub id: ViewId,
    pub name: String,
    /// JSON.
    pub filter: String,
    pub created_by: String,
    pub created_at: Time,
}

/// What came of adding a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    Added,
    NameTaken,
    TooMany,
}

const INSERT: &str = "insert into saved_views (organization_id, id, name, filter, created_by, created_at) \
    values ($1, $2, $3, $4, $5, $6) on conflict (organization_id, name) do nothing";

/// Adds a view, unless there are `most` already.
pub async fn add(
    db: &Db,
    organization: OrganizationId,
    row: &ViewRow,
    most: i64,
    entry: &Entry,
) -> Result<Added, sqlx::Error> {
    on_db!(db, transaction tx => {
        let there: i64 = sqlx::query_scalar("select count(*) from saved_views where organization_id = $1")
            .bind(organization).fetch_one(&mut *tx).await?;
        if there >= most {
            return Ok(Added::TooMany);
        }
        let insert = sqlx::query(INSERT).bind(organization).bind(row.id).bind(&row.name).bind(&row.filter);
        let done = insert.bind(&row.created_by).bind(row.created_at).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            return Ok(Added::NameTaken);
        }
        entry.write(tx).await.map(|()| Added::Added)
    })
}

/// All views, by name.
pub async fn list(db: &Db, organization: OrganizationId) -> Result<Vec<ViewRow>, sqlx::Error> {
    const SQL: &str = "select id, name, filter, created_by, created_at from saved_views \
        where organization_id = $1 order by lower(name), id";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).fetch_all(pool).await)
}

/// Removes one; answers whether it was there.
pub async fn remove(db: &Db, organization: OrganizationId, id: ViewId, entry: &Entry) -> Result<bool, sqlx::Error> {
    on_db!(db, transaction tx => {
        let statement = "delete from saved_views where organization_id = $1 and id = $2";
        let done = sqlx::query(statement).bind(organization).bind(id).execute(&mut *tx).await?.rows_affected() > 0;
        if done {
            entry.write(tx).await?;
        }
        Ok::<_, sqlx::Error>(done)
    })
}
