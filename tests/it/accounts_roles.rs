//! Who may do what: each role against each action, and what happens to open pages when a role changes.

use crate::support::{TestApp, app::PASSWORD, browser::Page};
use switchhook::{
    model::{id::UserId, organization::Role},
    server::access::*,
    server::store,
};

async fn id_of(app: &TestApp, email: &str) -> UserId {
    store::users::by_email(&app.env.db, email).await.expect("the query runs").expect("the person is there").id
}

fn said_no(page: &Page) -> bool {
    page.status == 403
}

/// Where a form is posted to, its fields, and the least role that may.
type Action<'a> = (&'a str, &'a [(&'a str, &'a str)], Role);

both_databases! {
    async fn each_role_may_do_what_its_row_of_the_table_says(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "owner@example.com", Role::Owner).await;
        app.person(&organization, "target@example.com", Role::Viewer).await;
        let target = id_of(app, "target@example.com").await;
        let change = format!("/o/acme/members/{target}/role");
        // Path, fields, least role.
        let actions: [Action; 5] = [
            ("/o/acme/members", &[("email", "new@example.com"), ("role", "viewer")], Role::Admin),
            (&change, &[("role", "viewer")], Role::Admin),
            (&change, &[("role", "owner")], Role::Owner),
            ("/o/acme/api-keys", &[("name", "k"), ("scopes", "logs:read"), ("expires", "30")], Role::Admin),
            ("/o/acme/settings", &[("name", "Another name")], Role::Admin),
        ];
        for role in [Role::Viewer, Role::Member, Role::Admin, Role::Owner] {
            let email = format!("one-{}@example.com", role.as_str());
            app.person(&organization, &email, role).await;
            let browser = app.sign_in(&email).await;
            for page in ["members", "api-keys", "settings"] {
                browser.get(&format!("/o/acme/{page}")).await.expect(200);
            }
            for (path, fields, least) in actions {
                let answer = browser.post(path, fields).await;
                assert_eq!(said_no(&answer), role < least, "{role:?} {path} {fields:?}: {}", answer.status);
                assert!(role < least || answer.status == 303, "{role:?} {path}: {} {}", answer.status, answer.body);
            }
        }
    }

    async fn viewers_see_controls_that_say_why_they_are_disabled(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let browser = app.sign_in("ada@example.com").await;
        browser.get("/o/acme/members").await.shows("aria-disabled=\"true\"").shows("Only the role admin or above can");
        browser.get("/o/acme/settings").await.shows("aria-disabled=\"true\"").shows("Only the role admin or above can");
        browser.get("/o/acme/api-keys").await.shows("You do not see the keys.");
    }

    async fn another_organizations_pages_and_objects_are_not_found(app) {
        let (acme, other) = (app.organization("acme").await, app.organization("other").await);
        app.person(&acme, "ada@example.com", Role::Owner).await;
        app.person(&other, "eve@example.com", Role::Owner).await;
        let ada = app.sign_in("ada@example.com").await;
        let eve = id_of(app, "eve@example.com").await;
        app.key(&other, &[switchhook::model::organization::Scope::LogsRead]).await;
        let permit = app.permit::<ManageKeys>(&other);
        let key = switchhook::server::domain::api_keys::list(&app.env, &permit).await.expect("keys")[0].id;
        for page in ["members", "api-keys", "settings", "nothing"] {
            ada.get(&format!("/o/other/{page}")).await.expect(404);
        }
        for path in [
            format!("/o/acme/members/{eve}/role"),
            format!("/o/acme/members/{eve}/remove"),
            format!("/o/acme/api-keys/{key}/revoke"),
            format!("/o/other/members/{eve}/remove"),
        ] {
            ada.post(&path, &[("role", "viewer")]).await.expect(404);
        }
        app.sign_in("eve@example.com").await.get("/o/other/members").await.expect(200);
    }

    async fn a_lowered_role_and_a_removed_member_act_at_the_next_request(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "owner@example.com", Role::Owner).await;
        app.person(&organization, "ada@example.com", Role::Admin).await;
        let (owner, ada) = (app.sign_in("owner@example.com").await, app.sign_in("ada@example.com").await);
        let id = id_of(app, "ada@example.com").await;
        ada.post("/o/acme/settings", &[("name", "Mine")]).await.expect(303);
        owner.post(&format!("/o/acme/members/{id}/role"), &[("role", "viewer")]).await.expect(303);
        ada.post("/o/acme/settings", &[("name", "Still mine")]).await.expect(403);
        owner.post(&format!("/o/acme/members/{id}/remove"), &[]).await.expect(303);
        ada.get("/o/acme/members").await.expect(404);
        ada.get("/").await.expect(200).shows("No organization yet");
    }

    async fn who_belongs_to_no_organization_still_changes_name_and_password_and_ends_sessions(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "owner@example.com", Role::Owner).await;
        app.person(&organization, "ada@example.com", Role::Viewer).await;
        let ada = app.sign_in("ada@example.com").await;
        ada.post("/o/acme/members/leave", &[]).await.expect(303);
        ada.get("/").await.expect(200).shows("No organization yet").shows("href=\"/account\"");
        let page = ada.get("/account").await.expect(200);
        page.shows("You belong to no organization").shows("Change password").shows("Sign out everywhere");
        ada.submit("/account/name", &[("name", "Ada B.")]).await.shows("Your name is changed.").shows("value=\"Ada B.\"");
        let wrong = [("current_password", "not mine"), ("new_password", "a few words in a row")];
        ada.post("/account/password", &wrong).await.expect(422).shows("current_password-error");
        let right = [("current_password", PASSWORD), ("new_password", "a few words in a row")];
        ada.submit("/account/password", &right).await.shows("Your password is changed.");
        ada.post("/account/sessions/end-all", &[]).await.expect(303);
        ada.get("/account").await.expect(303);
    }

    async fn the_last_owner_can_neither_leave_nor_be_lowered_or_removed(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "owner@example.com", Role::Owner).await;
        let owner = app.sign_in("owner@example.com").await;
        let id = id_of(app, "owner@example.com").await;
        owner.post("/o/acme/members/leave", &[]).await.expect(409).shows("This is the last owner.");
        owner.post(&format!("/o/acme/members/{id}/role"), &[("role", "admin")]).await.expect(409);
        owner.post(&format!("/o/acme/members/{id}/remove"), &[]).await.expect(409);
        app.person(&organization, "second@example.com", Role::Owner).await;
        owner.post("/o/acme/members/leave", &[]).await.expect(303);
    }

    async fn of_two_owners_who_leave_at_the_same_time_one_stays(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "one@example.com", Role::Owner).await;
        app.person(&organization, "two@example.com", Role::Owner).await;
        let (one, two) = (app.sign_in("one@example.com").await, app.sign_in("two@example.com").await);
        let path = "/o/acme/members/leave";
        let (a, b) = tokio::join!(one.post(path, &[]), two.post(path, &[]));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 409]);
        let owners = app.count("memberships where role = 'owner'").await;
        assert_eq!(owners, 1);
    }

    async fn an_admin_cannot_touch_an_owner(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "owner@example.com", Role::Owner).await;
        app.person(&organization, "second@example.com", Role::Owner).await;
        app.person(&organization, "ada@example.com", Role::Admin).await;
        let ada = app.sign_in("ada@example.com").await;
        let (owner, own) = (id_of(app, "owner@example.com").await, id_of(app, "ada@example.com").await);
        ada.post(&format!("/o/acme/members/{owner}/role"), &[("role", "viewer")]).await.expect(403);
        ada.post(&format!("/o/acme/members/{owner}/remove"), &[]).await.expect(403);
        ada.post(&format!("/o/acme/members/{own}/role"), &[("role", "owner")]).await.expect(403);
    }

    async fn an_owner_founds_a_further_organization_and_switches_between_them(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "owner@example.com", Role::Owner).await;
        app.person(&organization, "ada@example.com", Role::Admin).await;
        let owner = app.sign_in("owner@example.com").await;
        let taken = owner.post("/organizations/new", &[("name", "Acme"), ("slug", "acme")]).await.expect(422);
        taken.shows("is taken. Choose another.");
        let made = owner.post("/organizations/new", &[("name", "Second"), ("slug", "")]).await.expect(303);
        assert_eq!(made.location(), "/o/second/webhooks");
        owner.get("/o/second/members").await.expect(200).shows("href=\"/o/acme/members\"");
        assert_eq!(owner.get("/").await.location(), "/o/second/webhooks");
        app.sign_in("ada@example.com").await.get("/organizations/new").await.expect(403);
    }
}

/// The table that people read says what the code enforces.
#[test]
fn the_least_roles_are_those_that_the_members_page_tells() {
    assert_eq!(ReadWebhooks::ROLE, Some(Role::Viewer));
    assert_eq!(ReadLogs::ROLE, Some(Role::Viewer));
    assert_eq!(ReadMembers::ROLE, Some(Role::Viewer));
    assert_eq!(TestWebhooks::ROLE, Some(Role::Member));
    assert_eq!(RetryDeliveries::ROLE, Some(Role::Member));
    assert_eq!(WriteWebhooks::ROLE, Some(Role::Admin));
    assert_eq!(ManageMembers::ROLE, Some(Role::Admin));
    assert_eq!(ManageKeys::ROLE, Some(Role::Admin));
    assert_eq!(ManageOrganization::ROLE, Some(Role::Admin));
    assert_eq!(ManageOwners::ROLE, Some(Role::Owner));
}
