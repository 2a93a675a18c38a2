//! How webhooks are doing is known however much waits: the latest delivery that was tried counts.

use crate::{
    engine::{House, event},
    support::{Answer, Receiver, until},
};
use serde_json::json;
use std::time::Duration;
use switchhook::{
    model::{delivery::DeliveryStatus, health::WebhookHealth, organization::Role, webhook::*},
    on_db,
    server::domain::{health, webhooks::NewWebhook},
};

const HOUR: Duration = Duration::from_secs(3_600);

async fn at(house: &House<'_>, receiver: &Receiver, schedule_seconds: Vec<u32>) {
    let retry_policy = Some(RetryPolicy::Schedule { schedule_seconds });
    house.webhook_with(NewWebhook { url: receiver.url("/"), retry_policy, ..NewWebhook::default() }).await;
}

async fn all(house: &House<'_>) -> Vec<WebhookHealth> {
    health::list(&house.app.env, &house.app.permit(&house.organization)).await.unwrap()
}

fn told(all: &[WebhookHealth]) -> Vec<(WebhookState, Option<&str>, u32)> {
    all.iter().map(|one| (one.state, one.reason.as_deref(), one.waiting)).collect()
}

both_databases! {
    async fn what_came_of_the_latest_that_was_tried_is_told_however_much_waits_since(app) {
        let house = House::new(app).await;
        let (given_up, again, arrived) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
        given_up.always(Answer::status(500));
        again.always(Answer::status(503));
        at(&house, &given_up, Vec::new()).await;
        at(&house, &again, vec![3_600]).await;
        at(&house, &arrived, Vec::new()).await;
        let worker = app.start_worker().await;
        house.publish().await;
        until("all to be tried", async || !house.deliveries().await.iter().any(|d| d.attempt_count == 0)).await;
        worker.stop().await.unwrap();
        house.accept((0..150).map(|n| event("call.completed", json!({ "n": n }))).collect()).await;
        let tried: Vec<_> = house.deliveries().await.into_iter().filter(|d| d.attempt_count > 0).collect();
        assert!(tried.is_empty(), "a page of the log shows only what waits");

        let (no, gave_up, later) = (None, "The latest delivery was answered with 500.", "The latest delivery was answered with 503.");
        let (failing, healthy) = (WebhookState::Failing, WebhookState::Healthy);
        assert_eq!(told(&all(&house).await), [(failing, Some(gave_up), 150), (failing, Some(later), 151), (healthy, no, 150)]);

        // Days later the counts by the minute are gone, and those by the hour still tell that something was sent.
        on_db!(&app.env.db, write pool => sqlx::query("delete from health_rollups where slice = 60").execute(pool).await.map(drop)).unwrap();
        let all = all(&house).await;
        assert_eq!((all[2].state, all[2].last_delivery_at.map(|at| at.seconds() % 3_600)), (healthy, Some(0)));
    }

    async fn a_success_under_what_waits_is_not_taken_for_the_failure_before_it(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        receiver.next([Answer::status(500)]);
        at(&house, &receiver, Vec::new()).await;
        let worker = app.start_worker().await;
        house.publish().await;
        house.settled(DeliveryStatus::Failed, 1).await;
        app.advance(HOUR * 30);
        house.publish().await;
        house.settled(DeliveryStatus::Success, 1).await;
        worker.stop().await.unwrap();
        house.accept((0..150).map(|n| event("call.completed", json!({ "n": n }))).collect()).await;
        app.advance(HOUR * 3);
        assert_eq!(told(&all(&house).await), [(WebhookState::Healthy, None, 150)]);
    }

    async fn how_long_the_slowest_answers_take_is_told_in_the_list(app) {
        let house = House::new(app).await;
        let (webhook, _) = house.webhook("https://example.com/in").await;
        app.person(&house.organization, "vic@acme.test", Role::Viewer).await;
        let browser = app.sign_in("vic@acme.test").await;
        browser.get("/o/acme/webhooks").await.expect(200).shows("data-label=\"Response, p95\" class=\"number\">–");
        let counts = "insert into health_rollups (organization_id, webhook_id, slice, start_at, measure, count) \
            values ($1, $2, 3600, $3, 'latency:40', 90), ($1, $2, 3600, $3, 'latency:700', 10)";
        on_db!(&app.env.db, write pool => sqlx::query(counts).bind(house.organization.id).bind(webhook.id)
            .bind(app.now()).execute(pool).await.map(drop)).unwrap();
        browser.get("/o/acme/webhooks").await.expect(200).shows("data-label=\"Response, p95\" class=\"number\">700 ms");
    }

    async fn what_only_waits_has_not_been_tried(app) {
        let house = House::new(app).await;
        house.webhook("https://example.com/in").await;
        house.accept((0..1_000).map(|n| event("call.completed", json!({ "n": n }))).collect()).await;
        let all = all(&house).await;
        assert_eq!(told(&all), [(WebhookState::Waiting, None, 1_000)]);
        assert_eq!((all[0].waiting_label().as_str(), all[0].last_delivery_at), ("1,000+", None));
        assert!(house.deliveries().await.iter().all(|d| d.status == DeliveryStatus::Pending));
    }
}
