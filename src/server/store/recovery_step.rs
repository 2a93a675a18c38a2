//! One step of a recovery job, in one transaction: count what has finished, set the next few going.
//!
//! Who plays which part: the driver reads which deliveries come next and asks for a step; the step takes
//! hold of the job's row, so that on Postgres two processes cannot take the same step, and goes on only from
//! the place that the driver has read. A delivery is set going only as it was when the job was started
//! (its status, finished no later than that), so nothing is sent again that somebody has sent meanwhile.

use super::{
    batch::{batches, push_list},
    db::Db,
    transaction::Transaction,
};
use crate::model::{
    delivery::{DeliveryStatus, Trigger},
    id::*,
    recovery::RecoveryState,
    time::Time,
};
use sqlx::QueryBuilder;

/// What is asked for.
#[derive(Debug)]
pub struct Step<'a> {
    pub organization_id: OrganizationId,
    pub id: JobId,
    pub driver: ProcessId,
    /// A driver that was not seen since is taken over from.
    pub gone_before: Time,
    pub now: Time,
    /// Where the job was when it was read.
    pub reached: DeliveryId,
    /// What comes next, oldest first.
    pub next: &'a [DeliveryId],
    /// Whether nothing comes after them.
    pub walked: bool,
    /// Their status.
    pub status: DeliveryStatus,
    /// When the job was started.
    pub finished_by: Time,
    pub requested_by: &'a str,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Stepped {
    /// Deliveries that are pending now, with their webhooks.
    pub begun: Vec<(DeliveryId, WebhookId)>,
}

#[derive(sqlx::FromRow)]
struct Counts {
    state: RecoveryState,
    walked: bool,
    total: i64,
    in_flight: i32,
    succeeded: i64,
    failed: i64,
    left_out: i64,
}

const HOLD: &str = "update recoveries set driver = $3, driven_at = $4 \
    where organization_id = $1 and id = $2 and reached = $6 and (state = 0 or in_flight > 0) \
    and (driver is null or driver = $3 or driven_at < $5 \
        or not exists (select 1 from processes p where p.id = recoveries.driver)) \
    returning state, walked, total, in_flight, succeeded, failed, left_out";

/// Takes the step; none where the job is another process's, or not where it was.
pub async fn take(db: &Db, step: &Step<'_>) -> Result<Option<Stepped>, sqlx::Error> {
    let mut tx = Transaction::begin(db).await?;
    let held: Option<Counts> = on_transaction!(&mut tx, connection => sqlx::query_as(HOLD)
        .bind(step.organization_id).bind(step.id).bind(step.driver).bind(step.now).bind(step.gone_before)
        .bind(step.reached).fetch_optional(connection).await)?;
    let Some(mut counts) = held else { return Ok(None) };
    count_finished(&mut tx, step, &mut counts).await?;
    let mut stepped = Stepped::default();
    let mut reached = step.reached;
    if counts.state == RecoveryState::Running && !counts.walked {
        stepped.begun = begin(&mut tx, step).await?;
        counts.in_flight += i32::try_from(stepped.begun.len()).unwrap_or(0);
        counts.walked = step.walked;
        reached = step.next.last().copied().unwrap_or(reached);
    }
    settle(&mut counts);
    write(&mut tx, step, &counts, reached).await?;
    tx.commit().await?;
    Ok(Some(stepped))
}

const FINISHED: &str = "select i.delivery_id, d.status from recovery_items i left join deliveries d \
    on d.organization_id = i.organization_id and d.id = i.delivery_id \
    where i.organization_id = $1 and i.recovery_id = $2 and (d.id is null or d.status <> 0)";

/// Whether anything that the job has set going is over; asked before a step that would only count.
pub async fn has_finished(db: &Db, organization: OrganizationId, id: JobId) -> Result<bool, sqlx::Error> {
    let found: Option<(DeliveryId, Option<DeliveryStatus>)> = on_db!(db, read pool => sqlx::query_as(FINISHED)
        .bind(organization).bind(id).fetch_optional(pool).await)?;
    Ok(found.is_some())
}

async fn count_finished(tx: &mut Transaction, step: &Step<'_>, counts: &mut Counts) -> Result<(), sqlx::Error> {
    let over: Vec<(DeliveryId, Option<DeliveryStatus>)> = on_transaction!(&mut *tx, connection =>
        sqlx::query_as(FINISHED).bind(step.organization_id).bind(step.id).fetch_all(connection).await)?;
    for (_, status) in &over {
        match status {
            Some(DeliveryStatus::Success) => counts.succeeded += 1,
            Some(_) => counts.failed += 1,
            None => counts.left_out += 1,
        }
    }
    counts.in_flight -= i32::try_from(over.len()).unwrap_or(0);
    let ids: Vec<DeliveryId> = over.into_iter().map(|(id, _)| id).collect();
    for batch in batches(&ids) {
        on_transaction!(&mut *tx, connection => {
            let mut delete = QueryBuilder::new("delete from recovery_items where organization_id = ");
            delete.push_bind(step.organization_id).push(" and recovery_id = ").push_bind(step.id);
            delete.push(" and delivery_id in ");
            push_list(&mut delete, batch);
            delete.build().execute(connection).await?;
        });
    }
    Ok(())
}

// As a retry by hand does: a finished delivery gets one more attempt; a skipped one, which was never given
// up, the rest of its schedule.
const AGAIN: &str = ", completed_at = null, leased_by = null, max_attempts = case when status = 3 \
    and attempt_count < max_attempts then max_attempts else attempt_count + 1 end where organization_id = ";

async fn begin(tx: &mut Transaction, step: &Step<'_>) -> Result<Vec<(DeliveryId, WebhookId)>, sqlx::Error> {
    let mut begun = Vec::new();
    for batch in batches(step.next) {
        let rows: Vec<(DeliveryId, WebhookId)> = on_transaction!(&mut *tx, connection => {
            let mut update = QueryBuilder::new("update deliveries set status = 0, next_attempt_at = ");
            update.push_bind(step.now).push(", next_trigger = ").push_bind(Trigger::Recovery);
            update.push(", triggered_by = ").push_bind(step.requested_by).push(AGAIN);
            update.push_bind(step.organization_id).push(" and status = ").push_bind(step.status);
            update.push(" and completed_at <= ").push_bind(step.finished_by).push(" and id in ");
            push_list(&mut update, batch);
            update.push(" returning id, webhook_id").build_query_as().fetch_all(connection).await?
        });
        begun.extend(rows);
    }
    for batch in batches(&begun) {
        on_transaction!(&mut *tx, connection => {
            let mut insert =
                QueryBuilder::new("insert into recovery_items (organization_id, recovery_id, delivery_id) ");
            insert.push_values(batch, |mut v, (id, _)| {
                v.push_bind(step.organization_id).push_bind(step.id).push_bind(*id);
            });
            insert.build().execute(connection).await?;
        });
    }
    Ok(begun)
}

/// Once all were come to, those that were not set going were left out; once none is under way, it is over.
fn settle(counts: &mut Counts) {
    if counts.walked {
        let taken = counts.succeeded + counts.failed + i64::from(counts.in_flight);
        counts.total = counts.total.max(taken);
        counts.left_out = counts.total - taken;
        if counts.in_flight == 0 && counts.state == RecoveryState::Running {
            counts.state = RecoveryState::Finished;
        }
    }
}

const WRITE: &str = "update recoveries set state = $3, walked = $4, total = $5, in_flight = $6, succeeded = $7, \
    failed = $8, left_out = $9, reached = $10, \
    ended_at = case when $3 = 2 and ended_at is null then $11 else ended_at end where organization_id = $1 and id = $2";

async fn write(tx: &mut Transaction, step: &Step<'_>, counts: &Counts, reached: DeliveryId) -> Result<(), sqlx::Error> {
    on_transaction!(tx, connection => sqlx::query(WRITE)
        .bind(step.organization_id).bind(step.id).bind(counts.state).bind(counts.walked).bind(counts.total)
        .bind(counts.in_flight).bind(counts.succeeded).bind(counts.failed).bind(counts.left_out).bind(reached)
        .bind(step.now).execute(connection).await.map(drop))
}
