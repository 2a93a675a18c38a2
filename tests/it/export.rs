//! The filtered deliveries as a file, and filters under a name.

use crate::support::{TestApp, browser::Browser, log::Sent};
use switchhook::model::{delivery::DeliveryStatus, organization::*};

async fn signed_in(app: &TestApp, organization: &Organization, role: Role) -> Browser {
    let email = format!("{}@acme.test", role.as_str());
    app.person(organization, &email, role).await;
    app.sign_in(&email).await
}

fn failed() -> Sent<'static> {
    Sent { status: DeliveryStatus::Failed, code: Some(503), event_type: "user.deleted", ..Default::default() }
}

both_databases! {
    async fn all_filters_of_the_page_apply_to_the_file(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let good = app.sent(&acme, webhook, Sent::default()).await.to_string();
        let bad = app.sent(&acme, webhook, failed()).await.to_string();
        let browser = signed_in(app, &acme, Role::Member).await;
        let list = browser.get("/o/acme/deliveries?status=failed").await.expect(200);
        list.shows("/o/acme/deliveries/export.csv?status=failed").shows("/o/acme/deliveries/export.jsonl?status=failed");
        let all = browser.get("/o/acme/deliveries/export.csv").await.expect(200);
        assert_eq!(all.header("content-type"), "text/csv; charset=utf-8; header=present");
        let name = all.header("content-disposition");
        assert!(name.starts_with("attachment; filename=\"acme-deliveries-2026-01-05T12") && name.ends_with("Z.csv\""), "{name}");
        let lines: Vec<&str> = all.body.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("id,event_id,event_type,webhook_id,url,status"));
        assert!(lines[1].starts_with(&bad) && lines[1].contains(",failed,false,503,status,1,10,120,2026-01-05T12:00"), "{}", lines[1]);
        assert!(lines[2].starts_with(&good));
        let some = browser.get("/o/acme/deliveries/export.jsonl?status=failed&response_code=5xx").await.expect(200);
        let line: serde_json::Value = serde_json::from_str(some.body.trim_end()).unwrap();
        assert_eq!((line["id"].as_str().unwrap(), line["response_code"].as_u64()), (bad.as_str(), Some(503)));
        assert_eq!(browser.get("/o/acme/deliveries/export.jsonl?status=skipped").await.expect(200).body, "");
        let wrong = browser.get("/o/acme/deliveries/export.csv?status=lost").await.expect(303);
        assert_eq!(wrong.location(), "/o/acme/deliveries?status=lost");
    }

    async fn a_file_of_many_pages_has_every_row_once(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let change = switchhook::server::domain::webhooks::WebhookChange { active: Some(false), ..Default::default() };
        switchhook::server::domain::webhooks::update(&app.env, &app.permit(&acme), webhook, change).await.unwrap();
        for _ in 0..2 {
            let events = (0..600).map(|n| crate::engine::event("a.b", serde_json::json!({"n": n}))).collect();
            switchhook::server::domain::events::accept(&app.env, &app.permit(&acme), events).await.unwrap();
        }
        let browser = signed_in(app, &acme, Role::Member).await;
        let file = browser.get("/o/acme/deliveries/export.csv").await.expect(200);
        let mut ids: Vec<&str> = file.body.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
        assert!(ids.is_sorted_by(|a, b| a > b), "newest first");
        ids.dedup();
        assert_eq!(ids.len(), 1_200);
    }

    async fn no_cell_is_a_formula(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let formula = "=HYPERLINK(\"https://evil.example\",\"x\")";
        app.sent(&acme, webhook, Sent { event_type: formula, ..Default::default() }).await;
        app.sent(&acme, webhook, Sent { event_type: "@SUM(1)", ..Default::default() }).await;
        let file = signed_in(app, &acme, Role::Member).await.get("/o/acme/deliveries/export.csv").await.expect(200);
        assert!(file.body.contains(",\"'=HYPERLINK(\"\"https://evil.example\"\",\"\"x\"\")\","), "{}", file.body);
        assert!(file.body.contains(",'@SUM(1),"), "{}", file.body);
    }

    async fn a_file_is_for_members_of_its_organization_and_leaves_a_trace(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let id = app.sent(&acme, webhook, Sent::default()).await.to_string();
        let viewer = signed_in(app, &acme, Role::Viewer).await;
        viewer.get("/o/acme/deliveries/export.csv").await.expect(403);
        assert!(!viewer.get("/o/acme/deliveries").await.expect(200).body.contains("href=\"/o/acme/deliveries/export"));
        let other = app.organization("other").await;
        app.person(&other, "olga@other.test", Role::Owner).await;
        let olga = app.sign_in("olga@other.test").await;
        olga.get("/o/acme/deliveries/export.csv").await.expect(404);
        let theirs = olga.get(&format!("/o/other/deliveries/export.csv?id={id}")).await.expect(200);
        assert_eq!(theirs.body.lines().count(), 1);
        let written = app.count("audit_log where action = 'deliveries.exported'").await;
        assert_eq!(written, 1);
    }

    async fn filters_are_kept_under_a_name_opened_and_deleted(app) {
        let acme = app.organization("acme").await;
        let browser = signed_in(app, &acme, Role::Member).await;
        browser.get("/o/acme/views").await.expect(200).shows("No saved views yet");
        let filters = "?event_type=user.deleted&status=failed";
        browser.get(&format!("/o/acme/deliveries{filters}")).await.expect(200)
            .shows("/o/acme/views?event_type=user.deleted&amp;status=failed").shows("Save these filters");
        browser.get(&format!("/o/acme/views{filters}")).await.expect(200).shows("value=\"user.deleted\"");
        let fields = [("event_type", "user.deleted"), ("status", "failed")];
        let with = |name: &'static str| [fields[0], fields[1], ("name", name)];
        browser.post("/o/acme/views", &with(" ")).await.expect(422).shows("Give the view a name.").shows("user.deleted");
        let saved = browser.post("/o/acme/views", &with("Failing & deleted")).await.expect(303);
        assert_eq!(saved.location(), format!("/o/acme/deliveries{filters}"));
        let list = browser.get(saved.location()).await.expect(200);
        list.shows("The view “Failing &amp; deleted” is saved.").shows("aria-label=\"Saved views\"");
        browser.post("/o/acme/views", &with("Failing & deleted")).await.expect(422).shows("There is a view of this name");
        browser.post("/o/acme/views", &[("name", "Nothing")]).await.expect(422);
        browser.post("/o/acme/views", &[("name", "Wrong"), ("status", "lost")]).await.expect(422);
        let viewer = signed_in(app, &acme, Role::Viewer).await;
        let page = viewer.get("/o/acme/views").await.expect(200);
        page.shows("/o/acme/deliveries?event_type=user.deleted&amp;status=failed");
        viewer.get("/o/acme/views?status=skipped").await.expect(200).shows("not available: Only the role member");
        viewer.post("/o/acme/views", &with("Mine")).await.expect(403);
        let id = page.body.split("/o/acme/views/").nth(1);
        assert!(id.is_none(), "a viewer's page has no form to delete with: {id:?}");
        let own = browser.get("/o/acme/views").await.expect(200);
        let delete = own.body.split("action=\"").find(|part| part.contains("/delete\"")).unwrap().split('"').next().unwrap().to_owned();
        viewer.post(&delete, &[]).await.expect(403);
        let other = app.organization("other").await;
        app.person(&other, "olga@other.test", Role::Owner).await;
        let olga = app.sign_in("olga@other.test").await;
        olga.post(&delete.replace("/o/acme/", "/o/other/"), &[]).await.expect(404);
        browser.submit(&delete, &[]).await.expect(200).shows("The view is deleted.").shows("No saved views yet");
        browser.post(&delete, &[]).await.expect(404);
    }
}
