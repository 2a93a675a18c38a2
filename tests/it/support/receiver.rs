//! A receiver on 127.0.0.1: a real HTTP/1.1 server, by hand so that it can also misbehave. It keeps
//! what arrived and answers what it is told to, first the queue, then the standing answer.

use super::{script::Answer, within};
use bytes::{Bytes, BytesMut};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case, in the order they were sent.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// Counts connections from 0, so that keep-alive shows.
    pub connection: usize,
}

impl Received {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }
}

/// A certificate for `localhost` that no store knows, and one that is out of date.
#[derive(Clone, Copy, Debug)]
pub enum Tls {
    /// Signed by itself.
    SelfSigned,
    Expired,
    /// Not valid for a century.
    NotYet,
    /// For another name.
    WrongName,
}

#[derive(Default)]
struct Script {
    next: VecDeque<Answer>,
    standing: Option<Answer>,
    received: Vec<Received>,
}

struct Shared {
    script: Mutex<Script>,
    /// How many requests have come.
    count: watch::Sender<usize>,
    /// How many held answers may go.
    released: tokio::sync::Semaphore,
}

impl Shared {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Listens until it is dropped.
pub struct Receiver {
    shared: Arc<Shared>,
    address: std::net::SocketAddr,
    certificate: Option<CertificateDer<'static>>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// Plain HTTP, answering 200 until told otherwise.
    pub async fn start() -> Self {
        Self::listen(None).await
    }
    /// The same behind TLS with a certificate that should be refused.
    pub async fn with_tls(tls: Tls) -> Self {
        Self::listen(Some(acceptor(tls))).await
    }
    /// Its certificate, where it speaks TLS.
    pub fn certificate(&self) -> Option<CertificateDer<'static>> {
        self.certificate.clone()
    }

    async fn listen(tls: Option<(tokio_rustls::TlsAcceptor, CertificateDer<'static>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared {
            script: Mutex::default(),
            count: watch::Sender::new(0),
            released: tokio::sync::Semaphore::new(0),
        });
        let (tls, certificate) = tls.unzip();
        let task = tokio::spawn(accept(listener, tls, shared.clone()));
        Self { shared, address, certificate, task }
    }

    pub fn url(&self, path: &str) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.address)
    }
    pub fn port(&self) -> u16 {
        self.address.port()
    }
    /// Answers these in turn, before the standing answer.
    pub fn next(&self, answers: impl IntoIterator<Item = Answer>) {
        self.shared.script().next.extend(answers);
    }
    /// The answer when nothing else is queued.
    pub fn always(&self, answer: Answer) {
        self.shared.script().standing = Some(answer);
    }
    /// Lets `count` held answers go, now or when they come to be held.
    pub fn release(&self, count: usize) {
        self.shared.released.add_permits(count);
    }
    /// What has arrived so far, oldest first.
    pub fn requests(&self) -> Vec<Received> {
        self.shared.script().received.clone()
    }
    /// Waits until at least `count` requests have arrived; answers all of them.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let mut seen = self.shared.count.subscribe();
        let _ = within(&format!("request {count} at the receiver"), seen.wait_for(|n| *n >= count)).await;
        self.requests()
    }
}

async fn accept(listener: TcpListener, tls: Option<tokio_rustls::TlsAcceptor>, shared: Arc<Shared>) {
    // Dropped with the task, and the connections with it.
    let mut connections = tokio::task::JoinSet::new();
    let mut number = 0;
    while let Ok((stream, _)) = listener.accept().await {
        let (shared, tls) = (shared.clone(), tls.clone());
        connections.spawn(async move {
            match tls {
                None => serve(stream, &shared, number).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, &shared, number).await;
                    }
                }
            }
        });
        number += 1;
    }
}

trait Socket: AsyncRead + AsyncWrite + Unpin {
    fn tcp(&self) -> &TcpStream;
}
impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}
impl Socket for tokio_rustls::server::TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

async fn serve(mut stream: impl Socket, shared: &Shared, connection: usize) {
    let mut buffer = BytesMut::new();
    while let Some(mut received) = read_request(&mut stream, &mut buffer).await {
        received.connection = connection;
        let mut answer = {
            let mut script = shared.script();
            script.received.push(received);
            script.next.pop_front().or_else(|| script.standing.clone()).unwrap_or_else(Answer::ok)
        };
        shared.count.send_modify(|n| *n += 1);
        while let Answer::Held(inner) = answer {
            if let Ok(permit) = shared.released.acquire().await {
                permit.forget();
            }
            answer = *inner;
        }
        if !give(&mut stream, answer).await {
            return;
        }
    }
}

/// Answers whether the connection can be used again.
async fn give(stream: &mut impl Socket, answer: Answer) -> bool {
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n";
    match answer {
        Answer::Respond { status, headers, body } => {
            let mut head = format!("HTTP/1.1 {status} As told\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str("\r\n");
            stream.write_all(&[head.as_bytes(), &body].concat()).await.is_ok()
        }
        Answer::Drip { pause } => {
            let mut alive = stream.write_all(HEAD).await.is_ok();
            let mut ticks = tokio::time::interval(pause.max(Duration::from_millis(1)));
            while alive {
                ticks.tick().await;
                alive = stream.write_all(b"1\r\n.\r\n").await.is_ok();
            }
            false
        }
        Answer::DripHead { pause } => {
            let mut alive = stream.write_all(b"HTTP/1.1 200 OK\r\n").await.is_ok();
            let mut ticks = tokio::time::interval(pause.max(Duration::from_millis(1)));
            while alive {
                ticks.tick().await;
                alive = stream.write_all(b"x-more: yes\r\n").await.is_ok();
            }
            false
        }
        Answer::Endless => {
            let chunk = [b"4000\r\n".as_slice(), &[b'x'; 0x4000], b"\r\n"].concat();
            let mut alive = stream.write_all(HEAD).await.is_ok();
            while alive {
                alive = stream.write_all(&chunk).await.is_ok();
            }
            false
        }
        Answer::Raw(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
            false
        }
        Answer::Reset => {
            // Closing with nothing lingering sends RST.
            let _ = stream.tcp().set_zero_linger();
            false
        }
        Answer::Hang | Answer::Held(_) => std::future::pending().await,
        Answer::Close => {
            let _ = stream.shutdown().await;
            false
        }
    }
}

async fn read_request(stream: &mut impl Socket, buffer: &mut BytesMut) -> Option<Received> {
    let end = loop {
        if let Some(at) = buffer.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        fill(stream, buffer).await?;
    };
    let head = String::from_utf8_lossy(&buffer.split_to(end + 4)).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ').map(str::to_string);
    let headers: Vec<(String, String)> = lines
        .filter_map(|l| l.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_string()))
        .collect();
    let length = headers.iter().find(|(n, _)| n == "content-length").and_then(|(_, v)| v.parse().ok()).unwrap_or(0);
    while buffer.len() < length {
        fill(stream, buffer).await?;
    }
    let body = buffer.split_to(length).freeze();
    Some(Received { method: first.next()?, path: first.next()?, headers, body, connection: 0 })
}

async fn fill(stream: &mut impl Socket, buffer: &mut BytesMut) -> Option<()> {
    let read = stream.read_buf(buffer).await.ok()?;
    (read > 0).then_some(())
}

fn acceptor(tls: Tls) -> (tokio_rustls::TlsAcceptor, CertificateDer<'static>) {
    let name = if matches!(tls, Tls::WrongName) { "elsewhere.test" } else { "localhost" };
    let mut parameters = rcgen::CertificateParams::new(vec![name.to_string()]).expect("certificate parameters");
    if matches!(tls, Tls::Expired) {
        parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2020, 2, 1);
    }
    if matches!(tls, Tls::NotYet) {
        parameters.not_before = rcgen::date_time_ymd(2120, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2121, 1, 1);
    }
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate: CertificateDer<'static> = parameters.self_signed(&key).expect("a certificate").into();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .expect("the certificate fits its key");
    (tokio_rustls::TlsAcceptor::from(Arc::new(config)), certificate)
}
