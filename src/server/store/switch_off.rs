//! Switching a webhook off for good reason, in the transaction of the attempt that gave it, or by itself.

use super::{group::Group, statement::Statement};
use crate::model::{
    id::{AuditId, OrganizationId, WebhookId},
    time::Time,
};

/// Deliveries that are skipped at once; more are skipped as they come due, so that a long queue does
/// not hold the database.
const AT_ONCE: i64 = 1_000;

/// The order to switch a webhook off.
#[derive(Debug, Clone)]
pub struct SwitchOff {
    /// In words, for the admin.
    pub reason: String,
    pub audit_id: AuditId,
}

const OFF: &str = "update webhooks set active = false, disabled_reason = ?, updated_at = ? \
    where organization_id = ? and id = ? and active = true and deleted_at is null";
const SKIP: &str = "update deliveries set status = 3, next_attempt_at = null, completed_at = ? \
    where organization_id = ? and id in (select id from deliveries where organization_id = ? and webhook_id = ? \
    and status = 0 and leased_by is null limit ?) and status + 0 = 0 and leased_by is null";
const TOLD: &str = "update alert_states set open = false where organization_id = ? and webhook_id = ? \
    and cause = 'disabled' and open = true";
const STREAK: &str = "delete from alert_streaks where organization_id = ? and webhook_id = ?";
const AUDIT: &str = "insert into audit_log (organization_id, id, at, actor, action, target_id, target, before, after) \
    select organization_id, ?, ?, 'Switchhook', 'webhook.disabled', ?, url, ?, ? from webhooks \
    where organization_id = ? and id = ?";

/// Switches it off, skips what waits, and writes the audit log; nothing where it was off already. It is told, though an
/// earlier time was; and who switches it on again begins anew: nothing has failed.
pub async fn apply(
    tx: &mut Group<'_>,
    organization: OrganizationId,
    webhook: WebhookId,
    at: Time,
    order: &SwitchOff,
) -> Result<(), sqlx::Error> {
    let values = [(&order.reason).into(), at.into(), organization.into(), webhook.into()];
    if tx.execute(Statement::new(OFF, values)).await? == 0 {
        return Ok(());
    }
    // Also where a row has changed hands while it was waited for.
    let values = [at.into(), organization.into(), organization.into(), webhook.into(), AT_ONCE.into()];
    tx.execute(Statement::new(SKIP, values)).await?;
    for statement in [STREAK, TOLD] {
        tx.execute(Statement::new(statement, [organization.into(), webhook.into()])).await?;
    }
    let before = r#"{"active":true}"#;
    let after = serde_json::json!({ "active": false, "disabled_reason": order.reason }).to_string();
    let (id, target) = (order.audit_id, webhook.to_string());
    let values =
        [id.into(), at.into(), target.into(), before.into(), after.into(), organization.into(), webhook.into()];
    tx.execute(Statement::new(AUDIT, values)).await.map(drop)
}
