//! The address guard of every connection: a name is resolved once, refused if ANY of its addresses is
//! forbidden, and only the addresses that were looked at are connected to. The HTTP client asks here and
//! nowhere else; addresses written as numbers never reach a resolver and are checked by `target.rs`.
//!
//! Answers are kept for seconds, so that a busy receiver costs one look-up and a name that changes its
//! mind between look and connect changes nothing.

use super::{address, target::Rules};
use crate::model::failure::{NEEDS_HTTPS, OURSELVES};
use async_trait::async_trait;
use futures::{FutureExt, future::Shared};
use std::{
    collections::HashMap,
    future::Future,
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::Semaphore, time::Instant};

/// How long an answer is used.
const KEPT_FOR: Duration = Duration::from_secs(10);
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

type Answer = Result<Arc<[IpAddr]>, LookUpError>;
type LookUp = Shared<Pin<Box<dyn Future<Output = Answer> + Send>>>;

/// Looks names up, and lets only good addresses through.
pub struct Guard {
    rules: Rules,
    kept: Mutex<HashMap<String, (Instant, LookUp)>>,
    names: Arc<dyn Names>,
}

impl Guard {
    pub fn new(rules: Rules, names: Arc<dyn Names>) -> Self {
        Self { rules, kept: Mutex::default(), names }
    }

    /// Whether this name was asked for, and nobody has answered yet.
    pub fn is_asking(&self, name: &str) -> bool {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(name).is_some_and(|(_, answer)| answer.peek().is_none())
    }

    /// Every address of the name, all of them good; by plain http only those that the operator allows.
    pub async fn addresses(&self, name: &str, by_https: bool) -> Answer {
        let found = self.look_up(name).await?;
        let (ips, allowed) = (|| found.iter().copied(), &self.rules.allowed);
        if let Some(what) = ips().find_map(|ip| address::refusal(ip, allowed)) {
            return Err(LookUpError::Forbidden(what));
        }
        if !by_https && !ips().all(|ip| address::is_allowed(ip, allowed)) {
            return Err(LookUpError::NeedsHttps);
        }
        Ok(found)
    }

    fn look_up(&self, name: &str) -> LookUp {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_good = |(made, answer): &(Instant, LookUp)| {
            now.duration_since(*made) < KEPT_FOR && answer.peek().is_none_or(Result::is_ok)
        };
        if let Some((_, answer)) = kept.get(name).filter(|entry| is_good(entry)) {
            return answer.clone();
        }
        if kept.len() >= KEPT {
            kept.retain(|_, entry| is_good(entry));
        }
        let answer = ask(name.to_owned(), self.names.clone()).boxed().shared();
        kept.insert(name.to_owned(), (now, answer.clone()));
        answer
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
