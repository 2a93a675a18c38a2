//! How far a new organization has come.

use super::{audit::Entry, db::Db};
use crate::model::{id::*, time::Time};

/// The newest webhook, and whether a test was delivered, a signature verified, a real event delivered.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ProgressRow {
    pub webhook: Option<WebhookId>,
    pub tested: bool,
    pub verified: bool,
    pub in_use: bool,
}

/// Reads all of it at once; of the log only the latest 200 deliveries, so that it costs the same for ever. That a test
/// was delivered is kept with the organization; those in the log are for tests from before it was.
pub async fn progress(db: &Db, organization: OrganizationId) -> Result<ProgressRow, sqlx::Error> {
    on_db!(db, read pool => sqlx::query_as(
        "with latest as (select status, is_test from deliveries where organization_id = $1 order by id desc limit 200) \
         select (select id from webhooks where organization_id = $1 and deleted_at is null order by id desc limit 1) as webhook, \
         (exists (select 1 from organizations where id = $1 and test_delivered_at is not null) \
         or exists (select 1 from latest where status = 1 and is_test)) as tested, \
         exists (select 1 from organizations where id = $1 and signature_verified_at is not null) as verified, \
         exists (select 1 from latest where status = 1 and not is_test) as in_use")
        .bind(organization).fetch_one(pool).await)
}

/// Ticks the second step off.
pub async fn tested(db: &Db, organization: OrganizationId, at: Time) -> Result<(), sqlx::Error> {
    on_db!(db, write pool => sqlx::query(
        "update organizations set test_delivered_at = $2 where id = $1 and test_delivered_at is null")
        .bind(organization).bind(at).execute(pool).await.map(drop))
}

/// Ticks the third step off; what was ticked off before stays as it is, without a second row in the audit log.
pub async fn verified(db: &Db, organization: OrganizationId, at: Time, entry: &Entry) -> Result<(), sqlx::Error> {
    const TICK: &str = "update organizations set signature_verified_at = $2 \
        where id = $1 and signature_verified_at is null";
    on_db!(db, transaction tx => {
        if sqlx::query(TICK).bind(organization).bind(at).execute(&mut *tx).await?.rows_affected() > 0 {
            entry.write(tx).await?;
        }
        Ok::<_, sqlx::Error>(())
    })
}
