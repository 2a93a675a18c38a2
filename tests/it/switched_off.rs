//! A webhook that is off says since when, by whom or by which rule, what it has missed, and leads back.

use crate::{
    engine::House,
    support::{Answer, Receiver, TestApp, browser::Browser},
};
use serde_json::json;
use std::time::Duration;
use switchhook::{
    model::{
        delivery::DeliveryStatus,
        id::WebhookId,
        organization::{Organization, Role},
    },
    server::domain::webhooks::{NewWebhook, WebhookChange},
};

async fn signed_in(app: &TestApp, organization: &Organization, email: &str, role: Role) -> Browser {
    app.person(organization, email, role).await;
    app.sign_in(email).await
}

/// Ada switches it off.
async fn off(app: &TestApp, ada: &Browser, id: WebhookId) {
    ada.post(&format!("/o/acme/webhooks/{id}/active"), &[("active", "false")]).await.expect(303);
    app.advance(Duration::from_secs(60));
}

both_databases! {
    async fn what_was_skipped_since_somebody_switched_it_off_is_counted_and_recovered(app) {
        let house = House::new(app).await;
        let id = app.webhook(&house.organization, "CRM").await;
        let ada = signed_in(app, &house.organization, "ada@acme.test", Role::Admin).await;
        let at = format!("/o/acme/webhooks/{id}");
        let on = ada.get(&at).await.expect(200);
        assert!(!on.body.contains("Since then"), "an active webhook says nothing of being off");
        // An earlier time that it was off, which is over.
        off(app, &ada, id).await;
        house.publish().await;
        ada.submit(&format!("{at}/switch-on"), &[]).await.expect(200).shows("“CRM” is on again.");
        app.advance(Duration::from_secs(60));

        off(app, &ada, id).await;
        house.publish().await;
        house.publish().await;
        let filters = json!({"active": false}).as_object().cloned();
        house.change(id, WebhookChange { filters, ..WebhookChange::default() }).await;
        let page = ada.get(&at).await.expect(200);
        page.shows("Switched off by ada@acme.test").shows("1 min ago").shows("Since then 2 events were skipped.");

        let answer = ada.post(&format!("{at}/switch-on"), &[("recover", "1")]).await.expect(303);
        assert!(answer.location().starts_with(&format!("/o/acme/recover?webhook_id={id}&status=skipped&from=")));
        ada.get(answer.location()).await.expect(200).shows("2 deliveries would be sent again");
    }

    async fn a_form_that_was_opened_before_it_was_switched_off_does_not_switch_it_on(app) {
        let house = House::new(app).await;
        let id = app.webhook(&house.organization, "CRM").await;
        let ada = signed_in(app, &house.organization, "ada@acme.test", Role::Admin).await;
        let form = format!("/o/acme/webhooks/{id}/edit");
        ada.get(&form).await.expect(200).shows("name=\"was_active\" value=\"on\"");
        off(app, &ada, id).await;
        let opened_while_on = [("url", "https://example.com/new"), ("events_mode", "all"), ("active", "on"), ("was_active", "on")];
        ada.post(&form, &opened_while_on).await.expect(303);
        let webhook = async || switchhook::server::domain::webhooks::get(&app.env, &app.permit(&house.organization), id).await.unwrap();
        let saved = webhook().await;
        assert_eq!((saved.url.as_str(), saved.active), ("https://example.com/new", false));
        let switched_on = [("url", "https://example.com/new"), ("events_mode", "all"), ("active", "on"), ("was_active", "off")];
        ada.post(&form, &switched_on).await.expect(303);
        assert!(webhook().await.active);
    }

    async fn a_rule_that_switched_it_off_is_named(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        receiver.always(Answer::status(410));
        let (webhook, _) = house.webhook_with(NewWebhook { url: receiver.url("/"), ..NewWebhook::default() }).await;
        let worker = app.start_worker().await;
        house.publish().await;
        house.settled(DeliveryStatus::Failed, 1).await;
        worker.stop().await.unwrap();
        let vic = signed_in(app, &house.organization, "vic@acme.test", Role::Viewer).await;
        let page = vic.get(&format!("/o/acme/webhooks/{}", webhook.id)).await.expect(200);
        page.shows("Switched off by Switchhook").shows("410").shows("Since then no event was skipped.");
        page.shows("Switch it on<span").shows("Only the role admin or above can change webhooks");
        vic.post(&format!("/o/acme/webhooks/{}/switch-on", webhook.id), &[]).await.expect(403);
    }

    async fn one_that_was_off_from_the_start_says_by_whom(app) {
        let house = House::new(app).await;
        let ada = signed_in(app, &house.organization, "ada@acme.test", Role::Admin).await;
        let form = [("url", "https://example.com/in"), ("events_mode", "all")];
        let answer = ada.post("/o/acme/webhooks/new", &form).await.expect(303);
        let at = answer.location().trim_end_matches("/created");
        ada.get(at).await.expect(200).shows("Switched off by ada@acme.test").shows("Since then no event was skipped.");
    }
}
