//! Signing up.

use crate::support::app::PASSWORD;
use switchhook::{model::organization::Role, on_db};

const FORM: [(&str, &str); 4] = [
    ("organization", "ACME (EMEA)"),
    ("name", "Ada Lovelace"),
    ("email", "ada@example.com"),
    ("password", "correct horse battery"),
];

both_databases! {
    async fn the_first_person_becomes_owner_of_the_organization_they_name(app) {
        let browser = app.browser();
        assert_eq!(browser.get("/").await.expect(303).location(), "/sign-up");
        browser.get("/sign-up").await.expect(200).shows("You are the first here");
        browser.post("/sign-up", &FORM).await.expect(303);
        assert_eq!(browser.get("/").await.expect(303).location(), "/o/acme-emea/webhooks");
        let page = browser.get("/o/acme-emea/members").await.expect(200);
        page.shows("Ada Lovelace").shows("ACME (EMEA)");
        let role: String = on_db!(&app.env.db, read pool =>
            sqlx::query_scalar("select role from memberships").fetch_one(pool).await).expect("a membership");
        assert_eq!(role, "owner");
    }

    async fn afterwards_nobody_signs_up_without_an_invitation(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Owner).await;
        app.browser().get("/sign-up").await.expect(403).shows("by invitation");
        let form = FORM.map(|(name, value)| if name == "email" { (name, "eve@example.com") } else { (name, value) });
        app.browser().post("/sign-up", &form).await.expect(403);
        let people = app.count("users").await;
        assert_eq!(people, 1);
    }

    async fn of_two_who_come_first_at_the_same_time_one_is_the_owner(app) {
        let forms = ["ada@example.com", "eve@example.com"];
        let (one, two) = (app.browser(), app.browser());
        let form = |email| FORM.map(|(name, value)| if name == "email" { (name, email) } else { (name, value) });
        let (first, second) = (form(forms[0]), form(forms[1]));
        let (a, b) = tokio::join!(one.post("/sign-up", &first), two.post("/sign-up", &second));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 403]);
    }

    async fn a_mistake_keeps_what_was_typed_and_names_each_field(app) {
        let form = [("organization", "ACME"), ("name", ""), ("email", "ada"), ("password", "short")];
        let page = app.browser().post("/sign-up", &form).await.expect(422);
        page.shows("value=\"ACME\"").shows("value=\"ada\"").shows("Give a name.");
        page.shows("Give an address like").shows("at least 8 characters").shows("aria-describedby=\"name-error\"");
        assert!(!page.body.contains("value=\"short\""));
    }

    async fn an_address_is_one_account_however_it_is_written(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "ada@example.com", Role::Owner).await;
        let new = switchhook::server::domain::people::NewPerson {
            email: "ADA@example.com".into(), name: "Ada".into(), password: PASSWORD.into(),
        };
        let again = switchhook::server::domain::people::create_as_operator(&app.env, &new, None).await;
        assert!(again.is_err_and(|error| error.to_string().contains("already an account")));
    }
}
