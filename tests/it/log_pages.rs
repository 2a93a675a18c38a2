//! The log in a browser without scripts: every state, every filter, and foreign text that stays text.

use crate::support::{TestApp, browser::Browser, log::Sent};
use switchhook::model::{
    delivery::{DeliveryStatus, Outcome},
    organization::{Organization, Role},
};

async fn member_of(app: &TestApp, organization: &Organization) -> Browser {
    app.person(organization, "mia@acme.test", Role::Member).await;
    app.sign_in("mia@acme.test").await
}

fn failed() -> Sent<'static> {
    Sent { status: DeliveryStatus::Failed, code: Some(503), event_type: "user.deleted", ..Default::default() }
}

both_databases! {
    async fn each_way_to_have_no_rows_has_its_own_words(app) {
        let acme = app.organization("acme").await;
        let browser = member_of(app, &acme).await;
        browser.get("/o/acme/deliveries").await.expect(200).shows("No deliveries yet").shows("Add a webhook");
        app.webhook(&acme, "Billing").await;
        browser.get("/o/acme/deliveries").await.expect(200).shows("Go to the webhooks");
        let none = browser.get("/o/acme/deliveries?status=failed").await.expect(200);
        none.shows("No delivery matches").shows("Clear filters").shows("kept 30 days");
    }

    async fn the_list_says_how_long_deliveries_are_kept_and_from_when_the_oldest_is(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        app.sent(&acme, webhook, Sent::default()).await;
        app.advance(std::time::Duration::from_secs(86_400));
        app.sent(&acme, webhook, failed()).await;
        let browser = member_of(app, &acme).await;
        let page = browser.get("/o/acme/deliveries?status=failed").await.expect(200);
        page.shows("Kept 30 days.").shows("The oldest is from 5 Jan 2026, 12:00:00 UTC.");
    }

    async fn a_page_that_cannot_be_shown_tells_the_requests_id(app) {
        let acme = app.organization("acme").await;
        app.person(&acme, "vic@acme.test", Role::Viewer).await;
        let browser = app.sign_in("vic@acme.test").await;
        for (path, status) in [("/o/acme/nowhere", 404), ("/nowhere", 404), ("/o/acme/recover", 403)] {
            let page = browser.get(path).await.expect(status);
            let id = page.header("x-request-id").to_owned();
            assert!(!id.is_empty());
            page.shows(&format!("<code>{id}</code>"));
        }
    }

    async fn a_filter_that_cannot_be_read_is_mended_beside_its_field(app) {
        let acme = app.organization("acme").await;
        let browser = member_of(app, &acme).await;
        let page = browser.get("/o/acme/deliveries?response_code=9xx&status=failed").await.expect(422);
        page.shows("Give a response code as 404 or a class as 4xx.").shows("value=\"9xx\"");
        page.shows("<option value=\"failed\" selected");
    }

    async fn the_address_holds_the_filters_and_the_rows_keep_to_them(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let good = app.sent(&acme, webhook, Sent::default()).await.to_string();
        let bad = app.sent(&acme, webhook, failed()).await.to_string();
        let browser = member_of(app, &acme).await;
        let shows = async |query: &str| {
            let page = browser.get(&format!("/o/acme/deliveries{query}")).await.expect(200);
            let row = |id: &str| page.body.contains(&format!("id=\"{id}\""));
            (row(&good), row(&bad))
        };
        assert_eq!(shows("").await, (true, true));
        assert_eq!(shows("?status=failed").await, (false, true));
        assert_eq!(shows("?response_code=2xx").await, (true, false));
        assert_eq!(shows("?error=status").await, (false, true));
        assert_eq!(shows("?event_type=user.created").await, (true, false));
        assert_eq!(shows(&format!("?id={good}")).await, (true, false));
        assert_eq!(shows(&format!("?webhook_id={webhook}")).await, (true, true));
    }

    async fn a_form_with_empty_fields_leads_to_a_short_address(app) {
        let acme = app.organization("acme").await;
        let browser = member_of(app, &acme).await;
        let answer = browser.get("/o/acme/deliveries?status=failed&event_type=&id=").await.expect(303);
        assert_eq!(answer.location(), "/o/acme/deliveries?status=failed");
    }

    async fn pages_lead_to_older_and_newer_deliveries_and_back_to_the_top(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(app.sent(&acme, webhook, Sent::default()).await.to_string());
        }
        let browser = member_of(app, &acme).await;
        let link = |body: &str, name: &str| {
            let before = body.split(&format!("{name}<")).next().filter(|start| start.len() < body.len())?;
            let href = before.rsplit("href=\"").next()?.split('"').next()?;
            Some(href.replace("&amp;", "&"))
        };
        let first = browser.get("/o/acme/deliveries?limit=2").await.expect(200);
        assert!(first.body.contains(&ids[4]) && !first.body.contains(&ids[2]));
        let second = browser.get(&link(&first.body, "Older").unwrap()).await.expect(200);
        assert!(second.body.contains(&ids[2]) && !second.body.contains(&ids[4]));
        let third = browser.get(&link(&second.body, "Older").unwrap()).await.expect(200);
        assert!(third.body.contains(&ids[0]));
        let back = browser.get(&link(&third.body, "Newer").unwrap()).await.expect(200);
        assert!(back.body.contains(&ids[2]) && !back.body.contains(&ids[0]));
    }

    async fn one_delivery_says_why_and_what_to_do(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let sent = Sent { status: DeliveryStatus::Failed, code: Some(401), ..Default::default() };
        let id = app.sent(&acme, webhook, sent).await;
        let browser = member_of(app, &acme).await;
        let page = browser.get(&format!("/o/acme/deliveries/{id}")).await.expect(200);
        page.shows("401 Unauthorized").shows("signing secret").shows("Billing").shows("Attempt 1");
    }

    async fn foreign_markup_stays_text(app) {
        let acme = app.organization("acme").await;
        let attack = "</code></script><script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}gnp";
        let webhook = app.webhook(&acme, attack).await;
        let data = serde_json::json!({ "note": attack }).to_string();
        let sent = Sent { data: &data, response: attack, ..Default::default() };
        let id = app.sent(&acme, webhook, sent).await;
        let browser = member_of(app, &acme).await;
        for path in ["/o/acme/deliveries".to_owned(), format!("/o/acme/deliveries/{id}")] {
            let page = browser.get(&path).await.expect(200);
            page.shows("&lt;script&gt;alert(1)");
            assert!(!page.body.contains("<script>alert") && !page.body.contains("<img src=x"), "{path}");
        }
        let raw = browser.get(&format!("/o/acme/deliveries/{id}/body/response")).await.expect(200);
        assert_eq!(raw.body, attack);
        assert_eq!(raw.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(raw.header("x-content-type-options"), "nosniff");
        assert!(raw.header("content-security-policy").contains("sandbox"));
    }

    async fn a_long_single_line_is_cut_in_the_page_and_whole_as_text(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let data = format!("{{\"line\":\"{}\"}}", "x".repeat(4_000_000));
        let id = app.sent(&acme, webhook, Sent { data: &data, ..Default::default() }).await;
        let browser = member_of(app, &acme).await;
        let page = browser.get(&format!("/o/acme/deliveries/{id}")).await.expect(200);
        assert!(page.body.len() < 200_000, "{}", page.body.len());
        page.shows("Only the start is shown here");
        let whole = browser.get(&format!("/o/acme/deliveries/{id}/body/request")).await.expect(200);
        assert!(whole.body.len() > 4_000_000);
    }

    async fn a_viewer_sees_why_retry_is_off_and_is_refused(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let id = app.sent(&acme, webhook, failed()).await;
        app.person(&acme, "vic@acme.test", Role::Viewer).await;
        let browser = app.sign_in("vic@acme.test").await;
        let page = browser.get(&format!("/o/acme/deliveries/{id}")).await.expect(200);
        page.shows("Only the role member or above can retry deliveries");
        browser.post(&format!("/o/acme/deliveries/{id}/retry"), &[]).await.expect(403);
    }

    async fn a_retry_by_form_leads_back_to_the_delivery_and_is_refused_while_one_is_pending(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let id = app.sent(&acme, webhook, failed()).await;
        let browser = member_of(app, &acme).await;
        let path = format!("/o/acme/deliveries/{id}");
        browser.submit(&format!("{path}/retry"), &[]).await.shows("The retry is under way");
        browser.submit(&format!("{path}/retry"), &[]).await.shows("already under way or planned");
    }

    async fn a_retry_by_form_keeps_the_filters_of_the_list(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let id = app.sent(&acme, webhook, failed()).await;
        let browser = member_of(app, &acme).await;
        let path = format!("/o/acme/deliveries/{id}");
        let page = browser.get(&format!("{path}?status=failed&attempt=1")).await.expect(200);
        page.shows(&format!("action=\"{path}/retry?status=failed\""));
        let answer = browser.post(&format!("{path}/retry?status=failed"), &[]).await.expect(303);
        assert_eq!(answer.location(), format!("{path}?status=failed"));
    }

    async fn the_other_deliveries_of_an_event_are_found_by_whatever_id_it_was_given(app) {
        let acme = app.organization("acme").await;
        app.webhook(&acme, "Billing").await;
        let event = serde_json::json!({"event_type": "call.completed", "id": "order#1&2+3%", "data": {}});
        app.program_of(&acme).await.post("/v1/events", event).await.expect(202);
        let browser = member_of(app, &acme).await;
        let list = browser.get("/o/acme/deliveries").await.expect(200);
        let id = list.body.split("/o/acme/deliveries/dlv_").nth(1).and_then(|rest| rest.split('"').next()).expect("a row");
        let page = browser.get(&format!("/o/acme/deliveries/dlv_{id}")).await.expect(200);
        let link = page.body.split('"').find(|part| part.starts_with("/o/acme/deliveries?id=")).expect("a link").to_owned();
        assert_eq!(link, "/o/acme/deliveries?id=order%231%262%2B3%25");
        browser.get(&link).await.expect(200).shows(&format!("/o/acme/deliveries/dlv_{id}"));
    }

    async fn a_delivery_names_the_address_that_it_was_sent_to_though_the_webhook_has_another_now(app) {
        let acme = app.organization("acme").await;
        let webhook = app.webhook(&acme, "Billing").await;
        let id = app.sent(&acme, webhook, failed()).await;
        let browser = member_of(app, &acme).await;
        let path = format!("/o/acme/deliveries/{id}");
        let page = browser.get(&path).await.expect(200);
        assert!(!page.body.contains("was changed since"));
        let moved = serde_json::json!({"url": "https://elsewhere.example.com/in"});
        app.program_of(&acme).await.patch(&format!("/v1/webhooks/{webhook}"), moved).await.expect(200);
        let page = browser.get(&path).await.expect(200);
        page.shows("Sent to</dt><dd><span class=\"copyable\"><code title=\"https://hooks.example.com/in\"");
        page.shows("A retry goes to https://elsewhere.example.com/in.");
    }

    async fn what_is_kept_for_one_day_is_said_in_the_singular(app) {
        let acme = app.organization("acme").await;
        app.person(&acme, "ada@acme.test", Role::Owner).await;
        let browser = app.sign_in("ada@acme.test").await;
        browser.post("/o/acme/settings/retention", &[("retention_days", "1"), ("confirmed", "yes")]).await.expect(303);
        browser.get("/o/acme/deliveries").await.expect(200).shows("Finished deliveries are kept 1 day.");
        browser.get("/o/acme/deliveries?status=failed").await.expect(200).shows("are kept 1 day; older ones");
    }

    async fn another_organizations_delivery_is_not_found(app) {
        let acme = app.organization("acme").await;
        let other = app.organization("other").await;
        let webhook = app.webhook(&other, "Theirs").await;
        let id = app.sent(&other, webhook, Sent { outcome: Outcome::Answered, ..Default::default() }).await;
        let browser = member_of(app, &acme).await;
        for rest in ["", "/live", "/body/request"] {
            browser.get(&format!("/o/acme/deliveries/{id}{rest}")).await.expect(404);
        }
        browser.get(&format!("/o/other/deliveries/{id}")).await.expect(404);
        let page = browser.get(&format!("/o/acme/deliveries?webhook_id={webhook}")).await.expect(200);
        page.shows("No delivery matches");
    }
}
