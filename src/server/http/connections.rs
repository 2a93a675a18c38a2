//! Connections from outside. Who opens one has so long to send a request, and another so long between two pieces of its
//! body: connections that are opened and left, or fed byte by byte, are closed, and cost others nothing.

use axum::{
    Extension, Router,
    body::Body,
    extract::{ConnectInfo, Request},
    middleware::map_request,
    serve::Listener,
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{net::SocketAddr, pin::pin, time::Duration};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Layer;
use tower_http::timeout::{DeadlineBody, TimeoutBody};

/// How long is waited for others.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the opening of a connection, or the answer before, to the end of a request's head.
    pub head: Duration,
    /// Longest silence within a body.
    pub silence: Duration,
    /// For a whole body.
    pub body: Duration,
}

impl Default for Patience {
    /// Proxies keep a connection that rests for less (nginx: 60 s), so that it is they who close it. A body may have
    /// 10 MiB and come over a slow line.
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { head: seconds(75), silence: seconds(30), body: seconds(300) }
    }
}

/// Answers until it is told to stop, then lets what is in flight come to its end.
pub async fn serve(mut listener: TcpListener, routes: Router, patience: Patience, stopping: CancellationToken) {
    let open = TaskTracker::new();
    let Patience { head, silence, body } = patience;
    let hurry = move |request: Request| async move {
        request.map(|sent| Body::new(DeadlineBody::new(body, TimeoutBody::new(silence, sent))))
    };
    // The state is given once: without that, each request would make its routes anew.
    let routes: Router = routes.layer(map_request(hurry)).with_state(());
    loop {
        let (stream, from) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = stopping.cancelled() => break,
        };
        open.spawn(answer(stream, from, routes.clone(), head, stopping.clone()));
    }
    drop(listener);
    open.close();
    open.wait().await;
}

/// One connection, from its first request to its last.
async fn answer(stream: TcpStream, from: SocketAddr, routes: Router, head: Duration, stopping: CancellationToken) {
    // Only speed is lost where it is refused.
    let _ = stream.set_nodelay(true);
    // Around the router as a whole: a layer of its own would be put around every route, for each connection.
    let service = TowerToHyperService::new(Extension(ConnectInfo(from)).layer(routes));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(head);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // Whoever is at the other end may leave at any time.
        _ = connection.as_mut() => return,
        () = stopping.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Bytes, routing::post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(60);

    async fn opened(patience: Patience) -> (TcpStream, CancellationToken) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/", post(|_: Bytes| async { "read" }));
        let stopping = CancellationToken::new();
        tokio::spawn(serve(listener, routes, patience, stopping.clone()));
        (TcpStream::connect(address).await.unwrap(), stopping)
    }

    /// Sends it and reads to the end of the connection.
    async fn answer_to(request: &str, patience: Patience) -> String {
        let (mut stream, _stopping) = opened(patience).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_connection_that_sends_no_whole_request_is_closed() {
        let patience = Patience { head: SHORT, silence: LONG, body: LONG };
        assert!(!answer_to("POST / HTTP/1.1\r\nhost: x\r\nx-slow", patience).await.contains("200 OK"));
        assert!(!answer_to("", patience).await.contains("200 OK"));
        // The same for whoever has had an answer.
        let request = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n";
        assert!(answer_to(request, patience).await.contains("200 OK"));
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let request = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 10\r\n\r\n12345";
        for (silence, body) in [(SHORT, LONG), (LONG, SHORT)] {
            let answer = answer_to(request, Patience { head: LONG, silence, body }).await;
            assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
        }
    }

    #[tokio::test]
    async fn told_to_stop_it_answers_what_it_is_asked_and_closes() {
        let (mut stream, stopping) = opened(Patience::default()).await;
        stream
            .write_all(b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n")
            .await
            .unwrap();
        // The program reads by now.
        let mut answer = vec![0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
        stream.read_exact(&mut answer).await.unwrap();
        stopping.cancel();
        stream.write_all(b"1234").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("read"), "{answer}");
    }
}
