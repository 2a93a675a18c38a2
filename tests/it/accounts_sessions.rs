//! Sessions: made at sign-in, ended by sign-out, by time, and by a new password.

use crate::support::app::PASSWORD;
use std::time::Duration;
use switchhook::model::organization::Role;

const HOUR: Duration = Duration::from_secs(3_600);

both_databases! {
    async fn the_cookie_is_for_this_site_and_not_for_scripts(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
        let cookie = app.browser().post("/sign-in", &fields).await.expect(303).header("set-cookie").to_string();
        for part in ["switchhook=", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{part} is missing in {cookie}");
        }
    }

    async fn a_session_id_from_before_sign_in_is_worth_nothing_afterwards(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let browser = app.browser();
        let planted = "AAAAAAAAAAAAAAAAAAAAAA".to_string();
        browser.cookies().insert("switchhook".into(), planted.clone());
        browser.post("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD)]).await.expect(303);
        let given = browser.cookies().get("switchhook").cloned().unwrap_or_default();
        assert_ne!(given, planted);
        let thief = app.browser();
        thief.cookies().insert("switchhook".into(), planted);
        thief.get("/account").await.expect(303);
        browser.get("/account").await.expect(200);
    }

    async fn signing_in_again_gives_another_id_and_ends_the_old_one(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let browser = app.sign_in("ada@example.com").await;
        let old = browser.cookies().get("switchhook").cloned().unwrap_or_default();
        browser.post("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD)]).await.expect(303);
        assert_ne!(browser.cookies().get("switchhook"), Some(&old));
        let thief = app.browser();
        thief.cookies().insert("switchhook".into(), old);
        thief.get("/account").await.expect(303);
    }

    async fn signing_out_ends_the_session_on_the_server_and_clears_the_browser(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let browser = app.sign_in("ada@example.com").await;
        let page = browser.get("/account").await.expect(200);
        assert_eq!(page.header("cache-control"), "no-store");
        let id = browser.cookies().get("switchhook").cloned().unwrap_or_default();
        let out = browser.post("/sign-out", &[]).await.expect(303);
        assert!(out.header("clear-site-data").contains("cache"));
        let again = app.browser();
        again.cookies().insert("switchhook".into(), id);
        again.get("/account").await.expect(303);
    }

    async fn signing_out_everywhere_ends_every_session_of_the_person_and_nobody_elses(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "ada@example.com", Role::Viewer).await;
        app.person(&organization, "bob@example.com", Role::Viewer).await;
        let (one, two) = (app.sign_in("ada@example.com").await, app.sign_in("ada@example.com").await);
        let other = app.sign_in("bob@example.com").await;
        one.post("/account/sessions/end-all", &[]).await.expect(303);
        one.get("/account").await.expect(303);
        two.get("/account").await.expect(303);
        other.get("/account").await.expect(200);
    }

    async fn own_sessions_are_listed_and_ended_one_by_one_and_another_persons_cannot_be(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "ada@example.com", Role::Viewer).await;
        app.person(&organization, "bob@example.com", Role::Viewer).await;
        let (here, there) = (app.sign_in("ada@example.com").await, app.sign_in("ada@example.com").await);
        let bob = app.sign_in("bob@example.com").await;
        let page = there.get("/account").await.expect(200);
        let ids = session_ids(&page.body);
        assert_eq!(ids.len(), 2, "{ids:?}");
        for id in &ids {
            bob.post("/account/sessions/end", &[("session", id)]).await.expect(303);
        }
        here.get("/account").await.expect(200);
        // The list is by last use: with a clock that stands still either may be first, so end the one that is not this.
        let this = page.body.find("This one").expect("this one is marked");
        let id_at = |id: &String| page.body.find(id.as_str()).unwrap_or_default();
        let marked = ids.iter().filter(|id| id_at(id) > this).min_by_key(|id| id_at(id)).expect("an id follows the mark");
        let other = ids.iter().find(|id| *id != marked).expect("another id");
        there.post("/account/sessions/end", &[("session", other)]).await.expect(303);
        here.get("/account").await.expect(303);
        there.get("/account").await.expect(200);
    }

    async fn a_session_ends_a_day_after_it_was_last_used(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let browser = app.sign_in("ada@example.com").await;
        app.advance(23 * HOUR);
        browser.get("/account").await.expect(200);
        app.advance(25 * HOUR);
        browser.get("/account").await.expect(303);
    }

    async fn a_session_ends_a_week_after_sign_in_however_busy_it_is(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let browser = app.sign_in("ada@example.com").await;
        for _ in 0..8 {
            app.advance(20 * HOUR);
            // A write within the session, so that “last seen” is sure to be stored.
            browser.post("/account/name", &[("name", "Ada")]).await.expect(303);
        }
        app.advance(9 * HOUR);
        browser.get("/account").await.expect(303);
    }

    async fn a_new_password_ends_the_other_sessions_and_needs_the_current_one(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let (here, there) = (app.sign_in("ada@example.com").await, app.sign_in("ada@example.com").await);
        let wrong = [("current_password", "not it, surely"), ("new_password", "a brand new one")];
        here.post("/account/password", &wrong).await.expect(422).shows("This is not your current password.");
        let weak = [("current_password", PASSWORD), ("new_password", "password1")];
        here.post("/account/password", &weak).await.expect(422).shows("Choose another.");
        there.get("/account").await.expect(200);
        let right = [("current_password", PASSWORD), ("new_password", "a brand new one")];
        here.submit("/account/password", &right).await.expect(200).shows("Your password is changed.");
        there.get("/account").await.expect(303);
        here.get("/account").await.expect(200);
        app.browser().post("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD)]).await.expect(422);
        let fields = [("email", "ada@example.com"), ("password", "a brand new one")];
        app.browser().post("/sign-in", &fields).await.expect(303);
    }

    async fn the_database_holds_no_session_id_and_no_password(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let browser = app.sign_in("ada@example.com").await;
        let id = browser.cookies().get("switchhook").cloned().unwrap_or_default();
        let data: Vec<(Vec<u8>, String)> = switchhook::on_db!(&app.env.db, read pool =>
            sqlx::query_as("select id_hash, data from sessions").fetch_all(pool).await).expect("rows");
        assert_eq!(data.len(), 1);
        assert!(!data[0].1.contains(&id) && !String::from_utf8_lossy(&data[0].0).contains(&id));
        let hash: String = switchhook::on_db!(&app.env.db, read pool =>
            sqlx::query_scalar("select password_hash from users").fetch_one(pool).await).expect("a row");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }
}

/// Ids of the sessions that a page lists.
fn session_ids(html: &str) -> Vec<String> {
    let buttons = html.split("name=\"session\" value=\"").skip(1);
    buttons.filter_map(|rest| rest.split('"').next()).map(str::to_string).collect()
}
