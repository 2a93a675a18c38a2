//! Who takes what: an index in memory of each organization's webhooks with secrets and headers opened and
//! filters parsed, so that accepting and sending read nothing from the database.
//!
//! An organization's index is read when it is first asked for, and again after `changed`. What is NOT
//! promised: that another process on Postgres sees a change at once; it is told, which takes milliseconds, and where
//! it did not hear, it reads again after [`FRESH_FOR`].

use crate::{
    model::{
        error::AppError,
        filter::Filters,
        id::{OrganizationId, WebhookId},
        time::Time,
        webhook::{EventSelection, Header, RetryPolicy},
    },
    server::{
        convention::{self, Convention, SigningKey},
        domain::{catalogue, webhook_secret},
        env::Env,
        fault::fault,
        store::{
            news::{Item, News},
            subscriptions::{self as store, SecretRow, WebhookRow},
        },
    },
};
use std::{
    collections::HashMap,
    sync::{
        Arc, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

/// How old an index may grow where several processes share a database.
pub const FRESH_FOR: Duration = Duration::from_secs(5);

/// A webhook, ready to be matched and sent to.
#[derive(Debug, Clone)]
pub struct Subscription {
    pub id: WebhookId,
    pub url: String,
    pub active: bool,
    pub events: EventSelection,
    pub filters: Filters,
    /// Custom headers, values readable.
    pub headers: Vec<Header>,
    /// The policy in force.
    pub policy: RetryPolicy,
    /// The timeout in force, for the whole exchange.
    pub timeout: Duration,
    /// Oldest first; expired ones are left out by [`Subscription::keys_at`].
    keys: Vec<(SigningKey, Option<Time>)>,
}

impl Subscription {
    /// The secrets that sign at this time, oldest first.
    pub fn keys_at(&self, now: Time) -> Vec<SigningKey> {
        let live = self.keys.iter().filter(|(_, expires)| expires.is_none_or(|at| at > now));
        live.map(|(key, _)| key.clone()).collect()
    }
}

/// One organization's webhooks (not the deleted ones) and its convention, as they were at one moment.
#[derive(Debug)]
pub struct Index {
    pub convention: Arc<Convention>,
    /// Oldest first.
    pub webhooks: Vec<Arc<Subscription>>,
    /// When it is to be read again, in microseconds.
    read_again_at: AtomicI64,
}

impl Index {
    /// Whether it has grown old; true for one call, the others go on with what there is meanwhile.
    fn is_to_be_read(&self, now: Time) -> bool {
        let due = self.read_again_at.load(Ordering::Relaxed);
        // A clock that was set back must not keep it.
        let is_due = now.0 >= due || due - now.0 > 2 * FRESH_FOR.as_micros() as i64;
        let next = now.plus(FRESH_FOR).0;
        is_due && self.read_again_at.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
    pub fn get(&self, id: WebhookId) -> Option<&Arc<Subscription>> {
        self.webhooks.iter().find(|webhook| webhook.id == id)
    }
    /// The webhooks that want an event; its data is parsed only where somebody filters.
    pub fn takers(&self, event_type: &str, data: &str) -> Vec<Arc<Subscription>> {
        let mut parsed = None;
        let mut passes = |filters: &Filters| {
            filters.is_empty() || filters.matches(parsed.get_or_insert_with(|| convention::value(data)))
        };
        self.webhooks.iter().filter(|w| w.events.takes(event_type) && passes(&w.filters)).cloned().collect()
    }
}

/// Every organization's index that was asked for.
pub struct Subscriptions {
    news: Arc<News>,
    read: RwLock<HashMap<OrganizationId, Arc<Index>>>,
    /// Counts changes, so that a read that was overtaken by one is not kept.
    changes: AtomicU64,
}

impl Subscriptions {
    pub fn new(news: Arc<News>) -> Self {
        Self { news, read: RwLock::default(), changes: AtomicU64::default() }
    }
    /// Call after each committed write to the organization's webhooks or their secrets.
    pub fn changed(&self, organization: OrganizationId) {
        self.forget(organization);
        self.news.tell(Item::Webhooks(organization));
    }
    /// Another process may have changed anything.
    pub fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        if let Ok(mut read) = self.read.write() {
            read.clear();
        }
    }
    /// Another process has changed something of this organization.
    pub fn forget(&self, organization: OrganizationId) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        if let Ok(mut read) = self.read.write() {
            read.remove(&organization);
        }
    }

    fn known(&self, organization: OrganizationId) -> Option<Arc<Index>> {
        self.read.read().ok()?.get(&organization).cloned()
    }
}

/// The organization's index, from memory where it is fresh.
pub async fn of(env: &Env, organization: OrganizationId) -> Result<Arc<Index>, AppError> {
    let known = env.subscriptions.known(organization);
    match known {
        Some(index) if env.db.is_sqlite() || env.writer.is_unreachable() || !index.is_to_be_read(env.now()) => {
            Ok(index)
        }
        Some(index) => read(env, organization).await.or_else(|error| {
            // What was true a moment ago is better than nothing while the database is away.
            tracing::warn!(%organization, %error, "an index of webhooks could not be read again");
            Ok(index)
        }),
        None => read(env, organization).await,
    }
}

async fn read(env: &Env, organization: OrganizationId) -> Result<Arc<Index>, AppError> {
    let changes = env.subscriptions.changes.load(Ordering::SeqCst);
    let read_again_at = AtomicI64::new(env.now().plus(FRESH_FOR).0);
    let found = store::of_organization(&env.db, organization).await;
    let found = found.inspect_err(|error| env.writer.note_error(error))?.ok_or(AppError::NotFound)?;
    let convention = catalogue::of_name(env, &found.convention)?;
    let mut secrets: HashMap<WebhookId, Vec<SecretRow>> = HashMap::new();
    for secret in found.secrets {
        secrets.entry(secret.webhook_id).or_default().push(secret);
    }
    let rate = |row: &WebhookRow| (row.id, row.rate_per_second.and_then(|rate| u32::try_from(rate).ok()));
    let rates: Vec<(WebhookId, Option<u32>)> = found.webhooks.iter().map(rate).collect();
    let open = |row: WebhookRow| {
        let secrets = secrets.remove(&row.id).unwrap_or_default();
        subscription(env, organization, &convention, row, &secrets).map(Arc::new)
    };
    let webhooks = found.webhooks.into_iter().map(open).collect::<Result<_, _>>().map_err(fault)?;
    for (webhook, rate) in rates {
        env.lanes.set_rate((organization, webhook), rate);
    }
    let index = Arc::new(Index { convention, webhooks, read_again_at });
    if let Ok(mut read) = env.subscriptions.read.write()
        && env.subscriptions.changes.load(Ordering::SeqCst) == changes
    {
        read.insert(organization, index.clone());
    }
    Ok(index)
}

fn subscription(
    env: &Env,
    organization: OrganizationId,
    convention: &Convention,
    row: WebhookRow,
    secrets: &[SecretRow],
) -> Result<Subscription, Box<dyn std::error::Error + Send + Sync>> {
    let bound_to = webhook_secret::bound_to(organization, row.id);
    let headers: Vec<(String, String)> = match &row.headers {
        Some(sealed) => serde_json::from_slice(&env.seal.open(sealed, &bound_to)?)?,
        None => Vec::new(),
    };
    let key = |secret: &SecretRow| {
        let text = String::from_utf8(env.seal.open(&secret.secret, &bound_to)?)?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>((SigningKey::new(&text), secret.expires_at))
    };
    let policy = row.retry_policy.as_deref().map(serde_json::from_str).transpose()?;
    let seconds = row.timeout_seconds.and_then(|s| u32::try_from(s).ok()).unwrap_or(convention.timeout_seconds);
    Ok(Subscription {
        id: row.id,
        url: row.url,
        active: row.active,
        events: match &row.events {
            Some(types) => EventSelection::Only(serde_json::from_str(types)?),
            None => EventSelection::All,
        },
        filters: Filters::parse(&serde_json::from_str(&row.filters)?)?.read_as(&convention.filter_places),
        // A value that a change of the host has cleared is not sent as an empty one.
        headers: headers
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| Header { name, value })
            .collect(),
        policy: policy.unwrap_or_else(|| convention.retry_policy.clone()),
        timeout: Duration::from_secs(u64::from(seconds)),
        keys: secrets.iter().map(key).collect::<Result<_, _>>()?,
    })
}
