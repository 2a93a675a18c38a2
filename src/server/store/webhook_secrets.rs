//! A webhook's signing secrets: a new one beside the old, and the end of an old one.

use super::{
    audit::Entry,
    db::Db,
    webhooks::{INSERT_SECRET, SecretRow},
};
use crate::model::{id::*, time::Time};

/// Every secret that signs at `now`, oldest first; the last is the current one.
pub async fn live(
    db: &Db,
    organization: OrganizationId,
    webhook: WebhookId,
    now: Time,
) -> Result<Vec<SecretRow>, sqlx::Error> {
    const SQL: &str = "select webhook_id, id, secret, hint, created_at, expires_at from webhook_secrets \
        where organization_id = $1 and webhook_id = $2 and (expires_at is null or expires_at > $3) \
        order by created_at, id";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).bind(webhook).bind(now).fetch_all(pool).await)
}

/// Takes the webhook's row, so that two changes of its secrets at once follow one another on Postgres too.
const TAKE: &str = "update webhooks set updated_at = case when updated_at < $3 then $3 else updated_at + 1 end \
    where organization_id = $1 and id = $2 and deleted_at is null";

/// Ends an old secret before its time; false where there is none such, or it is the current one.
pub async fn end(
    db: &Db,
    organization: OrganizationId,
    webhook: WebhookId,
    secret: SecretId,
    now: Time,
    audit: &Entry,
) -> Result<bool, sqlx::Error> {
    const SQL: &str = "delete from webhook_secrets where organization_id = $1 and webhook_id = $2 and id = $3 \
        and expires_at > $4";
    on_db!(db, transaction tx => {
        sqlx::query(TAKE).bind(organization).bind(webhook).bind(now).execute(&mut *tx).await?;
        let ended = sqlx::query(SQL).bind(organization).bind(webhook).bind(secret).bind(now)
            .execute(&mut *tx).await?.rows_affected();
        if ended == 0 {
            return Ok(false);
        }
        audit.write(&mut *tx).await.map(|()| true)
    })
}

/// What came of adding a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotated {
    Done,
    /// So many secrets sign already.
    TooMany,
    NotFound,
}

/// Most secrets that sign at once: each is one more signature in the header.
pub const MAX_SECRETS: i64 = 5;

/// Makes `secret` the current one. Those before it sign until `until` at the longest; what has
/// ended by `now` is deleted.
pub async fn rotate(
    db: &Db,
    organization: OrganizationId,
    secret: &SecretRow,
    until: Time,
    now: Time,
    audit: &Entry,
) -> Result<Rotated, sqlx::Error> {
    on_db!(db, transaction tx => {
        let found = sqlx::query(TAKE)
            .bind(organization).bind(secret.webhook_id).bind(now).execute(&mut *tx).await?.rows_affected();
        if found == 0 {
            return Ok(Rotated::NotFound);
        }
        sqlx::query("update webhook_secrets set expires_at = $3 where organization_id = $1 and webhook_id = $2 \
             and (expires_at is null or expires_at > $3)")
            .bind(organization).bind(secret.webhook_id).bind(until).execute(&mut *tx).await?;
        sqlx::query("delete from webhook_secrets where organization_id = $1 and webhook_id = $2 and expires_at <= $3")
            .bind(organization).bind(secret.webhook_id).bind(now).execute(&mut *tx).await?;
        let kept: (i64,) = sqlx::query_as(
            "select count(*) from webhook_secrets where organization_id = $1 and webhook_id = $2")
            .bind(organization).bind(secret.webhook_id).fetch_one(&mut *tx).await?;
        if kept.0 >= MAX_SECRETS {
            return Ok(Rotated::TooMany);
        }
        sqlx::query(INSERT_SECRET).bind(organization).bind(secret.webhook_id).bind(secret.id).bind(&secret.secret)
            .bind(&secret.hint).bind(secret.created_at).execute(&mut *tx).await?;
        audit.write(&mut *tx).await.map(|()| Rotated::Done)
    })
}
