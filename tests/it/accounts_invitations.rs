//! Invitations: for one address, once, for seven days; they promote nobody.

use crate::support::{TestApp, app::PASSWORD};
use std::time::Duration;
use switchhook::model::organization::Role;

const BOB: &str = "bob@example.com";

/// Invites Bob and answers the path of the link that was mailed.
async fn invite(app: &TestApp, by: &str, role: &str) -> String {
    let admin = app.sign_in(by).await;
    admin.post("/o/acme/members", &[("email", BOB), ("role", role)]).await.expect(303);
    app.mails.link_to(BOB, &app.base).await
}

both_databases! {
    async fn a_newcomer_accepts_with_a_new_account_for_the_invited_address(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Admin).await;
        let link = invite(app, "ada@example.com", "member").await;
        let bob = app.browser();
        bob.get(&link).await.expect(200).shows("Join The acme company").shows("value=\"bob@example.com\"");
        let fields = [("email", "eve@example.com"), ("name", "Bob"), ("password", PASSWORD)];
        bob.submit(&link, &fields).await;
        bob.get("/o/acme/members").await.expect(200).shows(BOB);
        app.browser().post("/sign-in", &[("email", "eve@example.com"), ("password", PASSWORD)]).await.expect(422);
        app.sign_in(BOB).await;
    }

    async fn the_link_is_shown_once_for_copying(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Admin).await;
        let admin = app.sign_in("ada@example.com").await;
        let page = admin.submit("/o/acme/members", &[("email", BOB), ("role", "viewer")]).await.expect(200);
        let link = app.mails.link_to(BOB, &app.base).await;
        page.shows(&link).shows("bob@example.com is invited.");
        let again = admin.get("/o/acme/members").await.expect(200);
        assert!(!again.body.contains(&link));
    }

    async fn somebody_else_cannot_use_it(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "ada@example.com", Role::Admin).await;
        app.person(&app.organization("other").await, "eve@example.com", Role::Owner).await;
        let link = invite(app, "ada@example.com", "admin").await;
        let eve = app.sign_in("eve@example.com").await;
        eve.get(&link).await.expect(200).shows("you are signed in as eve@example.com");
        eve.post(&link, &[]).await.expect(403).shows("This invitation is for bob@example.com");
        eve.get("/o/acme/members").await.expect(404);
    }

    async fn it_works_once(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Admin).await;
        let link = invite(app, "ada@example.com", "member").await;
        app.browser().post(&link, &[("name", "Bob"), ("password", PASSWORD)]).await.expect(303);
        app.browser().get(&link).await.expect(409).shows("Ask for a new one");
        app.sign_in(BOB).await.post(&link, &[]).await.expect(409);
    }

    async fn it_ends_after_seven_days(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Admin).await;
        let link = invite(app, "ada@example.com", "member").await;
        app.advance(Duration::from_secs(7 * 24 * 3_600));
        app.browser().post(&link, &[("name", "Bob"), ("password", PASSWORD)]).await.expect(409);
    }

    async fn a_new_link_ends_the_old_one_and_a_withdrawn_one_is_dead(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Admin).await;
        let admin = app.sign_in("ada@example.com").await;
        let old = invite(app, "ada@example.com", "member").await;
        let id = invitation_id(&admin.get("/o/acme/members").await.body);
        admin.post(&format!("/o/acme/invitations/{id}/resend"), &[]).await.expect(303);
        let new = app.mails.link_to(BOB, &app.base).await;
        app.browser().get(&old).await.expect(409);
        app.browser().get(&new).await.expect(200);
        let id = invitation_id(&admin.get("/o/acme/members").await.body);
        admin.post(&format!("/o/acme/invitations/{id}/withdraw"), &[]).await.expect(303);
        app.browser().get(&new).await.expect(409);
    }

    async fn an_admin_cannot_invite_an_owner_and_so_promote_themselves(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Admin).await;
        let admin = app.sign_in("ada@example.com").await;
        let page = admin.post("/o/acme/members", &[("email", BOB), ("role", "owner")]).await.expect(422);
        page.shows("Only an owner can invite an owner.");
        assert!(app.mails.all().is_empty());
    }

    async fn who_is_a_member_already_is_not_promoted_by_an_invitation(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "ada@example.com", Role::Admin).await;
        let link = invite(app, "ada@example.com", "admin").await;
        app.person(&organization, BOB, Role::Viewer).await;
        let bob = app.sign_in(BOB).await;
        bob.post(&link, &[]).await.expect(303);
        bob.post("/o/acme/members", &[("email", "eve@example.com"), ("role", "viewer")]).await.expect(403);
    }

    async fn who_has_an_account_signs_in_and_is_led_back_to_accept(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Admin).await;
        app.person(&app.organization("other").await, BOB, Role::Owner).await;
        let link = invite(app, "ada@example.com", "viewer").await;
        let bob = app.browser();
        bob.get(&link).await.expect(200).shows("/sign-in?next=%2Finvitations%2F");
        let fields = [("email", BOB), ("password", PASSWORD), ("next", link.as_str())];
        bob.submit("/sign-in", &fields).await.shows("Accept</button>");
        bob.post(&link, &[]).await.expect(303);
        bob.get("/o/acme/members").await.expect(200);
        bob.get("/o/other/members").await.expect(200).shows("/o/acme/members");
    }
}

fn invitation_id(html: &str) -> String {
    let rest = html.split("/invitations/inv_").nth(1).expect("an invitation is listed");
    format!("inv_{}", rest.split('/').next().unwrap_or_default())
}
