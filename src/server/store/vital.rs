//! The database's vital signs, for readiness and metrics; of no organization in particular.

use super::db::Db;

/// Waiting deliveries are counted up to here.
pub const COUNTED: i64 = 100_000;

/// Answers where the database does.
pub async fn answers(db: &Db) -> Result<(), sqlx::Error> {
    on_db!(db, read pool => sqlx::query("select 1").execute(pool).await.map(drop))
}

/// Deliveries that wait for an attempt, up to [`COUNTED`].
pub async fn waiting_in_all_organizations(db: &Db) -> Result<i64, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_scalar(
        "select count(*) from (select 1 from deliveries where status = 0 limit $1) as waiting")
        .bind(COUNTED).fetch_one(pool).await)
}
