//! The address guard of every connection: a name is resolved once, refused if ANY of its addresses is
//! forbidden, and only the addresses that were looked at are connected to. The HTTP client asks here and
//! nowhere else; addresses written as numbers never reach a resolver and are checked by `target.rs`.
//!
//! Answers are kept for seconds, so that a busy receiver costs one look-up and a name that changes its
//! mind between look and connect changes nothing. Look-ups have a bound, and a silent name server holds them: whoever
//! gave up leaves the queue, and a name that had an address a while ago is sent to there.

use super::{address, target::Rules};
use crate::model::failure::{NEEDS_HTTPS, OURSELVES};
use async_trait::async_trait;
use futures::{
    FutureExt,
    future::{Shared, WeakShared},
};
use std::{
    collections::HashMap,
    future::Future,
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

/// How long an answer is used.
const KEPT_FOR: Duration = Duration::from_secs(10);
/// How long a name that cannot be asked for again leads to where it did, and how long it is asked for before that.
const OLD_FOR: Duration = Duration::from_secs(600);
const ASKED_FOR: Duration = Duration::from_secs(1);
/// Names kept at most.
const KEPT: usize = 10_000;
/// Look-ups at the same time: each holds a thread while the name server is silent.
const LOOK_UPS: usize = 128;

/// Why there is no address to connect to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookUpError {
    #[error("The name {0} has no address.")]
    NotFound(String),
    #[error("The name leads to {0}, which webhooks must not reach.")]
    Forbidden(&'static str),
    #[error("{}", NEEDS_HTTPS)]
    NeedsHttps,
    #[error("{}", OURSELVES)]
    Ourselves,
}

/// Who knows the addresses of names.
#[async_trait]
pub trait Names: Send + Sync {
    /// Every address of a name; none or an error where it has none.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The names as this machine knows them.
pub struct SystemNames(Arc<Semaphore>);

impl Default for SystemNames {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LOOK_UPS)))
    }
}

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let slot = self.0.clone().acquire_owned().await.map_err(io::Error::other)?;
        let name = name.to_owned();
        let look_up = tokio::task::spawn_blocking(move || {
            // The slot is held as long as the thread is, whether or not anybody still waits for the answer.
            let _slot = slot;
            (name.as_str(), 0).to_socket_addrs().map(|found| found.map(|a| a.ip()).collect())
        });
        look_up.await?
    }
}

type Addresses = Arc<[IpAddr]>;
type Answer = Result<Addresses, LookUpError>;
type Asking = Pin<Box<dyn Future<Output = Answer> + Send>>;
type LookUp = Shared<Asking>;

/// What is known of a name.
#[derive(Default)]
struct Known {
    /// The addresses that it had last, and when.
    found: Option<(Instant, Addresses)>,
    /// Who asks for it now; gone where all have left, with no answer.
    asking: Option<WeakShared<Asking>>,
    /// When it was last asked for and nobody said where it leads.
    asked_in_vain: Option<Instant>,
}

impl Known {
    /// Where it leads, where it need not be asked for.
    fn good(&self) -> Option<Addresses> {
        let in_vain = self.asked_in_vain.is_some_and(|at| at.elapsed() < KEPT_FOR);
        self.found_within(if in_vain { OLD_FOR } else { KEPT_FOR })
    }
    fn found_within(&self, age: Duration) -> Option<Addresses> {
        self.found.as_ref().filter(|(at, _)| at.elapsed() < age).map(|(_, found)| found.clone())
    }
}

/// Looks names up, and lets only good addresses through.
pub struct Guard {
    rules: Rules,
    known: Mutex<HashMap<String, Known>>,
    names: Arc<dyn Names>,
}

impl Guard {
    pub fn new(rules: Rules, names: Arc<dyn Names>) -> Self {
        Self { rules, known: Mutex::default(), names }
    }
    fn known(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this name was asked for, and nobody has answered yet.
    pub fn is_asking(&self, name: &str) -> bool {
        self.known().get(name).is_some_and(|known| known.asking.is_some() && known.found_within(OLD_FOR).is_none())
    }

    /// Every address of the name, all of them good; by plain http only those that the operator allows.
    pub async fn addresses(&self, name: &str, by_https: bool) -> Answer {
        let found = self.found(name).await?;
        let (ips, allowed) = (|| found.iter().copied(), &self.rules.allowed);
        if let Some(what) = ips().find_map(|ip| address::refusal(ip, allowed)) {
            return Err(LookUpError::Forbidden(what));
        }
        if !by_https && !ips().all(|ip| address::is_allowed(ip, allowed)) {
            return Err(LookUpError::NeedsHttps);
        }
        Ok(found)
    }

    async fn found(&self, name: &str) -> Answer {
        let (look_up, old) = match self.look_up(name) {
            Ok(found) => return Ok(found),
            Err(asked) => asked,
        };
        let patience = if old.is_some() { ASKED_FOR } else { Duration::MAX };
        let answer = timeout(patience, look_up).await;
        if let Some(known) = self.known().get_mut(name) {
            if answer.is_ok() {
                known.asking = None;
            }
            match &answer {
                Ok(Ok(found)) => known.found = Some((Instant::now(), found.clone())),
                _ => known.asked_in_vain = Some(Instant::now()),
            }
        }
        match (answer, old) {
            (Ok(Ok(found)), _) => Ok(found),
            // Nobody says that it leads elsewhere: a name server that is away and a name that is gone look alike.
            (_, Some(old)) => Ok(old),
            (Ok(Err(error)), None) => Err(error),
            (Err(_), None) => Err(LookUpError::NotFound(name.to_owned())),
        }
    }

    /// What is known well enough; or who asks for it, with what it was.
    fn look_up(&self, name: &str) -> Result<Addresses, (LookUp, Option<Addresses>)> {
        let mut all = self.known();
        if let Some(found) = all.get(name).and_then(Known::good) {
            return Ok(found);
        }
        if all.len() >= KEPT {
            let is_asked = |known: &Known| known.asking.as_ref().is_some_and(|asking| asking.upgrade().is_some());
            all.retain(|_, known| known.good().is_some() || is_asked(known));
        }
        let known = all.entry(name.to_owned()).or_default();
        let old = known.found_within(OLD_FOR);
        if let Some(asking) = known.asking.as_ref().and_then(WeakShared::upgrade) {
            return Err((asking, old));
        }
        let look_up = ask(name.to_owned(), self.names.clone()).boxed().shared();
        known.asking = look_up.downgrade();
        Err((look_up, old))
    }
}

async fn ask(name: String, names: Arc<dyn Names>) -> Answer {
    match names.addresses(&name).await {
        Ok(found) if !found.is_empty() => Ok(found.into()),
        _ => Err(LookUpError::NotFound(name)),
    }
}

/// The guard as the HTTP client asks it, for one scheme.
pub struct Resolver {
    pub guard: Arc<Guard>,
    pub by_https: bool,
}

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let (guard, by_https) = (self.guard.clone(), self.by_https);
        Box::pin(async move {
            let found = guard.addresses(name.as_str(), by_https).await?;
            let addresses: Vec<SocketAddr> = found.iter().map(|ip| SocketAddr::new(*ip, 0)).collect();
            Ok(Box::new(addresses.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

    const IP: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 99, 7));

    /// A name server that falls silent, with those who wait for it.
    #[derive(Default)]
    struct Server {
        is_silent: AtomicBool,
        /// Answers with an error.
        is_away: AtomicBool,
        asked: AtomicUsize,
        waiting: AtomicUsize,
    }

    struct Waits<'a>(&'a AtomicUsize);

    impl Drop for Waits<'_> {
        fn drop(&mut self) {
            self.0.fetch_sub(1, SeqCst);
        }
    }

    #[async_trait]
    impl Names for Server {
        async fn addresses(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
            self.asked.fetch_add(1, SeqCst);
            if self.is_away.load(SeqCst) {
                return Err(io::Error::other("a temporary failure"));
            }
            if self.is_silent.load(SeqCst) {
                self.waiting.fetch_add(1, SeqCst);
                let _waits = Waits(&self.waiting);
                std::future::pending::<()>().await;
            }
            Ok(vec![IP])
        }
    }

    fn guard() -> (Arc<Server>, Guard) {
        let server = Arc::new(Server::default());
        let rules = Rules { allowed: Vec::new(), own_port: 1, inboxes: String::new() };
        (server.clone(), Guard::new(rules, server))
    }

    #[tokio::test]
    async fn whoever_gives_up_on_a_silent_name_server_is_not_waited_for_by_the_next() {
        let (server, guard) = guard();
        server.is_silent.store(true, SeqCst);
        let patience = Duration::from_millis(20);
        let (one, two) = tokio::join!(
            timeout(patience, guard.addresses("hooks.example.com", true)),
            timeout(patience, guard.addresses("hooks.example.com", true)),
        );
        assert!(one.is_err() && two.is_err());
        assert_eq!(server.waiting.load(SeqCst), 0, "nothing is left in the queue of look-ups");
        assert!(guard.is_asking("hooks.example.com"), "the log says that nobody has answered");
        server.is_silent.store(false, SeqCst);
        assert_eq!(guard.addresses("hooks.example.com", true).await.unwrap().as_ref(), [IP]);
    }

    #[tokio::test]
    async fn a_name_that_had_an_address_leads_to_it_while_the_name_server_is_silent_for_ten_minutes() {
        let (server, guard) = guard();
        let ask = || guard.addresses("hooks.example.com", true);
        ask().await.unwrap();
        server.is_silent.store(true, SeqCst);
        let found_before = |age: Duration| {
            let mut known = guard.known();
            known.get_mut("hooks.example.com").unwrap().found = Some((Instant::now() - age, [IP].into()));
        };
        found_before(KEPT_FOR);
        // Those that wait for it together wait once.
        let (one, two) = tokio::join!(ask(), ask());
        assert_eq!((one.unwrap().as_ref(), two.unwrap().as_ref()), (&[IP][..], &[IP][..]));
        server.is_away.store(true, SeqCst);
        assert_eq!(ask().await.unwrap().as_ref(), [IP], "nor is it asked for again at once");
        assert_eq!(server.asked.load(SeqCst), 2);
        guard.known().get_mut("hooks.example.com").unwrap().asked_in_vain = None;
        assert_eq!(ask().await.unwrap().as_ref(), [IP], "an error says no more than silence");
        server.is_away.store(false, SeqCst);
        found_before(OLD_FOR);
        assert!(timeout(2 * ASKED_FOR, ask()).await.is_err());
        assert_eq!(server.waiting.load(SeqCst), 0);
    }
}
