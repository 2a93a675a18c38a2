//! Health pages: rates, deliveries per hour and causes from the recorder's counts, each leading to its deliveries.

use crate::{
    engine::{House, event},
    support::{Answer, Receiver, within},
};
use serde_json::json;
use std::time::Duration;
use switchhook::{
    model::{
        delivery::DeliveryStatus,
        organization::Role,
        webhook::{RetryPolicy, Webhook},
    },
    server::domain::webhooks::NewWebhook,
};

async fn once(house: &House<'_>, name: &str, url: String) -> Webhook {
    let retry_policy = Some(RetryPolicy::Schedule { schedule_seconds: vec![] });
    house.webhook_with(NewWebhook { url, description: name.into(), retry_policy, ..Default::default() }).await.0
}

/// The plain text of a figure.
fn figure(body: &str, label: &str) -> String {
    let body = body.replace("<!>", "");
    let after = body.split(&format!("<dt>{label}</dt><dd>")).nth(1).unwrap_or_else(|| panic!("no figure {label}"));
    after.split('<').next().unwrap_or_default().to_owned()
}

both_databases! {
    async fn a_page_for_all_webhooks_and_a_part_of_each_say_how_it_goes_and_why_it_fails(app) {
        let house = House::new(app).await;
        let (good, picky) = (Receiver::start().await, Receiver::start().await);
        picky.always(Answer::status(422));
        once(&house, "Good", good.url("/in")).await;
        let refusing = once(&house, "Picky", picky.url("/in")).await;
        once(&house, "Nobody", "http://127.0.0.1:1024/in".into()).await;
        app.person(&house.organization, "vic@acme.test", Role::Viewer).await;
        let browser = app.sign_in("vic@acme.test").await;
        browser.get("/o/acme/health").await.expect(200).shows("No attempt failed in this time.");
        let worker = app.start_worker().await;
        let mut changes = app.env.live.subscribe();
        house.accept(vec![event("call.completed", json!({"n": 1}))]).await;
        while house.deliveries().await.iter().any(|d| d.status == DeliveryStatus::Pending) {
            let _ = within("a change", changes.recv()).await;
        }
        let page = browser.get("/o/acme/health?range=1h").await.expect(200);
        assert_eq!(figure(&page.body, "Success rate"), "33.3 %");
        assert_eq!((figure(&page.body, "Deliveries"), figure(&page.body, "Deliveries per hour")), ("3".into(), "3".into()));
        page.shows("Rejected payload: 422 Unprocessable Content").shows("Unreachable: no connection");
        page.shows("Fields that it does not know are passed over, not refused.");
        let link = page.body.split("href=\"").find(|part| part.contains("response_code=422")).expect("a link");
        let link = link.split('"').next().unwrap_or_default().replace("&amp;", "&");
        let log = browser.get(&link).await.expect(200);
        log.shows("Picky");
        let others = ["id=\"dlv_"].map(|row| log.body.matches(row).count());
        assert_eq!(others, [1], "one delivery was answered so");
        let one = browser.get(&format!("/o/acme/webhooks/{}", refusing.id)).await.expect(200);
        assert_eq!(figure(&one.body, "Success rate"), "0 %");
        one.shows("Rejected payload: 422 Unprocessable Content");
        assert!(!one.body.contains("Unreachable: no connection"));
        app.advance(Duration::from_secs(2 * 3_600));
        let later = browser.get("/o/acme/health?range=1h").await.expect(200);
        assert_eq!(figure(&later.body, "Success rate"), "–");
        for range in ["24h", "7d", "30d"] {
            let page = browser.get(&format!("/o/acme/health?range={range}")).await.expect(200);
            assert_eq!(figure(&page.body, "Success rate"), "33.3 %", "{range}");
        }
        worker.stop().await.expect("the worker stops");
    }

    async fn a_retry_is_an_attempt_more_and_no_delivery_more(app) {
        let house = House::new(app).await;
        let receiver = Receiver::start().await;
        receiver.next([Answer::status(500)]);
        house.webhook(&receiver.url("/in")).await;
        let worker = app.start_worker().await;
        house.publish().await;
        house.settled(DeliveryStatus::Pending, 1).await;
        app.advance(Duration::from_secs(10));
        house.settled(DeliveryStatus::Success, 2).await;
        app.person(&house.organization, "vic@acme.test", Role::Viewer).await;
        let page = app.sign_in("vic@acme.test").await.get("/o/acme/health").await.expect(200);
        assert_eq!((figure(&page.body, "Deliveries"), figure(&page.body, "Attempts")), ("1".into(), "2".into()));
        page.shows("Answered 500 Internal Server Error");
        worker.stop().await.expect("the worker stops");
    }
}
