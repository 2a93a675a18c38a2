//! The one way out: what it refuses, what it gives up on, and what it says about it.

use crate::support::{Answer, Receiver, app::settings, receiver::Tls};
use async_trait::async_trait;
use bytes::Bytes;
use std::{io, net::IpAddr, sync::Arc, time::Duration};
use switchhook::{
    model::{delivery::Outcome, failure::CertificateFault},
    server::{
        config::{Settings, cidr},
        env::{Outgoing, Sender, Sent},
        worker::{
            resolve::Names,
            send::{HttpSender, public_roots},
        },
    },
};

/// Allowed to reach loopback, and nothing else that is private.
fn sender() -> HttpSender {
    HttpSender::new(&settings(&[]), public_roots()).unwrap()
}

pub async fn send_with(sender: &HttpSender, url: &str, timeout: Duration) -> Sent {
    let headers = vec![("content-type".into(), "application/json".into())];
    sender.send(Outgoing { url: url.into(), headers, body: Bytes::from_static(b"{}"), timeout }).await
}

const SOON: Duration = Duration::from_secs(5);

async fn send(url: &str) -> Sent {
    send_with(&sender(), url, Duration::from_secs(20)).await
}

/// What the sender makes of this answer within 0.3 s.
pub async fn answered(answer: Answer) -> Sent {
    let receiver = Receiver::start().await;
    receiver.always(answer);
    send_with(&sender(), &receiver.url("/"), Duration::from_millis(300)).await
}

#[tokio::test]
async fn what_goes_wrong_has_its_own_word() {
    for (answer, outcome) in [
        (Answer::Hang, Outcome::Timeout),
        (Answer::Drip { pause: Duration::from_millis(20) }, Outcome::Timeout),
        (Answer::Reset, Outcome::Reset),
        (Answer::Close, Outcome::Reset),
        (Answer::Raw(Bytes::from_static(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")), Outcome::Protocol),
        (Answer::Raw(Bytes::from_static(b"HTTP/1.1 2x0 what\r\n\r\n")), Outcome::Protocol),
    ] {
        let sent = answered(answer.clone()).await;
        assert_eq!(sent.outcome, outcome, "{answer:?}: {:?}", sent.detail);
        assert!(sent.detail.is_some_and(|words| words.ends_with('.')), "{answer:?}");
        assert!(sent.duration < Duration::from_secs(2), "{answer:?}");
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_at_64_kib() {
    let receiver = Receiver::start().await;
    receiver.always(Answer::Endless);
    let sent = send(&receiver.url("/")).await;
    assert_eq!((sent.outcome, sent.response_code), (Outcome::Answered, Some(200)));
    assert!(sent.response_truncated);
    assert_eq!(sent.response_body.len(), 65_536);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    for code in [301, 302, 307, 308] {
        first.next([Answer::status(code).header("location", &second.url("/"))]);
        let sent = send(&first.url("/")).await;
        assert_eq!(sent.response_code, Some(code));
        let location = sent.response_headers.iter().find(|(name, _)| name == "location");
        assert_eq!(location.map(|(_, value)| value.as_str()), Some(second.url("/").as_str()), "it is shown where to");
    }
    assert!(second.requests().is_empty());
}

#[tokio::test]
async fn a_bad_certificate_says_what_is_wrong_with_it() {
    for (tls, words) in
        [(Tls::SelfSigned, "self-signed"), (Tls::Expired, "certificate"), (Tls::WrongName, "certificate")]
    {
        let receiver = Receiver::with_tls(tls).await;
        let sent = send(&receiver.url("/")).await;
        assert_eq!(sent.outcome, Outcome::Tls, "{:?}", sent.detail);
        assert!(sent.detail.as_ref().is_some_and(|detail| detail.contains(words)), "{:?}", sent.detail);
    }
}

#[tokio::test]
async fn a_certificate_is_told_by_the_first_thing_that_is_wrong_with_it() {
    for (tls, trusted, fault, day) in [
        (Tls::SelfSigned, false, CertificateFault::UnknownIssuer, ""),
        (Tls::Expired, false, CertificateFault::Expired, " on 2020-02-01"),
        (Tls::NotYet, false, CertificateFault::NotValidYet, ", but from 2120-01-01"),
        (Tls::WrongName, true, CertificateFault::OtherName, ""),
    ] {
        let receiver = Receiver::with_tls(tls).await;
        let mut roots = public_roots();
        if trusted {
            roots.add(receiver.certificate().expect("it has one")).unwrap();
        }
        let sent = send_with(&HttpSender::new(&settings(&[]), roots).unwrap(), &receiver.url("/"), SOON).await;
        let words = format!("{}{day}.", fault.words());
        assert_eq!((sent.outcome, sent.detail), (Outcome::Tls, Some(words)), "{tls:?}");
    }
}

#[tokio::test]
async fn nobody_there_and_no_such_name_are_told_apart() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(send(&format!("http://127.0.0.1:{port}/")).await.outcome, Outcome::Connect);
    let sent = send("https://no-such-name.invalid/").await;
    assert_eq!(sent.outcome, Outcome::Dns, "{:?}", sent.detail);
}

/// A name server that never answers.
pub struct Silent;

#[async_trait]
impl Names for Silent {
    async fn addresses(&self, _name: &str) -> io::Result<Vec<IpAddr>> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_name_server_that_stays_silent_is_told_from_a_receiver_that_does() {
    let sender = HttpSender::asking(&settings(&[]), public_roots(), Arc::new(Silent)).unwrap();
    let receiver = Receiver::start().await;
    receiver.always(Answer::Hang);
    let deadline = Duration::from_millis(200);
    let silent = "No name server had answered for hooks.example.com after 0.2 s.";
    // The second finds the question asked already.
    for _ in 0..2 {
        let sent = send_with(&sender, "https://hooks.example.com/in", deadline).await;
        assert_eq!((sent.outcome, sent.detail.as_deref()), (Outcome::Dns, Some(silent)));
        assert!((deadline..Duration::from_secs(2)).contains(&sent.duration), "{:?}", sent.duration);
    }
    // An address in numbers asks nobody.
    let sent = send_with(&sender, &receiver.url("/"), deadline).await;
    assert_eq!(
        (sent.outcome, sent.detail.as_deref()),
        (Outcome::Timeout, Some("The receiver had not answered after 0.2 s."))
    );
}

#[tokio::test]
async fn no_connection_is_made_to_a_forbidden_address_by_number_or_by_name() {
    let receiver = Receiver::start().await;
    let port = receiver.port();
    let allow_targets = vec![cidr("10.9.0.0/16").unwrap()];
    let strict = HttpSender::new(&Settings { allow_targets, ..settings(&[]) }, public_roots()).unwrap();
    for host in ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "localhost"] {
        for scheme in ["http", "https"] {
            let sent = send_with(&strict, &format!("{scheme}://{host}:{port}/"), Duration::from_secs(5)).await;
            assert_eq!(sent.outcome, Outcome::RefusedAddress, "{scheme}://{host}: {:?}", sent.detail);
            assert!(!sent.detail.unwrap().contains("127.0.0.1"), "{host}");
        }
    }
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
async fn our_own_port_is_never_asked() {
    let receiver = Receiver::start().await;
    let listen = ([127, 0, 0, 1], receiver.port()).into();
    let ours = HttpSender::new(&Settings { listen, ..settings(&[]) }, public_roots()).unwrap();
    let sent = send_with(&ours, &receiver.url("/"), Duration::from_secs(5)).await;
    assert_eq!(sent.outcome, Outcome::RefusedAddress);
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
async fn connections_are_kept_for_the_next_request() {
    let (receiver, sender) = (Receiver::start().await, sender());
    for _ in 0..3 {
        assert_eq!(send_with(&sender, &receiver.url("/"), Duration::from_secs(5)).await.response_code, Some(200));
    }
    assert!(receiver.requests().iter().all(|request| request.connection == 0));
}
