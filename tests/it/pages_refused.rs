//! What a browser sends and nobody can read is answered with a page that says why, and what to do.

use crate::support::{
    TestApp,
    browser::{Browser, Page, request},
};
use switchhook::model::organization::Role;

async fn admin(app: &TestApp) -> (String, Browser) {
    let acme = app.organization("acme").await;
    app.person(&acme, "ada@example.com", Role::Admin).await;
    let webhook = app.webhook(&acme, "CRM").await;
    (format!("/o/acme/webhooks/{webhook}"), app.sign_in("ada@example.com").await)
}

#[track_caller]
fn is_page(page: &Page, words: &str) {
    assert!(page.header("content-type").starts_with("text/html"), "{}: {}", page.header("content-type"), page.body);
    page.shows("<!DOCTYPE html>").shows("Go to the start page").shows(words);
}

both_databases! {
    async fn a_form_without_what_it_must_have_says_what_is_missing(app) {
        let (webhook, ada) = admin(app).await;
        for (path, words) in [
            (format!("{webhook}/delete"), "“name” is missing in this form"),
            (format!("{webhook}/active"), "“active” is missing in this form"),
            (format!("{webhook}/test"), "“event_type” is missing in this form"),
            ("/theme".into(), "“theme” is missing in this form"),
        ] {
            is_page(&ada.post(&path, &[]).await.expect(422), words);
        }
        let twice = ada.post(&format!("{webhook}/delete"), &[("name", "CRM"), ("name", "CRM")]).await.expect(422);
        is_page(&twice, "“name” is given twice in this form");
        ada.get(&webhook).await.expect(200);
    }

    async fn an_address_with_a_filter_twice_says_so(app) {
        let (webhook, ada) = admin(app).await;
        for (path, name) in [
            ("/o/acme/webhooks?state=failing&state=healthy".into(), "state"),
            ("/sign-in?next=%2F&next=%2F".into(), "next"),
            ("/o/acme/audit?kind=x&kind=y".into(), "kind"),
            (format!("{webhook}/test?event_type=a.b&event_type=c.d"), "event_type"),
        ] {
            is_page(&ada.get(&path).await.expect(422), &format!("“{name}” is given twice in this address"));
        }
    }

    async fn a_form_of_more_than_2_mb_is_told_so(app) {
        let (webhook, ada) = admin(app).await;
        let large = "x".repeat(2 * 1024 * 1024);
        for path in [format!("{webhook}/test"), format!("{webhook}/edit"), "/o/acme/views".into(), "/o/acme/recover".into()] {
            is_page(&ada.post(&path, &[("data", &large)]).await.expect(413), "2 MB at most");
        }
        let fields = [("slug", "acme"), ("id", "x"), ("event_type", "a.b"), ("data", &large)];
        let called = ada.post("/api/webhooks/test", &fields).await.expect(413);
        assert_eq!(called.json()["TooLarge"], switchhook::model::error::FORM_TOO_LARGE);
    }

    async fn what_is_no_form_or_no_text_is_told_so(app) {
        let (webhook, ada) = admin(app).await;
        let sent = |kind: &str| request("POST", &format!("{}{webhook}/delete", app.base)).header("origin", &app.base)
            .header("content-type", kind);
        let json = ada.carry(sent("application/json").body("{}")).await.expect(422);
        is_page(&json, "This was not sent as a form.");
        for path in ["/o/acme/webhooks/%FF", "/o/%FF/webhooks", "/reset/%FF", "/invitations/%FF"] {
            is_page(&ada.get(path).await.expect(404), "There is nothing here");
        }
    }

    async fn an_address_that_only_takes_forms_says_so_when_it_is_opened(app) {
        let (webhook, ada) = admin(app).await;
        for path in ["/sign-out".into(), "/o/acme/settings/retention".into(), format!("{webhook}/active")] {
            let page = ada.get(&path).await.expect(405);
            is_page(&page, "This address only takes what a form sends.");
            assert!(page.header("allow").contains("POST"), "{path}");
        }
    }

    async fn the_address_of_an_inbox_says_what_it_is_for_when_it_is_opened(app) {
        let acme = app.organization("acme").await;
        let made = switchhook::server::domain::inbox::create(&app.env, &app.permit(&acme)).await.unwrap();
        let there = app.browser().get(&made.url).await.expect(405);
        is_page(&there, "This is where a test inbox receives webhooks, by POST");
        assert_eq!(there.header("allow"), "POST");
        // Who guesses learns nothing.
        assert_eq!(app.browser().get("/inbox/made-up").await.expect(405).body, there.body);
        app.browser().post(&made.url, &[("a", "b")]).await.expect(200);
    }
}
