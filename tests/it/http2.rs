//! A receiver that offers HTTP/2 is spoken to in it: many requests at the same time, over one connection.

use crate::support::app::settings;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::{Request, Response, Version, body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    RootCertStore, ServerConfig,
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
        env::{Outgoing, Sender},
        worker::send::HttpSender,
    },
};
use tokio::{net::TcpListener, sync::Barrier};
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
    let send = |path: &str| {
        let (headers, timeout) = (vec![("webhook-id".into(), "evt_1".into())], Duration::from_secs(20));
        let url = format!("https://{address}{path}");
        sender.send(Outgoing { url, headers, body: Bytes::from_static(b"{}"), timeout })
    };
    let first = send("/").await;
    assert_eq!((first.outcome, first.response_code), (Outcome::Answered, Some(200)), "{:?}", first.detail);
    let all = futures::future::join_all((0..TOGETHER).map(|_| send("/together"))).await;
    assert!(all.iter().all(|sent| sent.response_code == Some(200)), "{all:?}");
    assert_eq!(connections.load(Relaxed), 1);
}
