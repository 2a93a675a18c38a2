//! Webhooks: adding, changing, switching, deleting, new secrets. Whoever holds a permit sees and
//! changes those of the permit's organization; all others are not found.

use super::{
    audit::{self, Change},
    catalogue,
    paging::{Page, read_cursor},
    webhook_fields as fields, webhook_headers as own_headers, webhook_scope as scope, webhook_secret as secret,
};
use crate::{
    model::{error::*, event::WEBHOOK_DISABLED, filter::Filters, id::*, time::Time, webhook::*},
    server::{
        access::{Permit, ReadWebhooks, WriteWebhooks},
        env::Env,
        fault::fault,
        store::webhooks::{self as store, WebhookRow},
    },
};
use serde_json::{Map, Value, json};

/// A webhook to be; only the URL must be given.
#[derive(Debug, Clone, Default)]
pub struct NewWebhook {
    pub url: String,
    pub description: String,
    /// None takes all events.
    pub events: Option<Vec<String>>,
    pub headers: Vec<Header>,
    pub filters: Map<String, Value>,
    /// What it is bound to, as `{"agent_id": "a1"}`; kept among the filters.
    pub scope: Map<String, Value>,
    pub retry_policy: Option<RetryPolicy>,
    pub timeout_seconds: Option<u32>,
    pub rate_per_second: Option<u32>,
    /// None: one is made.
    pub secret: Option<String>,
    /// Switched off from the start.
    pub inactive: bool,
}

/// What to change; a field that is none stays as it is. Where the field may itself be none,
/// `Some(None)` sets it back to the convention's (or to all events).
#[derive(Debug, Clone, Default)]
pub struct WebhookChange {
    pub url: Option<String>,
    pub description: Option<String>,
    pub events: Option<Option<Vec<String>>>,
    /// All headers; a masked value ([`MASK`]) keeps the stored one.
    pub headers: Option<Vec<Header>>,
    pub filters: Option<Map<String, Value>>,
    pub retry_policy: Option<Option<RetryPolicy>>,
    pub timeout_seconds: Option<Option<u32>>,
    pub rate_per_second: Option<Option<u32>>,
    pub active: Option<bool>,
}

/// A changed webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    pub webhook: Webhook,
    /// The URL now leads to another host, so the stored header values were cleared and must be typed again.
    pub headers_cleared: bool,
}

/// All webhooks, oldest first.
pub async fn list(env: &Env, permit: &Permit<ReadWebhooks>) -> Result<Vec<Webhook>, AppError> {
    let organization = permit.organization_id();
    let rows = store::list(&env.db, organization).await?;
    rows.into_iter().map(|row| shown(env, organization, row)).collect()
}

/// A page, newest first.
pub async fn page(
    env: &Env,
    permit: &Permit<ReadWebhooks>,
    limit: u32,
    cursor: Option<&str>,
) -> Result<Page<Webhook>, AppError> {
    let organization = permit.organization_id();
    let before = WebhookId::from_bytes(read_cursor(cursor)?);
    let rows = store::page(&env.db, organization, before, i64::from(limit) + 1).await?;
    let Page { data, next_cursor } = Page::of(rows, limit, |row| row.id.bytes());
    let data = data.into_iter().map(|row| shown(env, organization, row)).collect::<Result<_, _>>()?;
    Ok(Page { data, next_cursor })
}

pub async fn get(env: &Env, permit: &Permit<ReadWebhooks>, id: WebhookId) -> Result<Webhook, AppError> {
    let organization = permit.organization_id();
    let row = store::get(&env.db, organization, id).await?.ok_or(AppError::NotFound)?;
    shown(env, organization, row)
}

/// A webhook that is checked, and ready to be written.
pub(super) struct Prepared {
    webhook: Webhook,
    secret: String,
    new: store::NewRow,
}

/// Adds a webhook; answers it and, only here, its secret.
pub async fn create(env: &Env, permit: &Permit<WriteWebhooks>, new: NewWebhook) -> Result<(Webhook, String), AppError> {
    let ready = prepare(env, permit, new)?;
    let secret = ready.secret.clone();
    let made = add(env, permit, vec![ready]).await?;
    Ok((made.into_iter().next().ok_or(AppError::NotFound)?, secret))
}

/// Writes all of them, or none.
pub(super) async fn add(
    env: &Env,
    permit: &Permit<WriteWebhooks>,
    ready: Vec<Prepared>,
) -> Result<Vec<Webhook>, AppError> {
    let organization = permit.organization_id();
    let (webhooks, rows): (Vec<_>, Vec<_>) = ready.into_iter().map(|one| (one.webhook, one.new)).unzip();
    store::insert(&env.db, organization, &rows).await?;
    env.subscriptions.changed(organization);
    Ok(webhooks)
}

/// Checks all fields of a webhook to be.
pub(super) fn prepare(env: &Env, permit: &Permit<WriteWebhooks>, new: NewWebhook) -> Result<Prepared, AppError> {
    let (organization, now) = (permit.organization_id(), env.now());
    let convention = catalogue::convention(env, permit.organization())?;
    let mut errors = FieldErrors::default();
    let secret = new.secret.clone().unwrap_or_else(|| secret::generate(env));
    errors.take("secret", secret::check(&secret));
    let id = env.new_id(WebhookId::from_bytes);
    let blank = WebhookRow {
        id,
        url: String::new(),
        description: String::new(),
        active: true,
        disabled_reason: None,
        events: None,
        headers: None,
        filters: "{}".into(),
        retry_policy: None,
        timeout_seconds: None,
        rate_per_second: None,
        rests_until: None,
        created_at: now,
        updated_at: now,
        secret_hint: secret::hint(&secret),
    };
    let change = WebhookChange {
        url: Some(new.url),
        description: Some(new.description),
        events: Some(new.events),
        headers: Some(new.headers),
        filters: Some(scope::joined(&convention, new.scope, new.filters, &mut errors)),
        retry_policy: Some(new.retry_policy),
        timeout_seconds: Some(new.timeout_seconds),
        rate_per_second: Some(new.rate_per_second),
        active: Some(!new.inactive),
    };
    let (row, _) = apply(env, permit, blank, change, errors)?;
    let webhook = shown(env, organization, row.clone())?;
    let audit = audit::entry(env, permit, "webhook.created", described(&webhook).after(facts(&webhook)));
    let secret_row = secret::row(env, organization, id, &secret, now);
    Ok(Prepared { webhook, secret, new: store::NewRow { row, secret: secret_row, audit } })
}

/// Changes what is given.
pub async fn update(
    env: &Env,
    permit: &Permit<WriteWebhooks>,
    id: WebhookId,
    change: WebhookChange,
) -> Result<Changed, AppError> {
    let organization = permit.organization_id();
    // Read, change, write unless changed in between; who loses reads again.
    for _ in 0..8 {
        let row = store::get(&env.db, organization, id).await?.ok_or(AppError::NotFound)?;
        let (read_at, before) = (row.updated_at, shown(env, organization, row.clone())?);
        let (mut row, headers_cleared) = apply(env, permit, row, change.clone(), FieldErrors::default())?;
        row.updated_at = env.now().max(Time(read_at.0 + 1));
        let webhook = shown(env, organization, row.clone())?;
        let (old, new) = differences(facts(&before), facts(&webhook));
        let entry = audit::entry(env, permit, "webhook.changed", described(&webhook).before(old).after(new));
        if store::update(&env.db, organization, &row, read_at, &entry).await? {
            env.subscriptions.changed(organization);
            return Ok(Changed { webhook, headers_cleared });
        }
    }
    Err(AppError::Busy(1))
}

/// Switches a webhook on or off.
pub async fn set_active(
    env: &Env,
    permit: &Permit<WriteWebhooks>,
    id: WebhookId,
    active: bool,
) -> Result<Webhook, AppError> {
    let change = WebhookChange { active: Some(active), ..WebhookChange::default() };
    Ok(update(env, permit, id, change).await?.webhook)
}

/// Deletes a webhook; its deliveries stay in the log.
pub async fn delete(env: &Env, permit: &Permit<WriteWebhooks>, id: WebhookId) -> Result<(), AppError> {
    let organization = permit.organization_id();
    let row = store::get(&env.db, organization, id).await?.ok_or(AppError::NotFound)?;
    let before = shown(env, organization, row)?;
    let entry = audit::entry(env, permit, "webhook.deleted", described(&before).before(facts(&before)));
    let found = store::delete(&env.db, organization, id, env.now(), &entry).await?;
    env.subscriptions.changed(organization);
    if found { Ok(()) } else { Err(AppError::NotFound) }
}

/// The row with the change made, all fields checked; and whether header values had to be cleared.
fn apply(
    env: &Env,
    permit: &Permit<WriteWebhooks>,
    mut row: WebhookRow,
    change: WebhookChange,
    mut errors: FieldErrors,
) -> Result<(WebhookRow, bool), AppError> {
    let organization = permit.organization_id();
    let convention = catalogue::convention(env, permit.organization())?;
    let mut headers = open_headers(env, organization, &row)?;
    let mut cleared = false;
    if let Some(url) = change.url.as_deref().and_then(|text| errors.take("url", fields::url(env, text))) {
        // A changed address must not collect credentials that were typed for another.
        if fields::receiver(&url) != fields::receiver(&row.url) {
            cleared = headers.iter().any(|h| !h.value.is_empty()) && change.headers.is_none();
            headers.iter_mut().for_each(|h| h.value.clear());
        }
        row.url = url;
    }
    if let Some(given) = change.headers.clone() {
        headers = own_headers::check(given, &headers, &convention.header_names(), &mut errors);
    }
    if let Some(given) = change.events.clone() {
        row.events = fields::events(given, |name| convention.takes(name) || name == WEBHOOK_DISABLED, &mut errors)
            .map(|list| Value::from(list).to_string());
    }
    apply_plain(&mut row, change, &mut errors)?;
    errors.finish()?;
    row.headers = seal_headers(env, organization, row.id, &headers)?;
    Ok((row, cleared))
}

/// The fields that need nothing but themselves to be checked.
fn apply_plain(row: &mut WebhookRow, change: WebhookChange, errors: &mut FieldErrors) -> Result<(), AppError> {
    if let Some(text) = change.description {
        row.description = errors.take("description", fields::description(&text)).unwrap_or_default();
    }
    if let Some(conditions) = change.filters {
        Filters::read(&conditions, errors);
        row.filters = Value::Object(conditions).to_string();
    }
    if let Some(policy) = change.retry_policy {
        policy.iter().for_each(|policy| fields::retry_policy(policy, errors));
        row.retry_policy = policy.map(|p| serde_json::to_string(&p).map_err(fault)).transpose()?;
    }
    if let Some(seconds) = change.timeout_seconds {
        let seconds = seconds.and_then(|s| errors.take("timeout_seconds", fields::timeout_seconds(s)));
        row.timeout_seconds = seconds.and_then(|s| i32::try_from(s).ok());
    }
    if let Some(rate) = change.rate_per_second {
        let rate = rate.and_then(|r| errors.take("rate_per_second", fields::rate_per_second(r)));
        row.rate_per_second = rate.and_then(|r| i32::try_from(r).ok());
    }
    if let Some(active) = change.active {
        row.active = active;
        // Who saves a webhook that is off has not mended why.
        if active {
            row.disabled_reason = None;
        }
    }
    Ok(())
}

fn seal_headers(
    env: &Env,
    organization: OrganizationId,
    id: WebhookId,
    headers: &[Header],
) -> Result<Option<Vec<u8>>, AppError> {
    if headers.is_empty() {
        return Ok(None);
    }
    let pairs: Vec<_> = headers.iter().map(|h| (&h.name, &h.value)).collect();
    let json = serde_json::to_vec(&pairs).map_err(fault)?;
    Ok(Some(env.seal.seal(&json, &secret::bound_to(organization, id), &*env.random)))
}

/// A webhook's own headers with their values, for sending.
pub fn open_headers(env: &Env, organization: OrganizationId, row: &WebhookRow) -> Result<Vec<Header>, AppError> {
    let Some(sealed) = &row.headers else { return Ok(Vec::new()) };
    let json = env.seal.open(sealed, &secret::bound_to(organization, row.id)).map_err(fault)?;
    let pairs: Vec<(String, String)> = serde_json::from_slice(&json).map_err(fault)?;
    Ok(pairs.into_iter().map(|(name, value)| Header { name, value }).collect())
}

/// The webhook of a row, header values as they are sent.
pub fn opened(env: &Env, organization: OrganizationId, row: WebhookRow) -> Result<Webhook, AppError> {
    let headers = open_headers(env, organization, &row)?;
    let events = row.events.map(|json| serde_json::from_str(&json)).transpose().map_err(fault)?;
    Ok(Webhook {
        id: row.id,
        url: row.url,
        description: row.description,
        events: events.map_or(EventSelection::All, EventSelection::Only),
        active: row.active,
        disabled_reason: row.disabled_reason,
        headers,
        filters: serde_json::from_str(&row.filters).map_err(fault)?,
        retry_policy: row.retry_policy.map(|json| serde_json::from_str(&json)).transpose().map_err(fault)?,
        timeout_seconds: row.timeout_seconds.and_then(|s| u32::try_from(s).ok()),
        rate_per_second: row.rate_per_second.and_then(|r| u32::try_from(r).ok()),
        rests_until: row.rests_until,
        secret_hint: row.secret_hint,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// The webhook of a row as people and programs see it: header values masked.
pub(super) fn shown(env: &Env, organization: OrganizationId, row: WebhookRow) -> Result<Webhook, AppError> {
    let mut webhook = opened(env, organization, row)?;
    webhook.headers = own_headers::masked(&webhook.headers);
    Ok(webhook)
}

/// For the audit log: which webhook.
pub(super) fn described(webhook: &Webhook) -> Change {
    Change::of(webhook.id, webhook.name())
}

/// For the audit log: what there is to know, header values masked.
fn facts(webhook: &Webhook) -> Value {
    let headers: Map<String, Value> =
        webhook.headers.iter().map(|h| (h.name.clone(), Value::from(h.value.as_str()))).collect();
    json!({
        "url": webhook.url,
        "description": webhook.description,
        "events": match &webhook.events { EventSelection::All => json!(["*"]), EventSelection::Only(types) => json!(types) },
        "active": webhook.active,
        "headers": headers,
        "filters": webhook.filters,
        "retry_policy": webhook.retry_policy,
        "timeout_seconds": webhook.timeout_seconds,
        "rate_per_second": webhook.rate_per_second,
    })
}

/// What is different, as it was and as it is.
fn differences(mut before: Value, mut after: Value) -> (Value, Value) {
    if let (Some(old), Some(new)) = (before.as_object_mut(), after.as_object_mut()) {
        let same: Vec<String> =
            old.iter().filter(|(name, value)| new.get(*name) == Some(*value)).map(|(name, _)| name.clone()).collect();
        for name in same {
            old.shift_remove(&name);
            new.shift_remove(&name);
        }
    }
    (before, after)
}
