//! Until when a webhook rests because its receiver fails; for people to see, the worker keeps its own account.

use super::db::Db;
use crate::model::{id::*, time::Time};

/// Says until when nothing is sent; none: as usual.
pub async fn rests_until(
    db: &Db,
    organization: OrganizationId,
    webhook: WebhookId,
    until: Option<Time>,
) -> Result<(), sqlx::Error> {
    let statement = "update webhooks set rests_until = $3 where organization_id = $1 and id = $2";
    on_db!(db, write pool => sqlx::query(statement).bind(organization).bind(webhook).bind(until).execute(pool).await.map(drop))
}
