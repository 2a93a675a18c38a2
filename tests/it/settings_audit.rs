//! The page of the audit log: who may read it, what it says, and what people do to their own accounts.

use crate::support::{TestApp, app::PASSWORD, browser::Browser};
use switchhook::{
    model::organization::{Organization, Role},
    server::domain::webhooks::{self, NewWebhook, WebhookChange},
};

async fn owner(app: &TestApp) -> (Organization, Browser) {
    let acme = app.organization("acme").await;
    app.person(&acme, "ada@acme.test", Role::Owner).await;
    let browser = app.sign_in("ada@acme.test").await;
    (acme, browser)
}

/// How often an action stands on the page.
fn count(body: &str, action: &str) -> usize {
    body.replace("<!>", "").matches(&format!("<code>{action}</code>")).count()
}

both_databases! {
    async fn admins_read_who_changed_what_from_where_with_before_and_after(app) {
        let (acme, browser) = owner(app).await;
        let made = [("url", "https://example.com/in"), ("description", "CRM"), ("events_mode", "all"), ("active", "on"),
            ("header_name", "Authorization"), ("header_value", "Bearer hunter2"), ("header_saved", "")];
        browser.post("/o/acme/webhooks/new", &made).await.expect(303);
        let id = webhooks::list(&app.env, &app.permit(&acme)).await.unwrap()[0].id;
        let change = WebhookChange { description: Some("Billing".into()), ..Default::default() };
        webhooks::update(&app.env, &app.permit(&acme), id, change).await.unwrap();
        let page = browser.get("/o/acme/audit").await.expect(200);
        page.shows("ada@acme.test").shows("added the webhook").shows("from 127.0.0.1").shows("••••••••");
        page.shows("changed the webhook").shows("<code class=\"break\">Billing</code>").shows("Switchhook");
        assert!(!page.body.contains("hunter2"));
        for role in [Role::Member, Role::Viewer] {
            let email = format!("{}@acme.test", role.as_str());
            app.person(&acme, &email, role).await;
            let other = app.sign_in(&email).await;
            other.get("/o/acme/audit").await.expect(403);
            assert!(!other.get("/o/acme/webhooks").await.body.contains("/o/acme/audit"));
        }
        let elsewhere = app.organization("elsewhere").await;
        app.person(&elsewhere, "eve@else.test", Role::Owner).await;
        let eve = app.sign_in("eve@else.test").await;
        eve.get("/o/acme/audit").await.expect(404);
        assert!(!eve.get("/o/elsewhere/audit").await.expect(200).body.contains("ada@acme.test"));
    }

    async fn what_a_person_does_to_their_own_account_is_told_in_each_of_their_organizations(app) {
        let (_, browser) = owner(app).await;
        browser.post("/organizations/new", &[("name", "Second"), ("slug", "second")]).await.expect(303);
        browser.post("/account/name", &[("name", "Ada L.")]).await.expect(303);
        let other = app.sign_in("ada@acme.test").await;
        other.post("/sign-out", &[]).await.expect(303);
        let new = "another long phrase";
        browser.post("/account/password", &[("current_password", PASSWORD), ("new_password", new)]).await.expect(303);
        for slug in ["acme", "second"] {
            let page = browser.get(&format!("/o/{slug}/audit?kind=account")).await.expect(200);
            let told = ["account.renamed", "account.signed_out", "account.password_changed"].map(|a| count(&page.body, a));
            assert_eq!(told, [1, 1, 1], "{slug}");
            page.shows("<code class=\"break\">Ada L.</code>");
            assert!(!page.body.contains(new) && !page.body.contains(PASSWORD));
        }
        browser.post("/account/sessions/end-all", &[]).await.expect(303);
        let again = app.browser();
        again.post("/sign-in", &[("email", "ada@acme.test"), ("password", new)]).await.expect(303);
        let page = again.get("/o/acme/audit?kind=account").await.expect(200);
        assert_eq!(count(&page.body, "account.signed_out_everywhere"), 1);
        assert_eq!(count(&page.body, "account.signed_in"), 3);
        assert_eq!(count(&page.body, "webhook.created"), 0);
    }

    async fn the_log_is_filtered_by_person_and_kind_and_pages_shift_nothing(app) {
        let (acme, browser) = owner(app).await;
        for n in 0..52 {
            let new = NewWebhook { url: format!("https://example.com/{n}"), ..Default::default() };
            webhooks::create(&app.env, &app.permit(&acme), new).await.unwrap();
        }
        let first = browser.get("/o/acme/audit?by=switchhook&kind=webhook").await.expect(200);
        assert_eq!(count(&first.body, "webhook.created"), 50);
        let next = first.body.split("href=\"").find(|link| link.contains("cursor=")).expect("a link to older ones");
        let next = next.split('"').next().unwrap_or_default().replace("&amp;", "&");
        let new = NewWebhook { url: "https://example.com/later".into(), ..Default::default() };
        webhooks::create(&app.env, &app.permit(&acme), new).await.unwrap();
        let second = browser.get(&next).await.expect(200);
        assert_eq!(count(&second.body, "webhook.created"), 2);
        let people = browser.get("/o/acme/audit").await.expect(200);
        let ada = people.body.split("value=\"usr_").nth(1).and_then(|rest| rest.split('"').next()).expect("a choice");
        let hers = browser.get(&format!("/o/acme/audit?by=usr_{ada}")).await.expect(200);
        assert_eq!((count(&hers.body, "account.signed_in"), count(&hers.body, "webhook.created")), (1, 0));
        browser.get(&format!("/o/acme/audit?by=usr_{ada}&kind=webhook")).await.shows("No change matches");
        browser.get("/o/acme/audit?cursor=nonsense").await.expect(422);
    }
}
