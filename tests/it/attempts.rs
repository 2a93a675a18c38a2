//! What goes over the wire, and what is written down about it.

use crate::{
    engine::{House, event},
    support::{Answer, Receiver},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use switchhook::{
    model::{
        delivery::{DeliveryStatus, Outcome, Trigger},
        webhook::Header,
    },
    on_db,
    server::domain::{
        deliveries,
        events::NewEvent,
        webhook_rotation,
        webhooks::{self, NewWebhook, WebhookChange},
    },
};

/// The signature as a receiver computes it who knows only the specification.
fn signature(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> String {
    let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

both_databases! {
    async fn a_published_event_arrives_signed_with_its_data_as_posted(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let (_, secret) = house.webhook(&receiver.url("/hook")).await;
        let worker = app.start_worker().await;
        let data = r#"{"b":1.50,"a":12345678901234567890,"é":"\u00e9"}"#;
        let raw = serde_json::value::RawValue::from_string(data.into()).unwrap();
        let accepted = house.accept(vec![NewEvent { data: raw, ..event("call.completed", Value::Null) }]).await;

        let request = receiver.wait_for(1).await.remove(0);
        let body = format!(r#"{{"type":"call.completed","timestamp":"{}","data":{data}}}"#, app.now().rfc3339());
        assert_eq!(request.body, body);
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/hook"));
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert!(request.header("user-agent").unwrap().starts_with("Switchhook/"));
        assert_eq!(request.header("webhook-id"), Some(accepted[0].id.as_str()));
        let timestamp = app.now().seconds().to_string();
        assert_eq!(request.header("webhook-timestamp"), Some(timestamp.as_str()));
        let expected = signature(&secret, &accepted[0].id, &timestamp, &request.body);
        assert_eq!(request.header("webhook-signature"), Some(expected.as_str()));

        let delivery = house.settled(DeliveryStatus::Success, 1).await;
        assert_eq!((delivery.response_code, delivery.outcome), (Some(200), Some(Outcome::Answered)));
        assert!(delivery.completed_at.is_some() && delivery.next_attempt_at.is_none());
        worker.stop().await.unwrap();
    }

    async fn a_long_answer_is_kept_small_and_shown_as_it_came(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        house.webhook(&receiver.url("/hook")).await;
        let page = "<p>We are sorry, but something went wrong.</p>\n".repeat(200);
        receiver.always(Answer::ok().body(page.clone()));
        let worker = app.start_worker().await;
        house.publish().await;
        let delivery = house.settled(DeliveryStatus::Success, 1).await;
        let attempt = house.attempts(delivery.id).await.remove(0);
        assert_eq!(attempt.response_body.as_deref(), Some(page.as_str()));
        let kept: i64 = on_db!(&app.env.db, read pool => sqlx::query_scalar(
            "select cast(length(response_body) as bigint) from attempts").fetch_one(pool).await).unwrap();
        assert!(kept < page.len() as i64 / 10, "{kept} bytes of {}", page.len());
        worker.stop().await.unwrap();
    }

    async fn the_log_shows_request_and_answer_with_credentials_masked(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let headers = vec![Header { name: "authorization".into(), value: "Bearer canary".into() },
            Header { name: "x-tenant".into(), value: "canary-2".into() }];
        house.webhook_with(NewWebhook { url: receiver.url("/"), headers, ..NewWebhook::default() }).await;
        receiver.next([Answer::status(500).header("x-why", "because").header("set-cookie", "id=canary-3")
            .header("x-access-token", "canary-4").body("oh\0no")]);
        let worker = app.start_worker().await;
        house.publish().await;
        let request = receiver.wait_for(1).await.remove(0);
        assert_eq!(request.header("authorization"), Some("Bearer canary"));
        let delivery = house.settled(DeliveryStatus::Pending, 1).await;
        let attempt = house.attempts(delivery.id).await.remove(0);
        let shown = |name: &str| attempt.request_headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        assert!(!serde_json::to_string(&attempt).unwrap().contains("canary"));
        assert_eq!(shown("webhook-signature").as_deref(), request.header("webhook-signature"));
        assert!(attempt.response_headers.contains(&("x-why".into(), "because".into())));
        assert!(attempt.response_headers.contains(&("set-cookie".into(), "•••".into())));
        let kept = app.count("attempts where response_headers like '%canary%'").await;
        assert_eq!(kept, 0);
        assert_eq!(attempt.response_body.as_deref(), Some("oh\0no"));
        assert_eq!((attempt.number, attempt.trigger), (1, Trigger::Automatic));
        worker.stop().await.unwrap();
    }

    async fn a_test_is_answered_with_its_attempt_even_while_the_webhook_is_inactive(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let (webhook, _) = house.webhook_with(NewWebhook { url: receiver.url("/"), inactive: true,
            ..NewWebhook::default() }).await;
        receiver.next([Answer::status(418).body("short and stout")]);
        let permit = app.permit(&house.organization);
        let (delivery, attempt) =
            deliveries::send_test(&app.env, &permit, webhook.id, None, None).await.unwrap();
        assert_eq!((delivery.status, delivery.is_test, delivery.max_attempts), (DeliveryStatus::Failed, true, 1));
        assert_eq!((attempt.response_code, attempt.trigger), (Some(418), Trigger::Test));
        assert_eq!(attempt.response_body.as_deref(), Some("short and stout"));
        assert_eq!(house.attempts(delivery.id).await, [attempt]);
        let tests = app.count("audit_log where action = 'webhook.tested'").await;
        assert_eq!(tests, 1);
    }

    async fn deliveries_of_a_webhook_start_in_the_order_of_acceptance(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        house.webhook(&receiver.url("/")).await;
        receiver.always(Answer::ok().held());
        let all: Vec<_> = (0..1_500).map(|n| event("call.completed", json!({ "n": n }))).collect();
        let mut all = all.into_iter();
        house.accept(all.by_ref().take(100).collect()).await;
        let worker = app.start_worker().await;
        house.accept(all.by_ref().take(700).collect()).await;
        house.accept(all.collect()).await;
        // 32 are under way at the same time, and arrive as they like; the next begin when those have ended.
        for first in (0..1_500).step_by(32) {
            let requests = receiver.wait_for((first + 32).min(1_500)).await;
            let mut numbers: Vec<u64> =
                requests[first..].iter().map(|request| request.json()["data"]["n"].as_u64().unwrap()).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (first as u64..requests.len() as u64).collect::<Vec<_>>());
            receiver.release(numbers.len());
        }
        worker.stop().await.unwrap();
        assert_eq!(receiver.requests().len(), 1_500);
    }

    async fn a_retry_after_the_secret_was_rotated_is_signed_by_both(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let (webhook, old) = house.webhook(&receiver.url("/")).await;
        receiver.next([Answer::status(500)]);
        let worker = app.start_worker().await;
        let accepted = house.publish().await;
        house.settled(DeliveryStatus::Pending, 1).await;
        let permit = app.permit(&house.organization);
        let new = webhook_rotation::rotate(&app.env, &permit, webhook.id, None, None).await.unwrap();
        app.advance(std::time::Duration::from_secs(10));
        house.settled(DeliveryStatus::Success, 2).await;
        let requests = receiver.wait_for(2).await;
        let is_signed = |n: usize, secret: &str| {
            let request = &requests[n];
            let timestamp = request.header("webhook-timestamp").unwrap();
            let expected = signature(secret, &accepted.id, timestamp, &request.body);
            request.header("webhook-signature").unwrap().split(' ').any(|given| given == expected)
        };
        assert!(is_signed(0, &old) && !is_signed(0, &new));
        assert!(is_signed(1, &old) && is_signed(1, &new));
        worker.stop().await.unwrap();
    }

    async fn a_retry_of_a_webhook_that_was_deleted_is_not_made(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let (webhook, _) = house.webhook(&receiver.url("/")).await;
        receiver.always(Answer::status(500));
        let worker = app.start_worker().await;
        house.publish().await;
        house.settled(DeliveryStatus::Pending, 1).await;
        webhooks::delete(&app.env, &app.permit(&house.organization), webhook.id).await.unwrap();
        app.advance(std::time::Duration::from_secs(10));
        house.settled(DeliveryStatus::Skipped, 1).await;
        assert_eq!(receiver.requests().len(), 1);
        worker.stop().await.unwrap();
    }

    async fn a_changed_url_holds_from_the_next_attempt(app) {
        let (house, old, new) = (House::new(app).await, Receiver::start().await, Receiver::start().await);
        let (webhook, _) = house.webhook(&old.url("/")).await;
        old.always(Answer::status(500));
        let worker = app.start_worker().await;
        house.publish().await;
        house.settled(DeliveryStatus::Pending, 1).await;
        house.change(webhook.id, WebhookChange { url: Some(new.url("/")), ..WebhookChange::default() }).await;
        app.advance(std::time::Duration::from_secs(10));
        new.wait_for(1).await;
        house.settled(DeliveryStatus::Success, 2).await;
        assert_eq!(old.requests().len(), 1);
        worker.stop().await.unwrap();
    }
}
