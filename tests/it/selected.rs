//! Deliveries that are selected in the log are sent again together, after a page that counts them.

use crate::support::{TestApp, browser::Browser, log::Sent};
use switchhook::{
    model::{
        delivery::DeliveryStatus,
        id::*,
        organization::{Organization, Role},
    },
    server::domain::webhooks,
};

async fn signed_in(app: &TestApp, organization: &Organization, role: Role) -> Browser {
    let email = format!("{}@acme.test", role.as_str());
    app.person(organization, &email, role).await;
    app.sign_in(&email).await
}

async fn failed(app: &TestApp, organization: &Organization, webhook: WebhookId) -> DeliveryId {
    let sent = Sent { status: DeliveryStatus::Failed, code: Some(503), ..Default::default() };
    app.sent(organization, webhook, sent).await
}

fn asked(ids: &[DeliveryId]) -> String {
    let ids: String = ids.iter().map(|id| format!("&delivery={id}")).collect();
    format!("/o/acme/deliveries/selected?status=failed{ids}")
}

both_databases! {
    async fn the_selection_is_counted_and_sent_and_leads_back_to_its_list(app) {
        let acme = app.organization("acme").await;
        let (billing, crm) = (app.webhook(&acme, "Billing").await, app.webhook(&acme, "CRM").await);
        let ids = [failed(app, &acme, billing).await, failed(app, &acme, billing).await, failed(app, &acme, crm).await];
        let mia = signed_in(app, &acme, Role::Member).await;
        let list = mia.get("/o/acme/deliveries?status=failed").await.expect(200);
        list.shows(&format!("name=\"delivery\" value=\"{}\"", ids[0])).shows("Retry selected …");
        let page = mia.get(&asked(&ids)).await.expect(200);
        page.shows("3 deliveries will be sent again").shows("<bdi>Billing</bdi>: 2 deliveries").shows("<bdi>CRM</bdi>: 1 delivery");
        page.shows("Oldest").shows("Newest").shows("Send 3 deliveries again");
        assert_eq!(app.count("deliveries where status = 0").await, 0, "looking sends nothing");

        let texts = ids.map(|id| id.to_string());
        let fields: Vec<_> = [("status", "failed")].into_iter().chain(texts.iter().map(|id| ("delivery", id.as_str()))).collect();
        let answer = mia.post("/o/acme/deliveries/selected", &fields).await.expect(303);
        assert_eq!(answer.location(), "/o/acme/deliveries?status=failed");
        mia.get(answer.location()).await.expect(200).shows("3 deliveries are sent again.");
        assert_eq!(app.count("deliveries where status = 0").await, 3);
        assert_eq!(app.count("audit_log where action = 'delivery.retried'").await, 3);
        let again = mia.submit("/o/acme/deliveries/selected", &fields).await;
        again.shows("Nothing was sent again");
        assert_eq!(app.count("audit_log where action = 'delivery.retried'").await, 3);
    }

    async fn what_cannot_be_sent_again_is_told_with_the_reason(app) {
        let (acme, other) = (app.organization("acme").await, app.organization("other").await);
        let (on, off, gone) = (app.webhook(&acme, "On").await, app.webhook(&acme, "Off").await, app.webhook(&acme, "Gone").await);
        let theirs = app.webhook(&other, "Theirs").await;
        let mut ids = Vec::new();
        for webhook in [on, on, off, gone] {
            ids.push(failed(app, &acme, webhook).await);
        }
        ids.push(failed(app, &other, theirs).await);
        webhooks::set_active(&app.env, &app.permit(&acme), off, false).await.unwrap();
        webhooks::delete(&app.env, &app.permit(&acme), gone).await.unwrap();
        let mia = signed_in(app, &acme, Role::Member).await;
        mia.post(&format!("/o/acme/deliveries/{}/retry", ids[1]), &[]).await.expect(303);
        let page = mia.get(&asked(&ids)).await.expect(200);
        page.shows("1 delivery will be sent again").shows("Left out: 3 deliveries").shows("Not in the log any more: 1.");
        page.shows("An attempt is already under way or planned.").shows("Its webhook is switched off").shows("Its webhook has been deleted");
        let none = mia.get(&asked(&ids[1..2])).await.expect(200);
        none.shows("None of the selected deliveries can be sent again");
        mia.get(&asked(&[])).await.expect(200).shows("Nothing is selected");
    }

    async fn who_may_not_retry_sees_the_button_switched_off(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let id = failed(app, &acme, webhook).await;
        let vic = signed_in(app, &acme, Role::Viewer).await;
        vic.get("/o/acme/deliveries").await.expect(200).shows("Retry selected …<span");
        vic.get(&asked(&[id])).await.expect(403);
        vic.post("/o/acme/deliveries/selected", &[("delivery", &id.to_string())]).await.expect(403);
        assert_eq!(app.count("deliveries where status = 0").await, 0);
    }
}
