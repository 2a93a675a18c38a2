//! Signing in by password, and what guessing costs.

use crate::support::app::PASSWORD;
use std::time::Duration;
use switchhook::model::organization::Role;

both_databases! {
    async fn every_page_says_that_webhooks_may_reach_private_addresses_where_they_may(app) {
        let banner = "Webhooks may reach private addresses on this installation.";
        app.person(&app.organization("acme").await, "ada@example.com", Role::Owner).await;
        for (path, status) in [("/sign-in", 200), ("/sign-up", 403), ("/forgot", 200), ("/forgot/sent", 200), ("/docs", 200), ("/nowhere", 404)] {
            let page = app.browser().get(path).await.expect(status);
            assert_eq!(page.body.matches(banner).count(), 1, "{path}");
            page.shows("href=\"#main\"").shows("id=\"main\"");
        }
        let ada = app.sign_in("ada@example.com").await;
        for path in ["/organizations/new", "/account", "/o/acme/webhooks"] {
            let page = ada.get(path).await.expect(200);
            assert_eq!(page.body.matches(banner).count(), 1, "{path}");
        }
    }

    async fn a_person_signs_in_and_lands_on_the_page_first_asked_for(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "ada@example.com", Role::Viewer).await;
        let browser = app.browser();
        let asked = browser.get("/o/acme/members?x=1").await.expect(303);
        assert_eq!(asked.location(), "/sign-in?next=%2Fo%2Facme%2Fmembers%3Fx%3D1");
        browser.get(asked.location()).await.expect(200).shows("value=\"/o/acme/members?x=1\"");
        let fields = [("email", "Ada@Example.com "), ("password", PASSWORD), ("next", "/o/acme/members?x=1")];
        let inside = browser.submit("/sign-in", &fields).await.expect(200);
        inside.shows("<h1>Members</h1>");
    }

    async fn the_sign_in_page_has_its_labels_and_fills_from_a_password_manager(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let page = app.browser().get("/sign-in").await.expect(200);
        page.shows("<label for=\"email\">Email</label>").shows("<label for=\"password\">Password</label>");
        page.shows("autocomplete=\"username\"").shows("autocomplete=\"current-password\"").shows("Sign in</button>");
    }

    async fn the_titles_text_has_no_marker_in_it(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let page = app.browser().get("/sign-in").await.expect(200);
        assert!(page.body.contains("<title>Sign in · Switchhook</title>"), "{}", page.body);
    }

    async fn a_next_page_elsewhere_is_not_followed(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        for next in ["https://evil.test/", "//evil.test", "/\\evil.test"] {
            let fields = [("email", "ada@example.com"), ("password", PASSWORD), ("next", next)];
            assert_eq!(app.browser().post("/sign-in", &fields).await.expect(303).location(), "/");
        }
    }

    async fn a_wrong_password_and_an_unknown_address_get_the_same_answer(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let wrong = [("email", "ada@example.com"), ("password", "not her password")];
        let unknown = [("email", "bob@example.com"), ("password", "not her password")];
        let wrong = app.browser().post("/sign-in", &wrong).await.expect(422);
        let unknown = app.browser().post("/sign-in", &unknown).await.expect(422);
        wrong.shows("Email or password is not right").shows("value=\"ada@example.com\"");
        assert_eq!(wrong.body.replace("ada@", "bob@"), unknown.body);
        assert!(!wrong.body.contains("not her password"), "the password is not sent back");
    }

    async fn guessing_is_slowed_down_and_the_right_password_works_once_the_wait_is_over(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "ada@example.com", Role::Viewer).await;
        app.person(&organization, "bob@example.com", Role::Viewer).await;
        let guess = [("email", "ada@example.com"), ("password", "a wrong guess")];
        for _ in 0..5 {
            app.browser().post("/sign-in", &guess).await.expect(422);
        }
        let right = [("email", "ada@example.com"), ("password", PASSWORD)];
        let slowed = app.browser().post("/sign-in", &right).await.expect(429);
        let wait: u64 = slowed.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        app.sign_in("bob@example.com").await;
        app.advance(Duration::from_secs(wait));
        app.browser().post("/sign-in", &right).await.expect(303);
    }

    async fn an_unknown_address_is_slowed_down_like_a_known_one(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let mut answers = Vec::new();
        for email in ["ada@example.com", "nobody@example.com"] {
            let mut statuses = Vec::new();
            for _ in 0..7 {
                let page = app.browser().post("/sign-in", &[("email", email), ("password", "a wrong guess")]).await;
                statuses.push((page.status, page.header("retry-after").to_string()));
            }
            answers.push(statuses);
        }
        assert_eq!(answers[0], answers[1]);
    }

    async fn a_form_that_anybody_may_send_is_read_up_to_16_kb(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        // A body is `email=` and the rest.
        let most = "x".repeat(16 * 1024 - "email=".len());
        app.browser().post("/sign-in", &[("email", &most)]).await.expect(422).shows("Email or password is not right");
        for path in ["/sign-in", "/sign-up", "/forgot", "/reset/t0ken", "/invitations/t0ken", "/theme"] {
            for more in [1, 1_000_000] {
                let longer = format!("{most}{}", "x".repeat(more));
                let page = app.browser().post(path, &[("email", &longer)]).await.expect(413);
                page.shows("<h1>Too large</h1>").shows("16 kB at most");
            }
        }
    }
}
