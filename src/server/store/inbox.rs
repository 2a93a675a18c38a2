//! Inboxes and what they received.

use super::{audit::Entry, db::Db};
use crate::model::{id::*, time::Time};

/// An inbox as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct InboxRow {
    pub id: InboxId,
    pub token: String,
    pub created_by: String,
    pub created_at: Time,
    pub last_received_at: Option<Time>,
}

/// A received request as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RequestRow {
    pub id: InboxRequestId,
    pub received_at: Time,
    /// JSON array of [name, value].
    pub headers: String,
    pub body: Vec<u8>,
    pub body_truncated: bool,
    /// `verified`, or the sentence that says why not.
    pub verdict: String,
}

/// One secret of a webhook, encrypted.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SealedSecret {
    pub webhook_id: WebhookId,
    pub secret: Vec<u8>,
}

/// A webhook that sends to an inbox.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PointingWebhook {
    pub id: WebhookId,
    pub url: String,
    pub description: String,
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    Kept,
    /// More than an inbox takes in its window.
    TooMany,
}

/// What an inbox takes and keeps.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most requests kept, and most taken since `window_start`.
    pub most: i64,
    pub window_start: Time,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select i.id, i.token, i.created_by, i.created_at, (select max(r.received_at) from inbox_requests r ",
            "where r.organization_id = i.organization_id and r.inbox_id = i.id) as last_received_at ",
            "from inboxes i where i.organization_id = $1 ",
            $rest
        )
    };
}

/// Adds an inbox.
pub async fn add(db: &Db, organization: OrganizationId, row: &InboxRow, entry: &Entry) -> Result<(), sqlx::Error> {
    const SQL: &str =
        "insert into inboxes (organization_id, id, token, created_by, created_at) values ($1, $2, $3, $4, $5)";
    on_db!(db, transaction tx => {
        let insert = sqlx::query(SQL).bind(organization).bind(row.id).bind(&row.token);
        insert.bind(&row.created_by).bind(row.created_at).execute(&mut *tx).await?;
        entry.write(tx).await?;
        Ok::<_, sqlx::Error>(())
    })
}

/// All inboxes of the organization, newest first.
pub async fn list(db: &Db, organization: OrganizationId) -> Result<Vec<InboxRow>, sqlx::Error> {
    const SQL: &str = select!("order by i.id desc limit 200");
    on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).fetch_all(pool).await)
}

/// One inbox of the organization.
pub async fn get(db: &Db, organization: OrganizationId, id: InboxId) -> Result<Option<InboxRow>, sqlx::Error> {
    const SQL: &str = select!("and i.id = $2");
    on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).bind(id).fetch_optional(pool).await)
}

/// Whose inbox a token stands for: the sender of a request says no more than that.
pub async fn by_token_for_any_organization(
    db: &Db,
    token: &str,
) -> Result<Option<(OrganizationId, InboxId)>, sqlx::Error> {
    const SQL: &str = "select organization_id, id from inboxes where token = $1";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(token).fetch_optional(pool).await)
}

/// What the inbox received at or after `since` and after the request `after`, newest first; bodies
/// only up to `body_bytes`.
pub async fn requests(
    db: &Db,
    organization: OrganizationId,
    inbox: InboxId,
    since: Time,
    after: InboxRequestId,
    body_bytes: i32,
) -> Result<Vec<RequestRow>, sqlx::Error> {
    const SQL: &str = "select id, received_at, headers, substr(body, 1, $5) as body, body_truncated, verdict \
        from inbox_requests where organization_id = $1 and inbox_id = $2 and received_at >= $3 and id > $4 \
        order by id desc limit 100";
    on_db!(db, read pool => {
        let query = sqlx::query_as(SQL).bind(organization).bind(inbox).bind(since).bind(after);
        query.bind(body_bytes).fetch_all(pool).await
    })
}

/// The whole kept body of one request.
pub async fn body(
    db: &Db,
    organization: OrganizationId,
    inbox: InboxId,
    id: InboxRequestId,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    const SQL: &str = "select body from inbox_requests where organization_id = $1 and inbox_id = $2 and id = $3";
    on_db!(db, read pool => {
        sqlx::query_scalar(SQL).bind(organization).bind(inbox).bind(id).fetch_optional(pool).await
    })
}

/// The webhooks whose URL starts so.
pub async fn webhooks_under(
    db: &Db,
    organization: OrganizationId,
    start_of_url: &str,
) -> Result<Vec<PointingWebhook>, sqlx::Error> {
    const SQL: &str = "select id, url, description from webhooks where organization_id = $1 \
        and substr(url, 1, length($2)) = $2 and deleted_at is null order by id";
    on_db!(db, read pool => sqlx::query_as(SQL).bind(organization).bind(start_of_url).fetch_all(pool).await)
}

/// The live secrets of the webhooks that send to `url`.
pub async fn secrets_for_url(
    db: &Db,
    organization: OrganizationId,
    url: &str,
    now: Time,
) -> Result<Vec<SealedSecret>, sqlx::Error> {
    const SQL: &str = "select s.webhook_id, s.secret from webhooks w join webhook_secrets s \
        on s.organization_id = w.organization_id and s.webhook_id = w.id \
        where w.organization_id = $1 and w.url = $2 and w.deleted_at is null \
        and (s.expires_at is null or s.expires_at > $3)";
    on_db!(db, read pool => {
        sqlx::query_as(SQL).bind(organization).bind(url).bind(now).fetch_all(pool).await
    })
}

/// Keeps a request and drops the oldest beyond the limit; a verified one ticks off the
/// organization's first steps.
pub async fn receive(
    db: &Db,
    organization: OrganizationId,
    inbox: InboxId,
    row: &RequestRow,
    limits: Limits,
    verified: bool,
) -> Result<Kept, sqlx::Error> {
    const RECENT: &str = "select count(*) from inbox_requests \
        where organization_id = $1 and inbox_id = $2 and received_at > $3";
    const INSERT: &str = "insert into inbox_requests \
        (organization_id, inbox_id, id, received_at, headers, body, body_truncated, verdict) \
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    const DROP_OLDEST: &str = "delete from inbox_requests where organization_id = $1 and inbox_id = $2 and id <= \
        (select id from inbox_requests where organization_id = $1 and inbox_id = $2 order by id desc limit 1 offset $3)";
    const TICK: &str = "update organizations set signature_verified_at = $2 \
        where id = $1 and signature_verified_at is null";
    on_db!(db, transaction tx => {
        let recent = sqlx::query_scalar(RECENT).bind(organization).bind(inbox).bind(limits.window_start);
        let recent: i64 = recent.fetch_one(&mut *tx).await?;
        if recent >= limits.most {
            return Ok(Kept::TooMany);
        }
        let insert = sqlx::query(INSERT).bind(organization).bind(inbox).bind(row.id).bind(row.received_at);
        let insert = insert.bind(&row.headers).bind(&row.body).bind(row.body_truncated).bind(&row.verdict);
        insert.execute(&mut *tx).await?;
        sqlx::query(DROP_OLDEST).bind(organization).bind(inbox).bind(limits.most).execute(&mut *tx).await?;
        if verified {
            sqlx::query(TICK).bind(organization).bind(row.received_at).execute(&mut *tx).await?;
        }
        Ok::<_, sqlx::Error>(Kept::Kept)
    })
}

/// Deletes up to `limit` of the requests received before `before`; answers how many.
pub async fn delete_expired_of_any_organization(db: &Db, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    const SQL: &str = "delete from inbox_requests where (organization_id, inbox_id, id) in \
        (select organization_id, inbox_id, id from inbox_requests where received_at < $1 order by received_at limit $2)";
    on_db!(db, write pool => {
        sqlx::query(SQL).bind(before).bind(limit).execute(pool).await.map(|done| done.rows_affected())
    })
}
