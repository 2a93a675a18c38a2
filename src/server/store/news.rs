//! What processes that share a Postgres tell each other: NOTIFY when something has changed, LISTEN to hear of it.
//!
//! Who plays which part: whoever commits a change says so here, into a bounded queue: one for what the others have to
//! know, one for what their pages show, which nothing waits behind. A task each sends what has
//! queued up as one message, beside the transactions and never inside them, since a commit that notifies waits
//! for every other that does; each process hears the others' and forgets what it knew. Where a queue was full, that is
//! told in place of what found no room. What is NOT promised: that
//! a message arrives. What rests on one has a net below it: indexes and keys grow old, work is looked for every
//! few seconds, a page is loaded anew. On SQLite there is one process, and nobody to tell.

use super::db::Db;
use crate::model::{delivery::DeliveryStatus, id::*};
use sqlx::postgres::{PgListener, PgPoolOptions};
use std::{
    collections::HashSet,
    str::FromStr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::mpsc::{self, Receiver, Sender};

const CHANNEL: &str = "switchhook";
/// Bytes of one message; Postgres takes 7,999.
const MOST_BYTES: usize = 7_800;
/// News that may wait to be sent in each queue; more are left out.
const QUEUED: usize = 4_096;

/// Something has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Item {
    /// A process has begun to listen.
    Here,
    /// An organization's webhooks or their secrets.
    Webhooks(OrganizationId),
    /// An API key was revoked.
    Key(ApiKeyId),
    /// A webhook has a due delivery that nobody holds.
    Stored(OrganizationId, WebhookId),
    /// A delivery was added, or its state has changed.
    Delivery(OrganizationId, DeliveryId, WebhookId, DeliveryStatus),
    /// Anything but deliveries' states may have changed.
    Anything,
    /// Deliveries' states have changed, too many to be told.
    Deliveries,
}

/// One queue of what is to be told.
pub struct Queue {
    sender: Sender<Item>,
    receiver: Mutex<Option<Receiver<Item>>>,
    /// What is told once something was left out.
    instead: Item,
    has_left_out: AtomicBool,
}

impl Queue {
    fn new(instead: Item) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUED);
        Self { sender, receiver: Mutex::new(Some(receiver)), instead, has_left_out: AtomicBool::new(false) }
    }
    fn push(&self, item: Item) {
        if self.sender.try_send(item).is_err() {
            self.leave_out();
        }
    }
    /// Something could not be told.
    pub fn leave_out(&self) {
        self.has_left_out.store(true, Ordering::Relaxed);
    }
    /// What is to be sent: these, or what stands for them and what was left out.
    pub fn told(&self, items: &mut Vec<Item>) {
        if self.has_left_out.swap(false, Ordering::Relaxed) {
            items.clear();
            items.push(self.instead);
        }
    }
    /// The queue's end, once.
    pub fn take_receiver(&self) -> Option<Receiver<Item>> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What is to be told.
pub struct News {
    /// What the others have to know.
    pub needed: Queue,
    /// What their pages show.
    pub shown: Queue,
    /// Whether there is anybody to tell.
    has_readers: AtomicBool,
}

impl Default for News {
    fn default() -> Self {
        let (needed, shown) = (Queue::new(Item::Anything), Queue::new(Item::Deliveries));
        Self { needed, shown, has_readers: AtomicBool::new(false) }
    }
}

impl News {
    /// Tells the other processes, where there are some; never waits.
    pub fn tell(&self, item: Item) {
        let is_rare = matches!(item, Item::Here | Item::Webhooks(_) | Item::Key(_));
        if is_rare || self.has_readers.load(Ordering::Relaxed) {
            let is_shown = matches!(item, Item::Delivery(..));
            if is_shown { &self.shown } else { &self.needed }.push(item);
        }
    }
    /// Whether other processes are there; what is frequent is told only then.
    pub fn set_has_readers(&self, has_readers: bool) {
        self.has_readers.store(has_readers, Ordering::Relaxed);
    }
}

impl Item {
    fn line(&self) -> String {
        match self {
            Self::Here => "h\n".into(),
            Self::Webhooks(organization) => format!("w {organization}\n"),
            Self::Key(key) => format!("k {key}\n"),
            Self::Stored(organization, webhook) => format!("s {organization} {webhook}\n"),
            Self::Delivery(organization, delivery, webhook, status) => {
                format!("d {organization} {delivery} {webhook} {}\n", status.as_str())
            }
            Self::Anything => "a\n".into(),
            Self::Deliveries => "m\n".into(),
        }
    }
    /// None for what a newer version says.
    fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let kind = words.next()?;
        fn next<'a, T: FromStr>(words: &mut impl Iterator<Item = &'a str>) -> Option<T> {
            words.next()?.parse().ok()
        }
        Some(match kind {
            "h" => Self::Here,
            "w" => Self::Webhooks(next(&mut words)?),
            "k" => Self::Key(next(&mut words)?),
            "s" => Self::Stored(next(&mut words)?, next(&mut words)?),
            "d" => {
                let ids = (next(&mut words)?, next(&mut words)?, next(&mut words)?);
                Self::Delivery(ids.0, ids.1, ids.2, DeliveryStatus::parse(words.next()?)?)
            }
            "a" => Self::Anything,
            "m" => Self::Deliveries,
            _ => return None,
        })
    }
}

/// Sends items, each once, in as few messages as they fit in; `from` is the process that says it.
pub async fn send(db: &Db, from: ProcessId, items: &mut Vec<Item>) -> Result<(), sqlx::Error> {
    let Db::Postgres(pool) = db else { return Ok(()) };
    let mut told = HashSet::new();
    let mut message = format!("{from}\n");
    let lines = items.drain(..).filter(|item| told.insert(*item)).map(|item| item.line()).collect::<Vec<_>>();
    for (number, line) in lines.iter().enumerate() {
        message.push_str(line);
        let next = lines.get(number + 1).map_or(MOST_BYTES, String::len);
        if message.len() + next > MOST_BYTES {
            sqlx::query("select pg_notify($1, $2)").bind(CHANNEL).bind(&message).execute(pool).await?;
            message = format!("{from}\n");
        }
    }
    Ok(())
}

/// What the other processes say.
pub struct Reader(PgListener, ProcessId);

impl Reader {
    /// Hears everything from now on but what `own` says; none on SQLite.
    pub async fn open(db: &Db, own: ProcessId) -> Result<Option<Self>, sqlx::Error> {
        let Db::Postgres(pool) = db else { return Ok(None) };
        // A connection of its own: one that has fallen silent is not to keep a place of the pool's.
        let one = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let mut listener =
            PgListener::connect_with(&one.connect_with((*pool.connect_options()).clone()).await?).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Self(listener, own)))
    }
    /// The next items; none where the connection was lost, and news may have been missed.
    pub async fn next(&mut self) -> Result<Option<Vec<Item>>, sqlx::Error> {
        let Some(message) = self.0.try_recv().await? else { return Ok(None) };
        let mut lines = message.payload().lines();
        if lines.next() == Some(self.1.to_string().as_str()) {
            return Ok(Some(Vec::new()));
        }
        Ok(Some(lines.filter_map(Item::read).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_unknown_is_passed_over() {
        let organization = OrganizationId::from_bytes([1; 16]);
        let webhook = WebhookId::from_bytes([2; 16]);
        let items = [
            Item::Here,
            Item::Webhooks(organization),
            Item::Key(ApiKeyId::from_bytes([3; 16])),
            Item::Stored(organization, webhook),
            Item::Delivery(organization, DeliveryId::from_bytes([4; 16]), webhook, DeliveryStatus::Skipped),
            Item::Anything,
            Item::Deliveries,
        ];
        for item in items {
            assert_eq!(Item::read(item.line().trim_end()), Some(item));
        }
        for unknown in ["", "x", "w", "w nonsense", "d org_1 dlv_2", "z 1 2"] {
            assert_eq!(Item::read(unknown), None, "{unknown}");
        }
    }
}
