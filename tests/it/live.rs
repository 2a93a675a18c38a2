//! The live stream: what an onlooker is sent, what never, and when it ends.

use crate::support::{
    TestApp,
    browser::{Browser, request},
    log::Sent,
    within,
};
use axum::body::Body;
use http_body_util::BodyExt;
use std::time::Duration;
use switchhook::{
    model::{
        delivery::DeliveryStatus,
        id::{DeliveryId, OrganizationId, WebhookId},
        organization::{Organization, Role},
    },
    on_db,
    server::{domain::live::DeliveryChange, http::router::router},
};
use tower::ServiceExt;

/// Opens a stream as this browser would.
async fn open(app: &TestApp, browser: &Browser, path: &str) -> Body {
    let cookies = browser.cookies().iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
    let request = http::Request::get(path).header("cookie", cookies).body(Body::empty()).unwrap();
    let response = router(app.env.clone()).oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    response.into_body()
}

/// The next piece of the stream; none at its end.
async fn next(body: &mut Body) -> Option<String> {
    loop {
        let frame = within("the stream", body.frame()).await?.unwrap();
        let text = String::from_utf8_lossy(&frame.into_data().unwrap()).into_owned();
        // A comment only keeps the connection open; on a slow machine one comes in between.
        if !text.starts_with(':') {
            return Some(text);
        }
    }
}

fn change(organization_id: OrganizationId, webhook_id: WebhookId, delivery_id: DeliveryId) -> DeliveryChange {
    DeliveryChange { organization_id, delivery_id, webhook_id, status: DeliveryStatus::Success }
}

async fn onlooker(app: &TestApp, organization: &Organization) -> Browser {
    app.person(organization, "vic@acme.test", Role::Viewer).await;
    app.sign_in("vic@acme.test").await
}

both_databases! {
    async fn an_onlooker_is_sent_rows_of_the_own_organization_and_of_no_other(app) {
        let acme = app.organization("acme").await;
        let other = app.organization("other").await;
        let (own, theirs) = (app.webhook(&acme, "Billing").await, app.webhook(&other, "Theirs").await);
        let browser = onlooker(app, &acme).await;
        let mut stream = open(app, &browser, "/o/acme/deliveries/live").await;
        let foreign = app.sent(&other, theirs, Sent::default()).await;
        let mine = app.sent(&acme, own, Sent::default()).await;
        // Even a change that names the wrong organization leads to nothing foreign.
        app.env.live.tell(change(other.id, theirs, foreign));
        // The own one first: between two rounds the stream rests by a clock that stands still here.
        app.env.live.tell(change(acme.id, own, mine));
        app.env.live.tell(change(acme.id, theirs, foreign));
        let sent = next(&mut stream).await.unwrap();
        assert!(sent.starts_with("event: row") && sent.contains(&mine.to_string()), "{sent}");
        assert!(!sent.contains(&foreign.to_string()));
    }

    async fn a_row_beyond_the_filter_is_sent_for_update_only(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let browser = onlooker(app, &acme).await;
        let mut stream = open(app, &browser, "/o/acme/deliveries/live?status=failed").await;
        let good = app.sent(&acme, webhook, Sent::default()).await;
        app.env.live.tell(change(acme.id, webhook, good));
        let sent = next(&mut stream).await.unwrap();
        assert!(sent.starts_with("event: changed"), "{sent}");
    }

    async fn what_changed_between_the_page_and_the_stream_is_sent_first(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let browser = onlooker(app, &acme).await;
        app.sent(&acme, webhook, Sent::default()).await;
        app.advance(Duration::from_secs(1));
        let page_made = app.now();
        let late = app.sent(&acme, webhook, Sent::default()).await;
        let path = format!("/o/acme/deliveries/live?seen={}", page_made.0);
        let mut stream = open(app, &browser, &path).await;
        let sent = next(&mut stream).await.unwrap();
        assert!(sent.contains(&late.to_string()), "{sent}");
    }

    async fn who_missed_more_than_a_round_is_told_to_load_the_page(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let browser = onlooker(app, &acme).await;
        app.sent(&acme, webhook, Sent::default()).await;
        app.advance(Duration::from_secs(1));
        let paused = app.now();
        let path = format!("/o/acme/deliveries/live?seen={}", paused.0);
        for _ in 0..50 {
            app.sent(&acme, webhook, Sent::default()).await;
        }
        let mut stream = open(app, &browser, &path).await;
        let sent = next(&mut stream).await.unwrap();
        assert!(sent.starts_with("event: row"), "so many are sent themselves: {sent}");
        app.sent(&acme, webhook, Sent::default()).await;
        let mut stream = open(app, &browser, &path).await;
        let sent = next(&mut stream).await.unwrap();
        assert!(sent.starts_with("event: behind") && sent.contains("data:"), "{sent}");
    }

    async fn a_stream_ends_soon_after_the_membership_does(app) {
        let acme = app.organization("acme").await;
        let browser = onlooker(app, &acme).await;
        let mut stream = open(app, &browser, "/o/acme/deliveries/live").await;
        on_db!(&app.env.db, write pool => sqlx::query("delete from memberships").execute(pool).await.map(drop)).unwrap();
        let ended = tokio::spawn(async move { next(&mut stream).await });
        while !ended.is_finished() {
            app.advance(Duration::from_secs(5));
            tokio::task::yield_now().await;
        }
        assert_eq!(ended.await.unwrap(), None);
    }

    async fn who_is_signed_out_is_told_so_by_the_stream(app) {
        let acme = app.organization("acme").await;
        let browser = onlooker(app, &acme).await;
        let address = format!("{}/o/acme/deliveries/live", app.base);
        let open = || request("GET", &address).header("accept", "text/event-stream").header("sec-fetch-site", "same-origin");
        browser.submit("/sign-out", &[]).await;
        let page = browser.carry(open()).await.expect(200);
        page.shows("event: over").shows("data: Sign in").shows("data: You are signed out");
        // Who only types the address is sent to sign in.
        browser.get("/o/acme/deliveries/live").await.expect(303);
        app.person(&app.organization("other").await, "olga@other.test", Role::Viewer).await;
        let elsewhere = app.sign_in("olga@other.test").await;
        elsewhere.carry(open()).await.expect(200).shows("event: over").shows("data: Load the page");
    }

    async fn a_stream_ends_when_the_process_is_asked_to_stop(app) {
        let acme = app.organization("acme").await;
        let browser = onlooker(app, &acme).await;
        let mut stream = open(app, &browser, "/o/acme/deliveries/live").await;
        app.env.stopping.cancel();
        assert_eq!(next(&mut stream).await, None);
    }
}
