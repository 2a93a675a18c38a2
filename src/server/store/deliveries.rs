//! Changes of single deliveries that people ask for.

use super::{audit::Entry, claims::Claimed, db::Db};
use crate::model::{id::*, time::Time};

/// What came of asking for another attempt.
#[derive(Debug, Clone)]
pub enum Requeued {
    /// It is pending again; claimed, where somebody takes it at once.
    Done {
        webhook_id: WebhookId,
        claimed: Option<Claimed>,
    },
    NotInThatState,
    /// It has had [`MOST_ATTEMPTS`].
    Enough,
    /// Its webhook has been deleted: there is nobody to send to.
    WebhookGone,
    NotFound,
}

/// A delivery is read with all of its attempts, so they have an end.
pub const MOST_ATTEMPTS: i32 = 1_000;

const FIND: &str = "select d.attempt_count, d.webhook_id, w.deleted_at from deliveries d \
    left join webhooks w on w.organization_id = d.organization_id and w.id = d.webhook_id \
    where d.organization_id = $1 and d.id = $2";
// A finished delivery gets one more attempt; a skipped one, which was never given up, the rest of its schedule.
const REQUEUE: &str = "update deliveries set status = 0, next_attempt_at = $3, next_trigger = 1, triggered_by = $4, \
    completed_at = null, leased_by = $5, \
    max_attempts = case when status = 3 and attempt_count < max_attempts then max_attempts else attempt_count + 1 end \
    where organization_id = $1 and id = $2 and status <> 0 \
    returning id, event_id, attempt_count, max_attempts, next_trigger, triggered_by, next_attempt_at";

/// Makes a finished delivery due now, with its row in the audit log; leased to whom `taker` names for its webhook.
pub async fn requeue(
    db: &Db,
    organization: OrganizationId,
    id: DeliveryId,
    by: &str,
    now: Time,
    entry: &Entry,
    taker: impl Fn(WebhookId) -> Option<ProcessId>,
) -> Result<Requeued, sqlx::Error> {
    on_db!(db, transaction tx => {
        let found: Option<(i32, WebhookId, Option<Time>)> =
            sqlx::query_as(FIND).bind(organization).bind(id).fetch_optional(&mut *tx).await?;
        let Some((attempts, webhook, deleted)) = found else { return Ok(Requeued::NotFound) };
        if deleted.is_some() {
            return Ok(Requeued::WebhookGone);
        }
        if attempts >= MOST_ATTEMPTS {
            return Ok(Requeued::Enough);
        }
        let holder = taker(webhook);
        let done: Option<Claimed> = sqlx::query_as(REQUEUE).bind(organization).bind(id).bind(now).bind(by).bind(holder)
            .fetch_optional(&mut *tx).await?;
        let Some(claimed) = done else { return Ok(Requeued::NotInThatState) };
        entry.write(tx).await?;
        Ok(Requeued::Done { webhook_id: webhook, claimed: holder.map(|_| claimed) })
    })
}
