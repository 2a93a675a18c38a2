//! The page of a webhook's signing secrets: a new one beside the old, an early end, one's own.

use crate::support::{TestApp, browser::Browser};
use std::time::Duration;
use switchhook::{
    model::{
        id::WebhookId,
        organization::{Organization, Role},
    },
    server::domain::webhooks::{self, NewWebhook},
};

async fn webhook(app: &TestApp, organization: &Organization) -> (WebhookId, String) {
    let new = NewWebhook { url: "https://example.com/in".into(), ..NewWebhook::default() };
    let (webhook, secret) = webhooks::create(&app.env, &app.permit(organization), new).await.expect("a webhook");
    (webhook.id, secret)
}

async fn admin(app: &TestApp, organization: &Organization) -> Browser {
    app.person(organization, "ada@acme.test", Role::Admin).await;
    app.sign_in("ada@acme.test").await
}

fn hint(secret: &str) -> String {
    format!("…{}", &secret[secret.len() - 4..])
}

/// The secret on a page that shows it.
fn shown(body: &str) -> String {
    let rest = &body[body.find("whsec_").expect("the secret is on the page")..];
    rest.split(['<', '"']).next().unwrap_or_default().replace("&#x3D;", "=")
}

/// Where the link “End now …” leads.
fn end_link(body: &str) -> Option<String> {
    let before = &body[..body.find("End now")?];
    before.rsplit("href=\"").next()?.split('"').next().map(str::to_string)
}

both_databases! {
    async fn a_new_secret_is_shown_once_beside_the_old_one_with_its_end(app) {
        let acme = app.organization("acme").await;
        let (id, old) = webhook(app, &acme).await;
        let browser = admin(app, &acme).await;
        let path = format!("/o/acme/webhooks/{id}/secret");
        browser.get(&path).await.expect(200).shows(&hint(&old)).shows("Current").shows("For 24 hours");
        let page = browser.submit(&path, &[("overlap_seconds", "3600"), ("secret", "")]).await.expect(200);
        let new = shown(&page.body);
        page.shows("It is shown this once.").shows(&hint(&old)).shows(&hint(&new)).shows("in 1 h").shows("End now");
        let again = browser.get(&path).await.expect(200);
        assert!(!again.body.contains(&new) && !again.body.contains(&old), "a secret is shown twice");
        app.advance(Duration::from_secs(3_601));
        let later = browser.get(&path).await.expect(200);
        later.shows(&hint(&new));
        assert!(!later.body.contains(&hint(&old)) && !later.body.contains("End now"));
    }

    async fn an_old_secret_ends_early_once_that_is_confirmed(app) {
        let acme = app.organization("acme").await;
        let (id, old) = webhook(app, &acme).await;
        let browser = admin(app, &acme).await;
        let path = format!("/o/acme/webhooks/{id}/secret");
        let page = browser.submit(&path, &[("overlap_seconds", "604800")]).await.expect(200);
        let end = end_link(&page.body).expect("a link");
        browser.get(&end).await.expect(200).shows("End it now").shows("Keep it");
        let done = browser.submit(&end, &[]).await.expect(200);
        done.shows("The old secret has ended.");
        assert!(!done.body.contains(&hint(&old)));
        browser.post(&end, &[]).await.expect(404);
        app.person(&acme, "vic@acme.test", Role::Viewer).await;
        let viewer = app.sign_in("vic@acme.test").await;
        viewer.get(&path).await.expect(200).shows("Only the role admin or above can change webhooks.");
        viewer.post(&path, &[("overlap_seconds", "0")]).await.expect(403);
    }

    async fn an_own_secret_is_checked_kept_and_cannot_be_the_one_in_use(app) {
        let acme = app.organization("acme").await;
        let (id, old) = webhook(app, &acme).await;
        let browser = admin(app, &acme).await;
        let path = format!("/o/acme/webhooks/{id}/secret");
        let short = browser.post(&path, &[("overlap_seconds", "0"), ("secret", "short")]).await.expect(422);
        short.shows("this has 5").shows("<option value=\"0\" selected");
        browser.post(&path, &[("overlap_seconds", "0"), ("secret", &old)]).await.expect(422).shows("signs already");
        browser.post(&path, &[("overlap_seconds", "soon")]).await.expect(422).shows("Choose how long.");
        let page = browser.submit(&path, &[("overlap_seconds", "0"), ("secret", "a phrase of my own")]).await;
        page.shows("a phrase of my own").shows("… own");
    }

    async fn a_convention_whose_header_has_room_for_one_signature_says_which_secret_makes_it(app) {
        let acme = app.organization_of("acme", "callintel").await;
        let (id, _) = webhook(app, &acme).await;
        let browser = admin(app, &acme).await;
        let path = format!("/o/acme/webhooks/{id}/secret");
        browser.get(&path).await.expect(200).shows("x-callintel-signature").shows("until the overlap ends");
        let page = browser.submit(&path, &[("overlap_seconds", "3600")]).await;
        page.shows("until 5 Jan 2026, 13:00:00 UTC");
        let plain = app.organization("plain").await;
        let (id, _) = webhook(app, &plain).await;
        app.person(&plain, "bea@plain.test", Role::Admin).await;
        let browser = app.sign_in("bea@plain.test").await;
        let page = browser.get(&format!("/o/plain/webhooks/{id}/secret")).await.expect(200);
        assert!(!page.body.contains("has room for one signature"));
    }
}
