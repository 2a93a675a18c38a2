//! Two attempts of a delivery side by side.

use crate::{
    engine::House,
    support::{Answer, Receiver},
};
use std::time::Duration;
use switchhook::{
    model::{delivery::DeliveryStatus, organization::Role, webhook::RetryPolicy},
    server::domain::webhooks::NewWebhook,
};

both_databases! {
    async fn what_differs_between_two_attempts_is_said_by_word(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        receiver.next([Answer::status(503).header("x-down", "1").body(r#"{"ok":false,"queue":7}"#)]);
        receiver.always(Answer::ok().body(r#"{"ok":true,"queue":7}"#));
        let retry_policy = Some(RetryPolicy::Schedule { schedule_seconds: vec![60] });
        house.webhook_with(NewWebhook { url: receiver.url("/"), retry_policy, ..NewWebhook::default() }).await;
        app.person(&house.organization, "vic@acme.test", Role::Viewer).await;
        let vic = app.sign_in("vic@acme.test").await;
        let worker = app.start_worker().await;
        house.publish().await;
        let id = house.settled(DeliveryStatus::Pending, 1).await.id;
        let compare = format!("/o/acme/deliveries/{id}/compare");
        vic.get(&compare).await.expect(409).shows("Two attempts can be compared, and this delivery has fewer so far.");
        app.advance(Duration::from_secs(90));
        house.settled(DeliveryStatus::Success, 2).await;
        worker.stop().await.unwrap();

        vic.get(&format!("/o/acme/deliveries/{id}")).await.expect(200).shows(&format!("{compare}?a=1&amp;b=2"));
        let page = vic.get(&format!("{compare}?a=1&b=2")).await.expect(200);
        page.shows("503 Service Unavailable").shows("200 OK").shows("x-down").shows("Only in attempt 1");
        page.shows(r#""ok": false"#).shows(r#""ok": true"#);
        let body = page.body.replace("<!>", "");
        let part = body.split("aria-label=\"Response body\"").nth(1).and_then(|rest| rest.split("</section>").next()).unwrap();
        assert_eq!(part.matches("class=\"changed\"").count(), 1, "the line that both have is no difference: {part}");
        let turned = vic.get(&format!("{compare}?a=2&b=1")).await.expect(200);
        turned.shows("Only in attempt 1");
        // Numbers that are none are passed over.
        vic.get(&format!("{compare}?a=x&b=99")).await.expect(200).shows("503 Service Unavailable");
    }
}
