//! The first three steps: where the receiver is the person's own, they say themselves that it checks signatures.

use crate::support::{Receiver, TestApp, browser::Browser};
use serde_json::json;
use switchhook::{
    model::organization::{Organization, Role},
    on_db,
};

const STEPS: &str = "Get your first event delivered";

/// An organization with a webhook at a receiver of its own; answers the webhook's address under `/o/acme`.
async fn own_receiver(app: &TestApp, receiver: &Receiver) -> (Organization, String) {
    let acme = app.organization("acme").await;
    let program = app.program_of(&acme).await;
    let made = program.post("/v1/webhooks", json!({ "url": receiver.url("/") })).await.expect(201).json();
    (acme, format!("/o/acme/webhooks/{}", made["id"].as_str().unwrap()))
}

async fn somebody(app: &TestApp, organization: &Organization, email: &str, role: Role) -> Browser {
    app.person(organization, email, role).await;
    app.sign_in(email).await
}

both_databases! {
    async fn who_has_a_receiver_of_their_own_says_that_it_checks_and_the_steps_come_to_their_end(app) {
        let receiver = Receiver::start().await;
        let (acme, webhook) = own_receiver(app, &receiver).await;
        let ada = somebody(app, &acme, "ada@acme.test", Role::Admin).await;
        let page = ada.get("/o/acme/webhooks").await.expect(200);
        page.shows("1 of 3 done").shows(&format!("href=\"{webhook}/verify\"")).shows("I have checked it");

        let checked = format!("{webhook}/signature-checked");
        let page = ada.submit(&checked, &[]).await.expect(200);
        page.shows("2 of 3 done").shows("your receiver checks signatures");
        assert!(!page.body.contains("I have checked it"));
        // A second click, as from a page that was open elsewhere, changes and tells nothing more.
        ada.post(&checked, &[]).await.expect(303);
        assert_eq!(app.count("audit_log where action = 'webhook.signature_checked'").await, 1);
        ada.get("/o/acme/audit?kind=webhook").await.expect(200).shows("said that signatures are checked by the receiver of");

        let test = [("event_type", "call.completed"), ("data", "{}")];
        ada.submit(&format!("{webhook}/test"), &test).await.shows("Result of the test");
        assert!(!ada.get("/o/acme/webhooks").await.expect(200).body.contains(STEPS), "all three are done");
    }

    async fn a_step_that_was_done_stays_done_when_the_log_has_forgotten_it(app) {
        let receiver = Receiver::start().await;
        let (acme, webhook) = own_receiver(app, &receiver).await;
        let ada = somebody(app, &acme, "ada@acme.test", Role::Admin).await;
        let test = [("event_type", "call.completed"), ("data", "{}")];
        ada.submit(&format!("{webhook}/test"), &test).await.shows("Result of the test");
        ada.get("/o/acme/webhooks").await.expect(200).shows("2 of 3 done");
        for table in ["attempts", "deliveries"] {
            let forget = sqlx::AssertSqlSafe(format!("delete from {table}"));
            on_db!(&app.env.db, write pool => sqlx::query(forget).execute(pool).await.map(drop)).unwrap();
        }
        ada.get("/o/acme/webhooks").await.expect(200).shows("2 of 3 done");
    }

    async fn only_who_may_change_webhooks_says_it_and_only_for_their_own(app) {
        let receiver = Receiver::start().await;
        let (acme, webhook) = own_receiver(app, &receiver).await;
        let member = somebody(app, &acme, "grace@acme.test", Role::Member).await;
        let checked = format!("{webhook}/signature-checked");
        member.get("/o/acme/webhooks").await.expect(200).shows("not available: Only the role admin or above can");
        member.post(&checked, &[]).await.expect(403);

        let other = app.organization("other").await;
        let eve = somebody(app, &other, "eve@other.test", Role::Owner).await;
        eve.post(&checked, &[]).await.expect(404);
        eve.post(&checked.replace("/acme/", "/other/"), &[]).await.expect(404);
        member.get("/o/acme/webhooks").await.expect(200).shows("1 of 3 done");
        eve.get("/o/other/webhooks").await.expect(200).shows("0 of 3 done");
    }
}
