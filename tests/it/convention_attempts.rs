//! Per platform: who signs through a change of secrets, what counts as success, what is tried again, and when.

use crate::{
    engine::{House, event},
    support::{Answer, Receiver, TestApp, receiver::Received},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use std::time::Duration;
use switchhook::{
    model::delivery::DeliveryStatus,
    server::domain::webhooks::{NewWebhook, WebhookChange},
};

async fn house<'a>(app: &'a TestApp, convention: &str) -> House<'a> {
    House { app, organization: app.organization_of(convention, convention).await }
}

/// A type of the convention, and data that its document could have.
fn publishable(convention: &str) -> (&'static str, serde_json::Value) {
    match convention {
        "dialgen" => ("batch.failed", json!({"batchId": "b1", "code": "X", "é": [1.0, "ü"]})),
        "salpre" => ("call_ringing", json!({"call_id": 1})),
        _ => ("call.completed", json!({"id": "c1", "duration_seconds": 85.0, "é": "ü"})),
    }
}

async fn publish(house: &House<'_>, convention: &str) {
    let (event_type, data) = publishable(convention);
    house.accept(vec![event(event_type, data)]).await;
}

fn hex_hmac(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[track_caller]
fn is_signed_by(request: &Received, header: &str, secret: &str) {
    assert_eq!(request.header(header), Some(hex_hmac(secret, &request.body).as_str()), "{header}");
}

both_databases! {
    async fn an_own_header_keeps_the_older_secret_until_the_overlap_ends(app) {
        for (convention, header) in [("callintel", "x-callintel-signature"), ("dialgen", "x-dialgen-signature")] {
            let (house, receiver) = (house(app, convention).await, Receiver::start().await);
            let program = app.program_of(&house.organization).await;
            let (webhook, old) = house.webhook(&receiver.url("/")).await;
            assert!(old.starts_with("whsec_"), "the whole of it is the key, its beginning included");
            let worker = app.start_worker().await;
            publish(&house, convention).await;
            is_signed_by(&receiver.wait_for(1).await[0], header, &old);

            let path = format!("/v1/webhooks/{}/secret/rotate", webhook.id);
            let rotated = program.post(&path, json!({"overlap_seconds": 3_600})).await.expect(200).json();
            let new = rotated["secret"].as_str().unwrap();
            publish(&house, convention).await;
            let during = receiver.wait_for(2).await.remove(1);
            is_signed_by(&during, header, &old);
            assert_eq!(during.header("webhook-signature").unwrap().split(' ').count(), 2, "both, where there is room");

            app.advance(Duration::from_secs(3_601));
            publish(&house, convention).await;
            let after = receiver.wait_for(3).await.remove(2);
            is_signed_by(&after, header, new);
            assert_eq!(after.header("webhook-signature").unwrap().split(' ').count(), 1);
            worker.stop().await.unwrap();
        }
    }

    async fn a_secret_of_the_admins_own_signs_with_its_bytes(app) {
        for (convention, header) in [("callintel", "x-callintel-signature"), ("dialgen", "x-dialgen-signature")] {
            let (house, receiver) = (house(app, convention).await, Receiver::start().await);
            let own = "your_webhook_secret";
            let new = NewWebhook { url: receiver.url("/"), secret: Some(own.into()), ..NewWebhook::default() };
            house.webhook_with(new).await;
            let worker = app.start_worker().await;
            publish(&house, convention).await;
            is_signed_by(&receiver.wait_for(1).await[0], header, own);
            worker.stop().await.unwrap();
        }
    }

    async fn every_convention_sends_the_standard_headers_and_no_other_conventions(app) {
        for (convention, own) in [
            ("standard", None), ("portal", None), ("ello", None), ("salpre", None),
            ("callintel", Some("x-callintel-signature")), ("dialgen", Some("x-dialgen-signature")),
        ] {
            let (house, receiver) = (house(app, convention).await, Receiver::start().await);
            house.webhook(&receiver.url("/hook?a=b")).await;
            let worker = app.start_worker().await;
            publish(&house, convention).await;
            let sent = receiver.wait_for(1).await.remove(0);
            assert_eq!((sent.method.as_str(), sent.path.as_str()), ("POST", "/hook?a=b"));
            assert_eq!(sent.header("content-type"), Some("application/json"));
            assert!(sent.header("user-agent").unwrap().starts_with("Switchhook/"));
            for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
                assert!(sent.header(name).is_some(), "{convention}: {name}");
            }
            let others = sent.headers.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("x-"));
            assert_eq!(others.collect::<Vec<_>>(), own.into_iter().collect::<Vec<_>>(), "{convention}");
            worker.stop().await.unwrap();
        }
    }

    async fn attempts_follow_the_documents_schedule_with_the_same_bytes_and_then_give_up(app) {
        for (convention, delays, timeout) in
            [("callintel", &[60.0, 300.0, 900.0][..], 10), ("dialgen", &[1.0, 5.0, 25.0], 30), ("salpre", &[5.0, 300.0, 1_800.0], 15)]
        {
            let (house, receiver) = (house(app, convention).await, Receiver::start().await);
            let (webhook, _) = house.webhook(&receiver.url("/")).await;
            let program = app.program_of(&house.organization).await;
            let shown = program.get(&format!("/v1/webhooks/{}", webhook.id)).await.expect(200).json();
            assert_eq!(shown["timeout_seconds"], timeout, "{convention}");
            receiver.always(Answer::status(503));
            let worker = app.start_worker().await;
            publish(&house, convention).await;
            for (number, delay) in (1..).zip(delays) {
                let waiting = house.settled(DeliveryStatus::Pending, number).await;
                let wait = waiting.next_attempt_at.unwrap().since(app.now()).as_secs_f64();
                assert!((*delay..=delay * 1.2).contains(&wait), "{convention}: {wait} after attempt {number}");
                app.clock.set(waiting.next_attempt_at.unwrap());
            }
            if convention != "salpre" {
                house.settled(DeliveryStatus::Failed, 4).await;
            }
            let requests = receiver.wait_for(4).await;
            assert!(requests.iter().all(|r| r.body == requests[0].body && r.header("webhook-id") == requests[0].header("webhook-id")));
            worker.stop().await.unwrap();
        }
    }

    async fn what_counts_as_success_and_what_is_tried_again_is_the_documents(app) {
        use DeliveryStatus::{Failed, Pending, Success};
        for (convention, answers) in [
            ("callintel", &[
                (200, Success), (201, Success), (202, Success), (204, Success), (500, Pending), (503, Pending), (599, Pending),
                (408, Pending), (429, Pending), (400, Failed), (401, Failed), (403, Failed), (404, Failed), (422, Failed),
            ][..]),
            ("dialgen", &[(200, Success), (204, Success), (404, Pending), (401, Pending), (500, Pending)]),
            ("ello", &[(200, Success), (202, Success), (401, Pending), (500, Pending)]),
            ("portal", &[(200, Success), (204, Success), (400, Pending), (500, Pending)]),
            ("salpre", &[(200, Success), (201, Pending), (202, Pending), (204, Pending), (404, Pending), (500, Pending)]),
        ] {
            let (house, receiver) = (house(app, convention).await, Receiver::start().await);
            house.webhook(&receiver.url("/")).await;
            let worker = app.start_worker().await;
            for (number, (code, status)) in answers.iter().enumerate() {
                receiver.next([Answer::status(*code)]);
                publish(&house, convention).await;
                receiver.wait_for(number + 1).await;
                // The newest delivery is this one; all before it have been attempted once.
                let settled = loop {
                    let newest = house.deliveries().await.remove(0);
                    if newest.attempt_count == 1 {
                        break newest;
                    }
                    tokio::task::yield_now().await;
                };
                assert_eq!(settled.status, *status, "{convention}: {code}");
            }
            worker.stop().await.unwrap();
        }
    }

    async fn network_failures_are_tried_again_under_every_convention(app) {
        for convention in ["callintel", "dialgen", "ello", "portal", "salpre"] {
            let (house, receiver) = (house(app, convention).await, Receiver::start().await);
            house.webhook(&receiver.url("/")).await;
            receiver.next([Answer::Reset]);
            let worker = app.start_worker().await;
            publish(&house, convention).await;
            house.settled(DeliveryStatus::Pending, 1).await;
            worker.stop().await.unwrap();
        }
    }

    async fn portals_schedule_can_be_another_for_each_webhook(app) {
        let (house, receiver) = (house(app, "portal").await, Receiver::start().await);
        let (webhook, _) = house.webhook(&receiver.url("/")).await;
        let policy = switchhook::model::webhook::RetryPolicy::Schedule { schedule_seconds: vec![7] };
        house.change(webhook.id, WebhookChange { retry_policy: Some(Some(policy)), ..WebhookChange::default() }).await;
        receiver.always(Answer::status(500));
        let worker = app.start_worker().await;
        publish(&house, "portal").await;
        let waiting = house.settled(DeliveryStatus::Pending, 1).await;
        app.clock.set(waiting.next_attempt_at.unwrap());
        house.settled(DeliveryStatus::Failed, 2).await;
        worker.stop().await.unwrap();
    }
}
