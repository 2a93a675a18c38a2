//! Switching a webhook off for good reason, in the transaction of the attempt that gave it.

use super::{record::Record, transaction::Transaction};
use crate::model::id::AuditId;

/// Deliveries that are skipped at once; more are skipped as they come due, so that a long queue does
/// not hold the database.
const AT_ONCE: i64 = 1_000;

/// The order to switch the record's webhook off.
#[derive(Debug, Clone)]
pub struct SwitchOff {
    /// In words, for the admin.
    pub reason: String,
    pub audit_id: AuditId,
}

const OFF: &str = "update webhooks set active = false, disabled_reason = $3, updated_at = $4 \
    where organization_id = $1 and id = $2 and active = true and deleted_at is null";
const SKIP: &str = "update deliveries set status = 3, next_attempt_at = null, completed_at = $3 \
    where organization_id = $1 and id in (select id from deliveries where organization_id = $1 and webhook_id = $2 \
    and status = 0 and leased_by is null limit $4)";
const AUDIT: &str = "insert into audit_log (organization_id, id, at, actor, action, target_id, target, before, after) \
    select organization_id, $3, $4, 'Switchhook', 'webhook.disabled', $5, url, $6, $7 from webhooks \
    where organization_id = $1 and id = $2";

/// Switches it off, skips what waits, and writes the audit log; nothing where it was off already.
pub async fn apply(tx: &mut Transaction, record: &Record, order: &SwitchOff) -> Result<(), sqlx::Error> {
    let after = serde_json::json!({ "active": false, "disabled_reason": order.reason }).to_string();
    on_transaction!(tx, connection => {
        let done = sqlx::query(OFF).bind(record.organization_id).bind(record.webhook_id).bind(&order.reason)
            .bind(record.at).execute(&mut *connection).await?;
        if done.rows_affected() == 0 {
            return Ok(());
        }
        sqlx::query(SKIP).bind(record.organization_id).bind(record.webhook_id).bind(record.at).bind(AT_ONCE)
            .execute(&mut *connection).await?;
        sqlx::query(AUDIT).bind(record.organization_id).bind(record.webhook_id).bind(order.audit_id).bind(record.at)
            .bind(record.webhook_id.to_string()).bind(r#"{"active":true}"#).bind(after)
            .execute(connection).await.map(drop)
    })
}
