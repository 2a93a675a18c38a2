//! Answers that no receiver should give: each comes to an outcome, in time, and the worker goes on.

use crate::{
    engine::House,
    guard::answered,
    support::{Answer, Receiver, app::settings},
};
use bytes::Bytes;
use std::time::Duration;
use switchhook::{
    model::delivery::{DeliveryStatus, Outcome},
    server::{
        domain::webhooks::NewWebhook,
        worker::send::{HttpSender, public_roots},
    },
};

fn raw(bytes: impl Into<Bytes>) -> Answer {
    Answer::Raw(bytes.into())
}

/// A head that goes on and on.
fn head_of(lines: usize) -> Answer {
    raw(format!("HTTP/1.1 200 OK\r\n{}", "x-more: yes\r\n".repeat(lines)))
}

/// The answer, what it comes to, and the code that is shown.
fn strange() -> [(Answer, Outcome, Option<u16>); 8] {
    const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";
    [
        (
            raw("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"),
            Outcome::Answered,
            Some(101),
        ),
        (Answer::status(999), Outcome::Answered, Some(999)),
        (raw("HTTP/1.1 1000 Too much\r\n\r\n"), Outcome::Protocol, None),
        (raw("HTTP/1.1 99 Too little\r\n\r\n"), Outcome::Protocol, None),
        (raw("<html>HTTP/0.9 knows no head</html>"), Outcome::Protocol, None),
        (raw(SETTINGS), Outcome::Protocol, None),
        (head_of(10_000), Outcome::Protocol, None),
        (raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc"), Outcome::Reset, Some(200)),
    ]
}

#[tokio::test]
async fn what_is_no_sound_answer_comes_to_an_outcome_all_the_same() {
    for (answer, outcome, code) in strange() {
        let sent = answered(answer.clone()).await;
        assert_eq!((sent.outcome, sent.response_code), (outcome, code), "{answer:?}: {:?}", sent.detail);
    }
}

#[tokio::test]
async fn a_head_that_drips_is_told_from_a_body_that_drips() {
    let pause = Duration::from_millis(20);
    let head = answered(Answer::DripHead { pause }).await;
    let told = (head.outcome, head.response_code, head.detail.as_deref());
    assert_eq!(told, (Outcome::Timeout, None, Some("The receiver had not answered after 0.3 s.")));
    let body = answered(Answer::Drip { pause }).await;
    let told = (body.outcome, body.response_code, body.detail.as_deref());
    assert_eq!(told, (Outcome::Timeout, Some(200), Some("The receiver had not ended its answer after 0.3 s.")));
}

#[tokio::test]
async fn silence_where_tls_should_begin_ends_at_the_deadline() {
    // Connections are taken by the system; nobody says a word on them.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let sender = HttpSender::new(&settings(&[]), public_roots()).unwrap();
    let url = format!("https://{}/", silent.local_addr().unwrap());
    let sent = crate::guard::send_with(&sender, &url, Duration::from_millis(300)).await;
    assert_eq!((sent.outcome, sent.response_code), (Outcome::Timeout, None), "{:?}", sent.detail);
    assert!(sent.duration < Duration::from_secs(2), "{:?}", sent.duration);
}

both_databases! {
    async fn the_worker_goes_on_after_answers_that_make_no_sense(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let new = NewWebhook { url: receiver.url("/"), timeout_seconds: Some(1), ..NewWebhook::default() };
        house.webhook_with(new).await;
        receiver.next(strange().map(|(answer, ..)| answer));
        let worker = app.start_worker().await;
        for (number, (answer, outcome, code)) in strange().into_iter().enumerate() {
            house.publish().await;
            receiver.wait_for(number + 1).await;
            app.until_none("deliveries where attempt_count = 0").await;
            let delivery = house.deliveries().await.remove(0);
            assert_eq!((delivery.outcome, delivery.response_code), (Some(outcome), code), "{answer:?}");
            assert_eq!(delivery.status, DeliveryStatus::Pending, "{answer:?}");
        }
        house.publish().await;
        house.settled(DeliveryStatus::Success, 1).await;
        worker.stop().await.unwrap();
    }
}
