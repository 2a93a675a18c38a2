//! Recovery jobs: started, read, paused, resumed, cancelled. Driving them is in `recovery_step`.

use super::{audit::Entry, db::Db};
use crate::model::{id::*, recovery::RecoveryState, time::Time};

/// A job as it is kept.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct RecoveryRow {
    pub organization_id: OrganizationId,
    pub id: JobId,
    /// JSON of the log's filters.
    pub filter: String,
    pub state: RecoveryState,
    pub note: Option<String>,
    pub rate: i32,
    pub requested_by: String,
    pub created_at: Time,
    pub ended_at: Option<Time>,
    pub total: i64,
    pub oldest_at: Option<Time>,
    pub newest_at: Option<Time>,
    /// The last delivery that it has come to.
    pub reached: DeliveryId,
    /// Whether that was the last of all.
    pub walked: bool,
    pub in_flight: i32,
    pub succeeded: i64,
    pub failed: i64,
    pub left_out: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select organization_id, id, filter, state, note, rate, requested_by, created_at, ended_at, total, \
             oldest_at, newest_at, reached, walked, in_flight, succeeded, failed, left_out from recoveries ",
            $rest
        )
    };
}

const INSERT: &str = "insert into recoveries (organization_id, id, scope, filter, state, rate, requested_by, created_at, \
    ended_at, total, oldest_at, newest_at, reached, walked, in_flight, succeeded, failed, left_out) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 0, 0, 0) \
    on conflict (organization_id, scope) where state < 2 do nothing";

/// Adds a job with its row in the audit log. Where a job of the same scope is open, that one is answered.
/// `webhook` is the scope; none: the whole organization.
pub async fn add(
    db: &Db,
    webhook: Option<WebhookId>,
    row: &RecoveryRow,
    entry: &Entry,
) -> Result<Option<RecoveryRow>, sqlx::Error> {
    let scope = webhook.map_or(row.organization_id.bytes(), WebhookId::bytes);
    let scope = uuid::Uuid::from_bytes(scope);
    on_db!(db, transaction tx => {
        let insert = sqlx::query(INSERT).bind(row.organization_id).bind(row.id).bind(scope).bind(&row.filter)
            .bind(row.state).bind(row.rate).bind(&row.requested_by).bind(row.created_at).bind(row.ended_at)
            .bind(row.total).bind(row.oldest_at).bind(row.newest_at).bind(row.reached).bind(row.walked);
        if insert.execute(&mut *tx).await?.rows_affected() > 0 {
            entry.write(tx).await.map(|()| None)
        } else {
            sqlx::query_as(select!("where organization_id = $1 and scope = $2 and state < 2"))
                .bind(row.organization_id).bind(scope).fetch_optional(&mut *tx).await
        }
    })
}

/// One job.
pub async fn get(db: &Db, organization: OrganizationId, id: JobId) -> Result<Option<RecoveryRow>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(select!("where organization_id = $1 and id = $2"))
        .bind(organization).bind(id).fetch_optional(pool).await)
}

/// The `limit` jobs made before `before`, newest first; the largest id asks for the newest.
pub async fn page(
    db: &Db,
    organization: OrganizationId,
    before: JobId,
    limit: i64,
) -> Result<Vec<RecoveryRow>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(select!("where organization_id = $1 and id < $2 order by id desc limit $3"))
        .bind(organization).bind(before).bind(limit).fetch_all(pool).await)
}

/// Whether a job of the organization is running or paused.
pub async fn open_ones(db: &Db, organization: OrganizationId) -> Result<i64, sqlx::Error> {
    let statement = "select count(*) from recoveries where organization_id = $1 and state < 2";
    on_db!(db, read pool => sqlx::query_scalar(statement).bind(organization).fetch_one(pool).await)
}

/// A change of state, as a person or the service asks for it.
pub struct Turn<'a> {
    pub from: &'a [RecoveryState],
    pub to: RecoveryState,
    pub note: Option<&'a str>,
    pub now: Time,
}

const CHANGE: &str = "update recoveries set state = $3, note = $4, ended_at = $5 \
    where organization_id = $1 and id = $2 and state in ($6, $7)";

/// Changes the state from one of (at most two) states, with its row in the audit log; answers whether it did.
pub async fn change(
    db: &Db,
    organization: OrganizationId,
    id: JobId,
    turn: &Turn<'_>,
    entry: &Entry,
) -> Result<bool, sqlx::Error> {
    let ended = matches!(turn.to, RecoveryState::Finished | RecoveryState::Cancelled).then_some(turn.now);
    let (Some(first), Some(last)) = (turn.from.first(), turn.from.last()) else { return Ok(false) };
    on_db!(db, transaction tx => {
        let change = sqlx::query(CHANGE).bind(organization).bind(id).bind(turn.to).bind(turn.note).bind(ended);
        let done = change.bind(*first).bind(*last).execute(&mut *tx).await?.rows_affected() > 0;
        if done {
            entry.write(tx).await?;
        }
        Ok::<_, sqlx::Error>(done)
    })
}

/// What this process is to drive: what nobody drives, what it drives already, and what a process has left
/// that has ended, or did not come back to it since `gone_before`.
pub async fn to_drive_of_any_organization(
    db: &Db,
    driver: ProcessId,
    gone_before: Time,
) -> Result<Vec<RecoveryRow>, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(select!("where (state = 0 or in_flight > 0) \
        and (driver is null or driver = $1 or driven_at < $2 \
            or not exists (select 1 from processes p where p.id = recoveries.driver)) \
        order by organization_id, id limit 200"))
        .bind(driver).bind(gone_before).fetch_all(pool).await)
}
