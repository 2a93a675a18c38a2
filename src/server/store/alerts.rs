//! Alerts: an organization's settings, and what was told of each webhook.

use super::{audit::Entry, db::Db};
use crate::model::{id::*, time::Time};

/// An organization's settings as they are kept.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct SettingsRow {
    /// JSON array of ids.
    pub mail_to: String,
    /// Sealed.
    pub chat_url: Option<Vec<u8>>,
    pub chat_hint: Option<String>,
    pub repeated_after: Option<i32>,
    pub rate_below: Option<i32>,
    /// JSON array.
    pub event_types: String,
    pub on_disabled: bool,
    pub on_recovered: bool,
    pub pause_seconds: i32,
    pub disable_after_days: Option<i32>,
}

/// None where nobody has settled anything.
pub async fn settings(db: &Db, organization: OrganizationId) -> Result<Option<SettingsRow>, sqlx::Error> {
    const SQL: &str = "select mail_to, chat_url, chat_hint, repeated_after, rate_below, event_types, on_disabled, \
        on_recovered, pause_seconds, disable_after_days from alert_settings where organization_id = $1";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).fetch_optional(pool).await)
}

/// Writes the settings with their row in the audit log.
pub async fn put(db: &Db, organization: OrganizationId, row: &SettingsRow, entry: &Entry) -> Result<(), sqlx::Error> {
    const SQL: &str = "insert into alert_settings (organization_id, mail_to, chat_url, chat_hint, repeated_after, \
        rate_below, event_types, on_disabled, on_recovered, pause_seconds, disable_after_days) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (organization_id) do update set \
        mail_to = excluded.mail_to, chat_url = excluded.chat_url, chat_hint = excluded.chat_hint, \
        repeated_after = excluded.repeated_after, rate_below = excluded.rate_below, \
        event_types = excluded.event_types, on_disabled = excluded.on_disabled, \
        on_recovered = excluded.on_recovered, pause_seconds = excluded.pause_seconds, \
        disable_after_days = excluded.disable_after_days";
    on_db!(db, transaction tx => {
        sqlx::query(SQL).bind(organization).bind(&row.mail_to).bind(&row.chat_url).bind(&row.chat_hint)
            .bind(row.repeated_after).bind(row.rate_below).bind(&row.event_types).bind(row.on_disabled)
            .bind(row.on_recovered).bind(row.pause_seconds).bind(row.disable_after_days)
            .execute(&mut *tx).await?;
        entry.write(tx).await
    })
}

/// Notes that a cause holds, and answers whether it is to be told now: it did not hold before, and was not
/// told since `quiet_since`. Where it is not told, it is not noted either, so that it is told later.
pub async fn open(
    db: &Db,
    organization: OrganizationId,
    webhook: WebhookId,
    cause: &str,
    now: Time,
    quiet_since: Time,
) -> Result<bool, sqlx::Error> {
    const SQL: &str = "insert into alert_states (organization_id, webhook_id, cause, open, told_at) \
        values ($1, $2, $3, true, $4) on conflict (organization_id, webhook_id, cause) do update \
        set open = true, told_at = excluded.told_at where alert_states.open = false and alert_states.told_at <= $5";
    let done = on_db!(db, write pool => sqlx::query(SQL).bind(organization).bind(webhook).bind(cause).bind(now)
        .bind(quiet_since).execute(pool).await.map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// Notes that a cause holds no more; answers whether it did.
pub async fn close(
    db: &Db,
    organization: OrganizationId,
    webhook: WebhookId,
    cause: &str,
) -> Result<bool, sqlx::Error> {
    const SQL: &str = "update alert_states set open = false \
        where organization_id = $1 and webhook_id = $2 and cause = $3 and open = true";
    let done = on_db!(db, write pool => sqlx::query(SQL).bind(organization).bind(webhook).bind(cause)
        .execute(pool).await.map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// Every cause that was told and still holds.
pub async fn open_of_any_organization(db: &Db) -> Result<Vec<(OrganizationId, WebhookId, String)>, sqlx::Error> {
    const SQL: &str = "select organization_id, webhook_id, cause from alert_states where open = true";
    on_db!(db, read pool => sqlx::query_as(SQL).fetch_all(pool).await)
}
