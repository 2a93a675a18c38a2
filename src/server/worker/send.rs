//! The one way out: a POST to a receiver, and what came of it. Nothing else in the program makes requests to
//! addresses that users choose.
//!
//! The deadline covers the whole exchange; the response is read up to 64 KiB, whatever its length claims to be;
//! redirects, proxies and compression are off; every address is looked at before it is connected to.

use super::{
    failure::{classify, is_ours},
    resolve::{Guard, LookUpError, Names, Resolver, SystemNames},
    target::Rules,
};
use crate::{
    model::{
        delivery::{MAX_RESPONSE, Outcome},
        failure::NO_NAME_SERVER,
    },
    server::{
        config::Settings,
        env::{Outgoing, Sender, Sent},
    },
};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response, redirect};
use rustls::{ClientConfig, RootCertStore};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;
use url::{Host, Url};

/// Idle connections are closed before receivers do it (Node's servers after 5 s), since a request that
/// crosses a closing connection is lost.
const IDLE: Duration = Duration::from_secs(4);
/// Idle connections kept to one receiver.
const IDLE_PER_HOST: usize = 64;
/// Response headers kept, and their bytes.
const KEPT_HEADERS: (usize, usize) = (100, 16 * 1_024);

/// Sends by HTTP.
pub struct HttpSender {
    https: Client,
    /// Only reaches what the operator allows.
    http: Client,
    guard: Arc<Guard>,
    rules: Rules,
    /// URLs that the rules allow, so that they are read once and not for each delivery.
    allowed: Mutex<HashMap<String, Url>>,
}

/// URLs that are remembered; past that all are forgotten.
const REMEMBERED: usize = 10_000;

/// Certificate roots that come with the program.
pub fn public_roots() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

impl HttpSender {
    /// Errors where the client cannot be made: a fault of the build, in words.
    pub fn new(settings: &Settings, roots: RootCertStore) -> Result<Self, String> {
        Self::asking(settings, roots, Arc::new(SystemNames::default()))
    }

    /// The same, with names told by `names`.
    pub fn asking(settings: &Settings, roots: RootCertStore, names: Arc<dyn Names>) -> Result<Self, String> {
        let rules = Rules::new(settings);
        let guard = Arc::new(Guard::new(rules.clone(), names));
        let client = |by_https| client(Resolver { guard: guard.clone(), by_https }, roots.clone(), by_https);
        Ok(Self { https: client(true)?, http: client(false)?, guard, rules, allowed: Mutex::default() })
    }

    async fn exchange(&self, request: Outgoing, sent: &mut Sent, body: &mut BytesMut) -> Result<(), (Outcome, String)> {
        let url = self.checked(&request.url).map_err(|why| (Outcome::RefusedAddress, why))?;
        self.refuse_ourselves(&url).await.map_err(|refused| classify(&refused, true))?;
        let client = if url.scheme() == "https" { &self.https } else { &self.http };
        let sending = client.post(url).headers(header_map(&request.headers)?).body(request.body).send();
        let answered = sending.await.map_err(|error| {
            sent.not_tried = error.is_connect() && is_ours(&error);
            classify(&error, error.is_connect())
        })?;
        sent.outcome = Outcome::Answered;
        sent.response_code = Some(answered.status().as_u16());
        sent.response_headers = kept_headers(answered.headers());
        sent.response_truncated = read_body(answered, body).await?;
        Ok(())
    }

    /// What the deadline ended: waiting for the name's address, for the answer, or for its end.
    fn too_late(&self, url: &str, after: Duration, answered: bool) -> (Outcome, String) {
        let seconds = after.as_secs_f64();
        let name = Url::parse(url).ok().and_then(|url| url.domain().map(str::to_owned));
        match name.filter(|name| !answered && self.guard.is_asking(name)) {
            Some(name) => (Outcome::Dns, format!("{NO_NAME_SERVER} for {name} after {seconds} s.")),
            None if answered => (Outcome::Timeout, format!("The receiver had not ended its answer after {seconds} s.")),
            None => (Outcome::Timeout, format!("The receiver had not answered after {seconds} s.")),
        }
    }

    /// The URL where the rules allow it, which never change; or why not.
    fn checked(&self, text: &str) -> Result<Url, String> {
        let known = || self.allowed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(url) = known().get(text) {
            return Ok(url.clone());
        }
        let url = self.rules.check(text)?;
        let mut known = known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(text.to_owned(), url.clone());
        Ok(url)
    }

    /// Our own port at any address of this machine: the request would come back to us.
    async fn refuse_ourselves(&self, url: &Url) -> Result<(), LookUpError> {
        if url.port_or_known_default() != Some(self.rules.own_port) {
            return Ok(());
        }
        let ours = match url.host() {
            Some(Host::Ipv4(ip)) => is_local(ip.into()),
            Some(Host::Ipv6(ip)) => is_local(ip.into()),
            Some(Host::Domain(name)) => {
                self.guard.addresses(name, url.scheme() == "https").await?.iter().copied().any(is_local)
            }
            None => false,
        };
        if ours { Err(LookUpError::Ourselves) } else { Ok(()) }
    }
}

/// An address is this machine's exactly where a socket can be bound to it.
fn is_local(ip: IpAddr) -> bool {
    ip.is_loopback() || std::net::UdpSocket::bind((ip, 0)).is_ok()
}

fn client(resolver: Resolver, roots: RootCertStore, https_only: bool) -> Result<Client, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut tls = tls.map_err(|e| e.to_string())?.with_root_certificates(roots).with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    #[expect(clippy::disallowed_methods, reason = "the one client that reaches receivers")]
    let builder = Client::builder();
    builder
        .tls_backend_preconfigured(tls)
        .dns_resolver(resolver)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .https_only(https_only)
        .tcp_nodelay(true)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(IDLE_PER_HOST)
        .build()
        .map_err(|e| e.to_string())
}

fn header_map(headers: &[(String, String)]) -> Result<HeaderMap, (Outcome, String)> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let header = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok());
        let (name, value) = header.ok_or_else(|| (Outcome::Internal, format!("The header {name} cannot be sent.")))?;
        map.insert(name, value);
    }
    Ok(map)
}

fn kept_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut room = KEPT_HEADERS.1;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).replace('\0', "");
    let pairs = headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).take(KEPT_HEADERS.0);
    pairs
        .take_while(|(name, value)| {
            let size = name.len() + value.len();
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        })
        .collect()
}

/// Reads up to the cap, whatever length the receiver claims; answers whether there was more.
async fn read_body(mut response: Response, body: &mut BytesMut) -> Result<bool, (Outcome, String)> {
    while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error, false))? {
        let room = MAX_RESPONSE - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            return Ok(true);
        }
    }
    Ok(false)
}

#[async_trait]
impl Sender for HttpSender {
    async fn send(&self, request: Outgoing) -> Sent {
        let (started, timeout, url) = (Instant::now(), request.timeout, request.url.clone());
        let mut sent = Sent {
            outcome: Outcome::Internal,
            detail: None,
            response_code: None,
            response_headers: Vec::new(),
            response_body: Bytes::new(),
            response_truncated: false,
            duration: Duration::ZERO,
            not_tried: false,
        };
        let mut body = BytesMut::new();
        match tokio::time::timeout(timeout, self.exchange(request, &mut sent, &mut body)).await {
            Ok(Ok(())) => {}
            Ok(Err((outcome, detail))) => {
                sent.outcome = outcome;
                sent.detail = Some(detail);
            }
            Err(_) => {
                let (outcome, detail) = self.too_late(&url, timeout, sent.response_code.is_some());
                sent.outcome = outcome;
                sent.detail = Some(detail);
            }
        }
        sent.response_body = body.freeze();
        sent.duration = started.elapsed();
        sent
    }

    fn check_url(&self, url: &str) -> Result<(), String> {
        self.rules.check(url).map(drop)
    }
}
