//! Recovery in a browser without scripts: an exact count first, then a job that can be found again.

use crate::support::{TestApp, browser::Browser, log::Sent};
use switchhook::model::{delivery::DeliveryStatus, id::*, organization::*};

async fn signed_in(app: &TestApp, organization: &Organization, role: Role) -> Browser {
    let email = format!("{}@acme.test", role.as_str());
    app.person(organization, &email, role).await;
    app.sign_in(&email).await
}

/// A webhook with so many failed deliveries and one that arrived.
async fn failed(app: &TestApp, organization: &Organization, count: usize) -> WebhookId {
    let webhook = app.webhook(organization, "Billing").await;
    for _ in 0..count {
        let sent =
            Sent { status: DeliveryStatus::Failed, code: Some(503), event_type: "user.deleted", ..Default::default() };
        app.sent(organization, webhook, sent).await;
    }
    app.sent(organization, webhook, Sent::default()).await;
    webhook
}

both_databases! {
    async fn what_would_be_sent_is_counted_before_anything_is_sent(app) {
        let acme = app.organization("acme").await;
        let webhook = failed(app, &acme, 3).await.to_string();
        let browser = signed_in(app, &acme, Role::Member).await;
        let log = browser.get("/o/acme/deliveries?event_type=user.deleted").await.expect(200);
        log.shows("/o/acme/recover?event_type=user.deleted");
        let page = browser.get("/o/acme/recover?event_type=user.deleted&rate=5").await.expect(200);
        page.shows("3 deliveries would be sent again").shows("Send 3 deliveries again").shows("at 5 a second");
        page.shows("What failed of all webhooks, event type user.deleted");
        browser.get("/o/acme/recover?status=success").await.expect(200).shows("1 delivery would be sent again");
        browser.get("/o/acme/recover?status=skipped").await.expect(200).shows("Nothing of this kind can be sent again");
        browser.get("/o/acme/recover?from=2026-01-06").await.expect(200).shows("Nothing of this kind");
        browser.get(&format!("/o/acme/webhooks/{webhook}")).await.expect(200)
            .shows(&format!("/o/acme/recover?webhook_id={webhook}&amp;status=skipped"));
        let wrong = browser.get("/o/acme/recover?from=yesterday").await.expect(422);
        wrong.shows("Give a date or a time").shows("value=\"yesterday\"");
        browser.get("/o/acme/recover?from=2026-01-06&to=2026-01-05").await.expect(422).shows("This is before the beginning");
    }

    async fn a_job_is_started_found_again_paused_and_cancelled(app) {
        let acme = app.organization("acme").await;
        failed(app, &acme, 3).await;
        let browser = signed_in(app, &acme, Role::Member).await;
        browser.get("/o/acme/jobs").await.expect(200).shows("No recovery jobs yet");
        let started = browser.post("/o/acme/recover", &[("status", "failed"), ("rate", "5"), ("event_type", "")]).await.expect(303);
        let address = started.location().to_owned();
        let page = browser.get(&address).await.expect(200);
        page.shows("0 of 3 deliveries done").shows("Pause").shows("Cancel the rest").shows("member@acme.test");
        assert_eq!(page.header("refresh"), "10");
        assert_eq!(browser.get(&format!("{address}?still=true")).await.expect(200).header("refresh"), "");
        browser.get("/o/acme/jobs").await.expect(200).shows(&address).shows("0 of 3").shows("Running");
        let paused = browser.submit(&format!("{address}/pause"), &[]).await.expect(200);
        paused.shows("Paused. What was under way ends.").shows("Resume");
        assert_eq!(paused.header("refresh"), "");
        browser.submit(&format!("{address}/resume"), &[]).await.expect(200).shows("It goes on.");
        browser.submit(&format!("{address}/cancel"), &[]).await.expect(200).shows("Cancelled");
        browser.submit(&format!("{address}/pause"), &[]).await.expect(200).shows("This job was cancelled.");
        browser.post(&format!("{address}/burn"), &[]).await.expect(404);
    }

    async fn another_wish_while_a_job_is_open_is_told_on_the_page(app) {
        let acme = app.organization("acme").await;
        failed(app, &acme, 1).await;
        let browser = signed_in(app, &acme, Role::Member).await;
        let first = browser.post("/o/acme/recover", &[("status", "failed")]).await.expect(303);
        let again = browser.post("/o/acme/recover", &[("status", "failed")]).await.expect(303);
        assert_eq!(first.location(), again.location());
        let other = browser.post("/o/acme/recover", &[("status", "success")]).await.expect(409);
        other.shows("Another recovery of this organization is open").shows("1 delivery would be sent again");
    }

    async fn who_may_retry_may_recover_and_nobody_sees_another_organizations_jobs(app) {
        let acme = app.organization("acme").await;
        failed(app, &acme, 1).await;
        let member = signed_in(app, &acme, Role::Member).await;
        let job = member.post("/o/acme/recover", &[("status", "failed")]).await.expect(303).location().to_owned();
        let viewer = signed_in(app, &acme, Role::Viewer).await;
        viewer.get("/o/acme/deliveries").await.expect(200).shows("not available: Only the role member or above");
        viewer.get("/o/acme/recover").await.expect(403);
        viewer.post("/o/acme/recover", &[("status", "failed")]).await.expect(403);
        viewer.get(&job).await.expect(200).shows("not available: Only the role member or above");
        viewer.post(&format!("{job}/cancel"), &[]).await.expect(403);
        let other = app.organization("other").await;
        app.person(&other, "olga@other.test", Role::Owner).await;
        let olga = app.sign_in("olga@other.test").await;
        olga.get(&job).await.expect(404);
        let elsewhere = job.replace("/o/acme/", "/o/other/");
        olga.get(&elsewhere).await.expect(404);
        olga.post(&format!("{elsewhere}/cancel"), &[]).await.expect(404);
        assert!(!olga.get("/o/other/jobs").await.expect(200).body.contains("Running"));
    }

    async fn an_inactive_webhook_is_told_before_the_job(app) {
        let acme = app.organization("acme").await;
        let webhook = failed(app, &acme, 1).await;
        let change = switchhook::server::domain::webhooks::WebhookChange { active: Some(false), ..Default::default() };
        switchhook::server::domain::webhooks::update(&app.env, &app.permit(&acme), webhook, change).await.unwrap();
        let browser = signed_in(app, &acme, Role::Member).await;
        let id = webhook.to_string();
        browser.get(&format!("/o/acme/recover?webhook_id={id}")).await.expect(200).shows("This webhook is inactive");
        browser.get("/o/acme/recover").await.expect(200).shows("Nothing of this kind can be sent again");
        browser.post("/o/acme/recover", &[("webhook_id", &id)]).await.expect(409).shows("Switch it on first");
    }
}
