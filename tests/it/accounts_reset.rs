//! A forgotten password.

use crate::support::app::PASSWORD;
use std::time::Duration;
use switchhook::model::organization::Role;

both_databases! {
    async fn a_link_by_mail_sets_a_new_password_once_and_ends_all_sessions(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let before = app.sign_in("ada@example.com").await;
        app.browser().submit("/forgot", &[("email", "ada@example.com")]).await.shows("a link is on its way");
        let link = app.mails.link_to("ada@example.com", &app.base).await;
        app.browser().get(&link).await.expect(200).shows("New password");
        app.browser().post(&link, &[("password", "short")]).await.expect(422).shows("at least 8 characters");
        let set = app.browser().post(&link, &[("password", "a brand new one")]).await.expect(303);
        assert_eq!(set.location(), "/sign-in?done=password-set");
        before.get("/account").await.expect(303);
        app.browser().post("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD)]).await.expect(422);
        let fields = [("email", "ada@example.com"), ("password", "a brand new one")];
        app.browser().post("/sign-in", &fields).await.expect(303);
        app.browser().post(&link, &[("password", "yet another one")]).await.expect(409).shows("used before");
        app.browser().get(&link).await.expect(409);
    }

    async fn a_link_works_for_an_hour(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        app.browser().post("/forgot", &[("email", "ada@example.com")]).await.expect(303);
        let link = app.mails.link_to("ada@example.com", &app.base).await;
        app.advance(Duration::from_secs(3_600));
        app.browser().post(&link, &[("password", "a brand new one")]).await.expect(409);
    }

    async fn whether_there_is_an_account_cannot_be_told_from_the_answer(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let known = app.browser().post("/forgot", &[("email", "ada@example.com")]).await.expect(303);
        let unknown = app.browser().post("/forgot", &[("email", "nobody@example.com")]).await.expect(303);
        assert_eq!((known.location(), &known.body), (unknown.location(), &unknown.body));
        app.mails.to("ada@example.com").await;
        assert_eq!(app.mails.all().len(), 1);
    }

    async fn a_forged_host_does_not_get_into_the_link(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let request = crate::support::browser::request("POST", &format!("{}/forgot", app.base))
            .header("host", "evil.test")
            .header("origin", "http://evil.test")
            .header("content-type", "application/x-www-form-urlencoded")
            .body("email=ada%40example.com");
        app.browser().carry(request).await;
        let mail = app.mails.to("ada@example.com").await;
        assert!(mail.text.contains(&app.base) && !mail.text.contains("evil.test"), "{}", mail.text);
    }
}
