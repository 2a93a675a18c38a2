//! Inboxes: made by an admin, written to by whoever knows the URL, read by the organization.
//!
//! Webhooks that point at an inbox of this installation are handed over in the process, so that the
//! address guard need not let anybody reach our own port.

use super::{
    audit::{self, Change},
    credentials::masked,
    verdict::Signed,
    webhook_secret::bound_to,
};
use crate::{
    model::{
        error::AppError,
        id::*,
        inbox::*,
        time::Time,
        webhook::{MASK, name_of},
    },
    server::{
        access::*,
        config::inbox_token,
        env::Env,
        fault::fault,
        store::inbox::{self as store, *},
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Bytes of a body that the list reads; the rest is a link away.
const SHOWN_BODY: i32 = MAX_SHOWN_BODY as i32;
/// Rows that one clean-up deletes, so that it never holds the database for long.
const CLEAN_UP_BATCH: i64 = 200;

/// A new inbox: its page's id and where it receives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxUrl {
    pub id: InboxId,
    pub url: String,
}

/// What every inbox URL of this installation starts with.
pub fn base_url(env: &Env) -> String {
    env.settings.inboxes()
}

/// Letters, digits, `-` and `_`. Anybody may ask for anything, and Postgres takes no NUL.
fn is_token(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The organization's inbox that receives at `url`, if one does.
pub async fn at_url(env: &Env, permit: &Permit<ReadWebhooks>, url: &str) -> Result<Option<InboxId>, AppError> {
    let Some(token) = inbox_token(&base_url(env), url) else { return Ok(None) };
    if !is_token(token) {
        return Ok(None);
    }
    let found = store::by_token_for_any_organization(&env.db, token).await?;
    Ok(found.filter(|(organization, _)| *organization == permit.organization_id()).map(|(_, id)| id))
}

/// Makes an inbox; its URL cannot be guessed.
pub async fn create(env: &Env, permit: &Permit<WriteWebhooks>) -> Result<InboxUrl, AppError> {
    let row = InboxRow {
        id: env.new_id(InboxId::from_bytes),
        token: URL_SAFE_NO_PAD.encode(env.random::<18>()),
        created_by: permit.actor().name().to_owned(),
        created_at: env.now(),
        last_received_at: None,
    };
    let entry = audit::entry(env, permit, "inbox.created", Change::of(row.id, "Test inbox"));
    store::add(&env.db, permit.organization_id(), &row, &entry).await?;
    Ok(InboxUrl { id: row.id, url: base_url(env) + &row.token })
}

/// All inboxes of the organization, newest first, each with the webhooks that point at it.
pub async fn list(env: &Env, permit: &Permit<ReadLogs>) -> Result<Vec<Inbox>, AppError> {
    let rows = store::list(&env.db, permit.organization_id()).await?;
    let pointing = store::webhooks_under(&env.db, permit.organization_id(), &base_url(env)).await?;
    Ok(rows.into_iter().map(|row| inbox(env, row, &pointing)).collect())
}

/// One inbox.
pub async fn get(env: &Env, permit: &Permit<ReadLogs>, id: InboxId) -> Result<Inbox, AppError> {
    let organization = permit.organization_id();
    let row = store::get(&env.db, organization, id).await?.ok_or(AppError::NotFound)?;
    let pointing = store::webhooks_under(&env.db, organization, &base_url(env)).await?;
    Ok(inbox(env, row, &pointing))
}

/// What an inbox received within 24 hours and after the request `after`, newest first; bodies as far as
/// they are shown in the list.
pub async fn requests(
    env: &Env,
    permit: &Permit<ReadLogs>,
    id: InboxId,
    after: Option<InboxRequestId>,
) -> Result<Vec<InboxRequest>, AppError> {
    let after = after.unwrap_or(InboxRequestId::from_bytes([0; 16]));
    let since = env.now().minus(KEPT_FOR);
    let rows = store::requests(&env.db, permit.organization_id(), id, since, after, SHOWN_BODY + 1).await?;
    Ok(rows.into_iter().map(request).collect())
}

/// All that was kept of one request's body.
pub async fn body(
    env: &Env,
    permit: &Permit<ReadLogs>,
    inbox: InboxId,
    id: InboxRequestId,
) -> Result<Vec<u8>, AppError> {
    store::body(&env.db, permit.organization_id(), inbox, id).await?.ok_or(AppError::NotFound)
}

fn inbox(env: &Env, row: InboxRow, pointing: &[PointingWebhook]) -> Inbox {
    let url = base_url(env) + &row.token;
    let webhooks = pointing.iter().filter(|w| w.url == url);
    Inbox {
        id: row.id,
        webhooks: webhooks.map(|w| (w.id, name_of(&w.description, &w.url).to_owned())).collect(),
        created_by: row.created_by,
        created_at: row.created_at,
        last_received_at: row.last_received_at.filter(|at| *at >= env.now().minus(KEPT_FOR)),
        url,
    }
}

fn request(row: RequestRow) -> InboxRequest {
    let cut = row.body.len() > MAX_SHOWN_BODY;
    let shown = &row.body[..row.body.len().min(MAX_SHOWN_BODY)];
    InboxRequest {
        id: row.id,
        received_at: row.received_at,
        headers: serde_json::from_str(&row.headers).unwrap_or_default(),
        body: String::from_utf8_lossy(shown).into_owned(),
        body_cut: cut,
        body_truncated: row.body_truncated,
        verdict: Verdict::from_text(row.verdict),
    }
}

/// NotFound where there is no inbox with this token.
pub async fn check(env: &Env, token: &str) -> Result<(), AppError> {
    if !is_token(token) {
        return Err(AppError::NotFound);
    }
    store::by_token_for_any_organization(&env.db, token).await?.map(drop).ok_or(AppError::NotFound)
}

/// Takes a request for the inbox with this token: from anybody by HTTP, or from our own sender in the
/// process. Header names are in lower case.
pub async fn receive(env: &Env, token: &str, headers: Vec<(String, String)>, body: &[u8]) -> Result<Verdict, AppError> {
    let found = store::by_token_for_any_organization(&env.db, token).await?;
    let (organization, id) = found.ok_or(AppError::NotFound)?;
    let now = env.now();
    let secrets = secrets(env, organization, token, now).await?;
    let verdict = Signed { headers: &headers, body }.verdict(&secrets, now);
    let row = RequestRow {
        id: env.new_id(InboxRequestId::from_bytes),
        received_at: now,
        headers: serde_json::to_string(&masked(headers, MASK)).unwrap_or_default(),
        body: body[..body.len().min(MAX_KEPT_BODY)].to_vec(),
        body_truncated: body.len() > MAX_KEPT_BODY,
        verdict: verdict.as_str().to_owned(),
    };
    let limits = Limits { most: MOST_KEPT, window_start: now.minus(RATE_WINDOW) };
    let verified = verdict == Verdict::Verified;
    match store::receive(&env.db, organization, id, &row, limits, verified).await? {
        Kept::Kept => Ok(verdict),
        Kept::TooMany => Err(AppError::TooMany(RATE_WINDOW.as_secs() as u32)),
    }
}

/// Deletes a batch of what is older than 24 hours; answers whether there may be more.
pub async fn clean_up(env: &Env) -> Result<bool, AppError> {
    let before = env.now().minus(KEPT_FOR);
    let deleted = store::delete_expired_of_any_organization(&env.db, before, CLEAN_UP_BATCH).await?;
    Ok(deleted == CLEAN_UP_BATCH as u64)
}

async fn secrets(env: &Env, organization: OrganizationId, token: &str, now: Time) -> Result<Vec<String>, AppError> {
    let url = base_url(env) + token;
    let sealed = store::secrets_for_url(&env.db, organization, &url, now).await?;
    let open = |s: SealedSecret| env.seal.open(&s.secret, &bound_to(organization, s.webhook_id));
    let opened: Result<Vec<_>, _> = sealed.into_iter().map(open).collect();
    Ok(opened.map_err(fault)?.into_iter().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect())
}
