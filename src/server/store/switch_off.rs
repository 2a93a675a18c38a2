//! Switching a webhook off for good reason, in the transaction of the attempt that gave it.

use super::{db::Db, record::Record, transaction::Transaction};
use crate::model::{
    id::{AuditId, OrganizationId, WebhookId},
    time::Time,
};

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

/// Switches the record's webhook off.
pub async fn apply(tx: &mut Transaction, record: &Record, order: &SwitchOff) -> Result<(), sqlx::Error> {
    within(tx, record.organization_id, record.webhook_id, record.at, order).await
}

/// Switches a webhook off by itself, as after days of failures.
pub async fn now(
    db: &Db,
    organization: OrganizationId,
    webhook: WebhookId,
    at: Time,
    order: &SwitchOff,
) -> Result<(), sqlx::Error> {
    let mut tx = Transaction::begin(db).await?;
    within(&mut tx, organization, webhook, at, order).await?;
    tx.commit().await
}

/// Switches it off, skips what waits, and writes the audit log; nothing where it was off already.
async fn within(
    tx: &mut Transaction,
    organization: OrganizationId,
    webhook: WebhookId,
    at: Time,
    order: &SwitchOff,
) -> Result<(), sqlx::Error> {
    let after = serde_json::json!({ "active": false, "disabled_reason": order.reason }).to_string();
    on_transaction!(tx, connection => {
        let done = sqlx::query(OFF).bind(organization).bind(webhook).bind(&order.reason)
            .bind(at).execute(&mut *connection).await?;
        if done.rows_affected() == 0 {
            return Ok(());
        }
        sqlx::query(SKIP).bind(organization).bind(webhook).bind(at).bind(AT_ONCE)
            .execute(&mut *connection).await?;
        sqlx::query(AUDIT).bind(organization).bind(webhook).bind(order.audit_id).bind(at)
            .bind(webhook.to_string()).bind(r#"{"active":true}"#).bind(after)
            .execute(connection).await.map(drop)
    })
}
