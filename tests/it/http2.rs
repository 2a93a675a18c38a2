//! Connections to receivers: HTTP/2 where it is offered, TLS sessions that go on, and how many are kept.

use crate::support::{app::settings, within};
use bytes::Bytes;
use http_body_util::Empty;
use hyper::{Request, Response, Version, body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    HandshakeKind, RootCertStore, ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};
use switchhook::{
    model::delivery::Outcome,
    server::{
        env::{Outgoing, Sender, Sent},
        worker::send::HttpSender,
    },
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::{Barrier, Semaphore},
};
use tokio_rustls::TlsAcceptor;

/// Requests that are in flight together.
const TOGETHER: usize = 8;

fn certificate() -> (ServerConfig, RootCertStore) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    (config, roots)
}

/// Answers requests in HTTP/2, those to `/together` once as many are there; counts connections.
async fn serve(listener: TcpListener, config: ServerConfig, connections: Arc<AtomicUsize>) {
    let (acceptor, together) = (TlsAcceptor::from(Arc::new(config)), Arc::new(Barrier::new(TOGETHER)));
    while let Ok((stream, _)) = listener.accept().await {
        connections.fetch_add(1, Relaxed);
        let stream = acceptor.accept(stream).await.expect("a handshake");
        let together = together.clone();
        let answer = service_fn(move |request: Request<Incoming>| {
            let together = together.clone();
            async move {
                assert_eq!(request.version(), Version::HTTP_2);
                if request.uri().path() == "/together" {
                    together.wait().await;
                }
                Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
            }
        });
        tokio::spawn(http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), answer));
    }
}

#[tokio::test]
async fn requests_to_a_receiver_that_offers_http_2_share_one_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, connections) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let (config, roots) = certificate();
    tokio::spawn(serve(listener, config, connections.clone()));
    let sender = HttpSender::new(&settings(&[]), roots).unwrap();
    let send = |path: &str| sending(&sender, &format!("https://{address}{path}"));
    let first = send("/").await;
    assert_eq!((first.outcome, first.response_code), (Outcome::Answered, Some(200)), "{:?}", first.detail);
    let all = futures::future::join_all((0..TOGETHER).map(|_| send("/together"))).await;
    assert!(all.iter().all(|sent| sent.response_code == Some(200)), "{all:?}");
    assert_eq!(connections.load(Relaxed), 1);
}

/// Reads one request without a body to speak of; false where the connection has ended.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    let mut read = Vec::new();
    while !read.ends_with(b"{}") {
        match stream.read_buf(&mut read).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return false,
        }
    }
    true
}

fn sending<'a>(sender: &'a HttpSender, url: &str) -> impl Future<Output = Sent> + use<'a> {
    let (headers, timeout) = (vec![("webhook-id".into(), "evt_1".into())], Duration::from_secs(20));
    sender.send(Outgoing { url: url.into(), headers, body: Bytes::from_static(b"{}"), timeout })
}

#[tokio::test]
async fn a_further_connection_to_a_receiver_goes_on_with_its_tls_session() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (mut config, roots) = certificate();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let (kinds, mut seen) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = acceptor.accept(stream).await.expect("a handshake");
            kinds.send(stream.get_ref().1.handshake_kind()).expect("the test listens");
            read_request(&mut stream).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer).await.expect("it reads the answer");
            stream.shutdown().await.expect("an end in order");
        }
    });
    let sender = HttpSender::new(&settings(&[]), roots).unwrap();
    for _ in 0..2 {
        let sent = sending(&sender, &format!("https://{address}/")).await;
        assert_eq!(sent.response_code, Some(200), "{:?}", sent.detail);
    }
    let both = [seen.recv().await.unwrap(), seen.recv().await.unwrap()];
    assert_eq!(both, [Some(HandshakeKind::Full), Some(HandshakeKind::Resumed)]);
}

#[tokio::test]
async fn of_many_connections_to_one_receiver_64_are_kept_and_used_again() {
    const MANY: usize = 80;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (opened, closed, all) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)), Arc::new(Barrier::new(MANY)));
    let (opening, closing) = (opened.clone(), closed.clone());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            opening.fetch_add(1, Relaxed);
            let (closing, all) = (closing.clone(), all.clone());
            tokio::spawn(async move {
                let mut is_first = true;
                while read_request(&mut stream).await {
                    if std::mem::take(&mut is_first) {
                        all.wait().await;
                    }
                    stream
                        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                        .await
                        .expect("it reads the answer");
                }
                closing.add_permits(1);
            });
        }
    });
    let sender = HttpSender::new(&settings(&[]), RootCertStore::empty()).unwrap();
    let together = futures::future::join_all((0..MANY).map(|_| sending(&sender, &url))).await;
    assert!(together.iter().all(|sent| sent.response_code == Some(200)));
    within("what is too many to be closed", closed.acquire_many((MANY - 64) as u32)).await.unwrap().forget();
    assert_eq!(sending(&sender, &url).await.response_code, Some(200));
    assert_eq!((opened.load(Relaxed), closed.available_permits()), (MANY, 0), "none was opened, no other closed");
}
