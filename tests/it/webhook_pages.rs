//! What a webhook's pages say: that it rests, its rate, its retry times, how to verify, what a test looks like.

use crate::support::{
    Answer, Receiver, TestApp,
    browser::{Browser, request},
    database::Kind,
    log::Sent,
};
use serde_json::json;
use std::time::Duration;
use switchhook::{
    model::{
        id::WebhookId,
        organization::{Organization, Role},
    },
    server::{domain::webhooks, store::outages},
};

async fn somebody(app: &TestApp, convention: &str, role: Role) -> (Organization, Browser) {
    let acme = app.organization_of("acme", convention).await;
    app.person(&acme, "ada@acme.test", role).await;
    let browser = app.sign_in("ada@acme.test").await;
    (acme, browser)
}

async fn rate(app: &TestApp, acme: &Organization, id: WebhookId) -> Option<u32> {
    webhooks::get(&app.env, &app.permit(acme), id).await.unwrap().rate_per_second
}

const FORM: [(&str, &str); 3] = [("url", "https://example.com/in"), ("events_mode", "all"), ("active", "on")];

/// Names and values as the page's script sends them.
fn typed(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}\n{value}\n")).collect()
}

both_databases! {
    async fn a_webhook_that_rests_says_until_when_and_what_to_do(app) {
        let (acme, browser) = somebody(app, "standard", Role::Admin).await;
        let id = app.webhook(&acme, "CRM").await;
        app.sent(&acme, id, Sent { event_type: "call.completed", ..Default::default() }).await;
        let until = app.now().plus(Duration::from_secs(240));
        outages::rests_until(&app.env.db, acme.id, id, Some(until)).await.unwrap();
        let at = format!("/o/acme/webhooks/{id}");
        let recover = format!("/o/acme/recover?status=success&webhook_id={id}");
        browser.get("/o/acme/webhooks").await.expect(200).shows("Resting; tries again ").shows("in 4 min");
        let page = browser.get(&at).await.expect(200);
        page.shows(&until.absolute()).shows("uses up none of their attempts").shows(&format!("{at}/test\">Send a test"));
        browser.get(&recover).await.expect(200).shows("These webhooks rest").shows("CRM");

        app.advance(Duration::from_secs(241));
        for path in ["/o/acme/webhooks", &at, &recover] {
            let page = browser.get(path).await.expect(200);
            assert!(!page.body.contains("rest, since") && !page.body.contains("Resting"), "{path}");
        }
    }

    async fn the_switch_leads_back_to_the_page_that_it_was_on_and_never_elsewhere(app) {
        let (acme, browser) = somebody(app, "standard", Role::Admin).await;
        let id = app.webhook(&acme, "CRM").await;
        let turned_on = async |from: &str| {
            let request = request("POST", &format!("{}/o/acme/webhooks/{id}/active", app.base)).header("origin", &app.base);
            let request = request.header("referer", from).header("content-type", "application/x-www-form-urlencoded");
            browser.carry(request.body("active=false")).await.expect(303).location().to_owned()
        };
        let list = "/o/acme/webhooks?state=healthy&q=crm";
        assert_eq!(turned_on(&format!("{}{list}", app.base)).await, list);
        let deliveries = format!("/o/acme/webhooks/{id}/deliveries?status=failed");
        assert_eq!(turned_on(&format!("{}{deliveries}", app.base)).await, deliveries);
        for elsewhere in ["https://evil.test/", "https://evil.test//evil.test", "/o/other/webhooks", "", "nonsense"] {
            assert_eq!(turned_on(elsewhere).await, "/o/acme/webhooks", "{elsewhere}");
        }
    }

    async fn one_attempt_is_told_once(app) {
        let (acme, browser) = somebody(app, "standard", Role::Admin).await;
        let id = app.webhook(&acme, "CRM").await;
        let once = [&FORM[..], &[("policy", "schedule"), ("retry_policy.schedule_seconds", "")]].concat();
        browser.post(&format!("/o/acme/webhooks/{id}/edit"), &once).await.expect(303);
        let page = browser.get(&format!("/o/acme/webhooks/{id}")).await.expect(200);
        page.shows("One attempt, no retry.");
        assert!(!page.body.contains("1 attempts"));
    }

    async fn what_only_waits_is_no_last_delivery_and_what_is_tried_again_was_last_tried_in_this_minute(app) {
        let (acme, browser) = somebody(app, "standard", Role::Admin).await;
        let program = app.program_of(&acme).await;
        let receiver = Receiver::start().await;
        receiver.always(Answer::status(500));
        program.post("/v1/webhooks", json!({"url": receiver.url("/")})).await.expect(201);
        program.post("/v1/events", json!({"event_type": "call.completed", "data": {}})).await.expect(202);
        browser.get("/o/acme/webhooks").await.expect(200).shows("<span class=\"faint\">Never");
        app.advance(Duration::from_secs(3_600));
        let worker = app.start_worker().await;
        receiver.wait_for(1).await;
        worker.stop().await.unwrap();
        let page = browser.get("/o/acme/webhooks").await.expect(200);
        page.shows(&format!("datetime=\"{}\"", app.now().rfc3339()));
    }

    async fn a_rate_is_set_and_taken_away_by_the_form_and_one_out_of_bounds_is_refused_at_its_field(app) {
        let (acme, browser) = somebody(app, "standard", Role::Admin).await;
        let id = app.webhook(&acme, "CRM").await;
        let edit = format!("/o/acme/webhooks/{id}/edit");
        for wrong in ["0", "10001", "fast"] {
            let page = browser.post(&edit, &[&FORM[..], &[("rate_per_second", wrong)]].concat()).await.expect(422);
            page.shows("id=\"rate_per_second-error\"").shows("Give 1 to 10,000 events per second");
        }
        browser.post(&edit, &[&FORM[..], &[("rate_per_second", "25")]].concat()).await.expect(303);
        assert_eq!(rate(app, &acme, id).await, Some(25));
        browser.get(&edit).await.expect(200).shows("value=\"25\"");
        browser.get(&format!("/o/acme/webhooks/{id}")).await.expect(200).shows("At most 25 a second");
        browser.post(&edit, &[&FORM[..], &[("rate_per_second", " ")]].concat()).await.expect(303);
        assert_eq!(rate(app, &acme, id).await, None);
    }

    async fn the_times_of_a_policy_are_told_as_it_is_typed_and_what_is_wrong_with_it(app) {
        let (_, browser) = somebody(app, "standard", Role::Viewer).await;
        let ask = async |fields: &[(&str, &str)]| {
            let typed = typed(fields);
            browser.post("/api/webhooks/policy-times", &[("slug", "acme"), ("typed", &typed)]).await.expect(200).body
        };
        let words = ask(&[("policy", "schedule"), ("retry_policy.schedule_seconds", "60, 5 min")]).await;
        assert!(words.contains("Retries after 1 min, 5 min; gives up after 6 min."), "{words}");
        let words = ask(&[("policy", "schedule"), ("retry_policy.schedule_seconds", "soon")]).await;
        assert!(words.contains("“soon” is no length of time"), "{words}");
        let nobody = app.browser().post("/api/webhooks/policy-times", &[("slug", "acme"), ("typed", "")]).await;
        nobody.expect(401);
    }

    async fn billions_of_attempts_are_refused_before_their_times_are_written_out(app) {
        let (_, browser) = somebody(app, "standard", Role::Admin).await;
        let policy = [("policy", "backoff"), ("retry_policy.max_attempts", "4000000000"),
            ("retry_policy.initial_delay_seconds", "1"), ("retry_policy.backoff_multiplier", "2"),
            ("retry_policy.max_delay_seconds", "60"), ("preview", "1")];
        let page = browser.post("/o/acme/webhooks/new", &[&FORM[..], &policy].concat()).await.expect(422);
        page.shows("Give 1 to 100, the first attempt included.").shows("once the fields above are right");
    }

    async fn a_header_of_the_conventions_own_comes_with_samples_for_it(app) {
        let (acme, browser) = somebody(app, "callintel", Role::Admin).await;
        let id = app.webhook(&acme, "CRM").await;
        let page = browser.get(&format!("/o/acme/webhooks/{id}/verify")).await.expect(200);
        page.shows("x-callintel-signature").shows("The key is the whole signing secret").shows("HTTP_X_CALLINTEL_SIGNATURE");
        page.shows("Or by the Standard Webhooks headers").shows("status(204)");
    }

    async fn samples_answer_200_where_nothing_else_is_success(app) {
        let (acme, browser) = somebody(app, "salpre", Role::Admin).await;
        let id = app.webhook(&acme, "CRM").await;
        let page = browser.get(&format!("/o/acme/webhooks/{id}/verify")).await.expect(200);
        page.shows("status(200)").shows("Answer with 200");
        assert!(["status(204)", "\", 204", "status 204", "NoContent", "NO_CONTENT"].iter().all(|code| !page.body.contains(code)));
        browser.get(&format!("/o/acme/webhooks/{id}/test")).await.expect(200).shows("its body says that it is a test");
    }

    async fn a_type_of_the_services_own_can_be_tested_under_a_closed_catalogue(app) {
        let (acme, browser) = somebody(app, "callintel", Role::Admin).await;
        let (receiver, program) = (Receiver::start().await, app.program_of(&acme).await);
        let data = json!({"url": receiver.url("/"), "events": ["webhook.disabled"]});
        let made = program.post("/v1/webhooks", data).await.expect(201).json();
        let test = format!("/o/acme/webhooks/{}/test", made["id"].as_str().unwrap());
        let page = browser.get(&format!("{test}?event_type=webhook.disabled")).await.expect(200);
        page.shows("nothing in it says that it is a test").shows("disabled_at");
        let data = r#"{"webhook_id": "wh_1", "name": "CRM"}"#;
        browser.submit(&test, &[("event_type", "webhook.disabled"), ("data", data)]).await.shows("Result of the test");
        assert_eq!(receiver.wait_for(1).await[0].json()["event_type"], "webhook.disabled");
        let other = [("event_type", "no.such"), ("data", data)];
        browser.post(&test, &other).await.expect(422).shows("There is no event type “no.such”");
    }

    async fn who_may_not_save_finds_the_fields_switched_off(app) {
        let (acme, viewer) = somebody(app, "standard", Role::Viewer).await;
        let id = app.webhook(&acme, "CRM").await;
        viewer.get(&format!("/o/acme/webhooks/{id}/edit")).await.expect(200).shows("<fieldset disabled");
        app.person(&acme, "grace@acme.test", Role::Admin).await;
        let page = app.sign_in("grace@acme.test").await.get(&format!("/o/acme/webhooks/{id}/edit")).await.expect(200);
        assert!(!page.body.contains("<fieldset disabled"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_says_where_deliveries_come_from_where_the_operator_has_said_it() {
    let app = TestApp::with(Kind::Sqlite, &["--egress-ips", "203.0.113.7,2001:db8::7"]).await;
    let (_, browser) = somebody(&app, "standard", Role::Admin).await;
    let page = browser.get("/o/acme/webhooks/new").await.expect(200);
    page.shows("Allow them in the firewall").shows("203.0.113.7").shows("2001:db8::7");
    app.close().await;
}
