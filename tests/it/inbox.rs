//! Inboxes: what they take, keep and say about signatures, and who may look.

use crate::support::{TestApp, database::Kind};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::time::Duration;
use switchhook::{
    model::{error::AppError, id::InboxId, inbox::*, organization::Organization, webhook::Header},
    on_db,
    server::{
        access::*,
        domain::{
            deliveries,
            inbox::{self, InboxUrl},
            webhooks::{self, NewWebhook},
        },
    },
};

/// An inbox with a webhook that points at it, and the webhook's secret.
async fn inbox_with_webhook(app: &TestApp, organization: &Organization) -> (InboxUrl, String) {
    let permit = app.permit::<WriteWebhooks>(organization);
    let made = inbox::create(&app.env, &permit).await.unwrap();
    let new = NewWebhook { url: made.url.clone(), description: "My first".into(), ..Default::default() };
    let (_, secret) = webhooks::create(&app.env, &permit, new).await.unwrap();
    (made, secret)
}

fn token(made: &InboxUrl) -> &str {
    made.url.rsplit('/').next().unwrap()
}

/// The headers of a delivery signed now.
fn signed(app: &TestApp, secret: &str, body: &[u8]) -> Vec<(String, String)> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let at = app.now().seconds().to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("evt_1.{at}.").as_bytes());
    mac.update(body);
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    [("webhook-id", "evt_1"), ("webhook-timestamp", &at), ("webhook-signature", &signature)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

async fn received(app: &TestApp, organization: &Organization, id: InboxId) -> Vec<InboxRequest> {
    inbox::requests(&app.env, &app.permit::<ReadLogs>(organization), id, None).await.unwrap()
}

async fn is_verified_step_done(app: &TestApp) -> bool {
    let at: Option<i64> = on_db!(&app.env.db, read pool => {
        sqlx::query_scalar("select signature_verified_at from organizations").fetch_one(pool).await
    })
    .unwrap();
    at.is_some()
}

both_databases! {
    async fn a_signed_request_is_verified_and_ticks_off_the_last_first_step(app) {
        let acme = app.organization("acme").await;
        let (made, secret) = inbox_with_webhook(app, &acme).await;
        let body = br#"{"type":"call.completed"}"#;
        inbox::receive(&app.env, token(&made), vec![], body).await.unwrap();
        assert!(!is_verified_step_done(app).await);
        app.advance(Duration::from_secs(1));
        let verdict = inbox::receive(&app.env, token(&made), signed(app, &secret, body), body).await.unwrap();
        assert_eq!(verdict, Verdict::Verified);
        assert!(is_verified_step_done(app).await);
        let requests = received(app, &acme, made.id).await;
        assert_eq!(requests[0].verdict, Verdict::Verified);
        assert_eq!(requests[0].event_type().as_deref(), Some("call.completed"));
        assert!(requests[1].verdict.as_str().contains("webhook-id is missing"));
    }

    async fn an_inbox_keeps_a_hundred_requests_and_takes_no_more_than_that_in_ten_seconds(app) {
        let acme = app.organization("acme").await;
        let (made, _) = inbox_with_webhook(app, &acme).await;
        for _ in 0..100 {
            inbox::receive(&app.env, token(&made), vec![], b"early").await.unwrap();
        }
        let refused = inbox::receive(&app.env, token(&made), vec![], b"early").await;
        assert_eq!(refused, Err(AppError::TooMany(10)));
        app.advance(Duration::from_secs(11));
        inbox::receive(&app.env, token(&made), vec![], b"late").await.unwrap();
        let requests = received(app, &acme, made.id).await;
        assert_eq!((requests.len(), requests[0].body.as_str()), (100, "late"));
    }

    async fn what_is_a_day_old_is_neither_shown_nor_kept(app) {
        let acme = app.organization("acme").await;
        let (made, _) = inbox_with_webhook(app, &acme).await;
        inbox::receive(&app.env, token(&made), vec![], b"old").await.unwrap();
        app.advance(Duration::from_secs(24 * 3_600 + 1));
        assert!(received(app, &acme, made.id).await.is_empty());
        inbox::clean_up(&app.env).await.unwrap();
        let left = app.count("inbox_requests").await;
        assert_eq!(left, 0);
    }

    async fn a_large_body_is_judged_whole_and_kept_in_part(app) {
        let acme = app.organization("acme").await;
        let (made, secret) = inbox_with_webhook(app, &acme).await;
        let body = vec![b'x'; MAX_KEPT_BODY + 1];
        let verdict = inbox::receive(&app.env, token(&made), signed(app, &secret, &body), &body).await.unwrap();
        assert_eq!(verdict, Verdict::Verified);
        let request = &received(app, &acme, made.id).await[0];
        assert!(request.body_truncated && request.body_cut);
        assert_eq!(request.body.len(), MAX_SHOWN_BODY);
        let permit = app.permit::<ReadLogs>(&acme);
        let kept = inbox::body(&app.env, &permit, made.id, request.id).await.unwrap();
        assert_eq!(kept.len(), MAX_KEPT_BODY);
    }

    async fn credentials_are_masked_before_they_are_kept(app) {
        let acme = app.organization("acme").await;
        let (made, _) = inbox_with_webhook(app, &acme).await;
        let headers = vec![("authorization".into(), "Bearer canary".into()), ("accept".into(), "*/*".into())];
        inbox::receive(&app.env, token(&made), headers, b"").await.unwrap();
        let request = &received(app, &acme, made.id).await[0];
        assert!(!request.header("authorization").unwrap().contains("canary"));
        assert_eq!(request.header("accept"), Some("*/*"));
    }

    async fn another_organization_finds_neither_the_inbox_nor_what_it_received(app) {
        let acme = app.organization("acme").await;
        let other = app.organization("other").await;
        let (made, _) = inbox_with_webhook(app, &acme).await;
        inbox::receive(&app.env, token(&made), vec![], b"{}").await.unwrap();
        let request = received(app, &acme, made.id).await[0].id;
        let permit = app.permit::<ReadLogs>(&other);
        assert_eq!(inbox::get(&app.env, &permit, made.id).await, Err(AppError::NotFound));
        assert_eq!(inbox::body(&app.env, &permit, made.id, request).await, Err(AppError::NotFound));
        assert!(inbox::requests(&app.env, &permit, made.id, None).await.unwrap().is_empty());
        assert!(inbox::list(&app.env, &permit).await.unwrap().is_empty());
    }

    async fn an_inbox_names_the_webhooks_that_point_at_it(app) {
        let acme = app.organization("acme").await;
        let (made, _) = inbox_with_webhook(app, &acme).await;
        let listed = inbox::list(&app.env, &app.permit::<ReadLogs>(&acme)).await.unwrap();
        assert_eq!((listed.len(), listed[0].url.as_str()), (1, made.url.as_str()));
        assert_eq!(listed[0].webhooks[0].1, "My first");
    }

    async fn the_values_of_a_webhooks_own_headers_are_not_kept(app) {
        let acme = app.organization("acme").await;
        let made = inbox::create(&app.env, &app.permit(&acme)).await.unwrap();
        let header = |name: &str, value: &str| Header { name: name.into(), value: value.into() };
        let headers = vec![header("x-auth", "canary"), header("authorization", "Bearer canary")];
        let new = NewWebhook { url: made.url.clone(), headers, ..NewWebhook::default() };
        let (webhook, _) = webhooks::create(&app.env, &app.permit(&acme), new).await.unwrap();
        deliveries::send_test(&app.env, &app.permit(&acme), webhook.id, None, None).await.unwrap();
        let request = &received(app, &acme, made.id).await[0];
        assert!(request.header("x-auth").is_some_and(|value| value.contains('•')), "it came, and what it said is nobody's");
        assert!(!request.headers.iter().any(|(_, value)| value.contains("canary")));
        assert_eq!(request.verdict, Verdict::Verified);
    }

    async fn nobody_receives_at_an_address_that_was_never_made(app) {
        let refused = inbox::receive(&app.env, "guess", vec![], b"{}").await;
        assert_eq!(refused, Err(AppError::NotFound));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbox_is_reached_in_the_process_however_the_public_address_was_typed() {
    let app = TestApp::with(Kind::Sqlite, &["--public-url", "HTTPS://Hooks.Example.com:443"]).await;
    let acme = app.organization("acme").await;
    let (made, _) = inbox_with_webhook(&app, &acme).await;
    assert!(made.url.starts_with("https://hooks.example.com/inbox/"), "{}", made.url);
    let program = app.program_of(&acme).await;
    let webhook = program.get("/v1/webhooks").await.expect(200).json()["data"][0]["id"].as_str().unwrap().to_owned();
    let tested = program.call("POST", &format!("/v1/webhooks/{webhook}/test"), None, &[]).await.expect(200).json();
    assert_eq!(tested["attempt"]["response_code"], 200, "{tested}");
    assert_eq!(received(&app, &acme, made.id).await.len(), 1);
    app.close().await;
}
