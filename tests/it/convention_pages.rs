//! What the pages ask of a webhook's convention: a token in a field of its own, URLs by hook, a secret of one's own.

use crate::support::{Answer, Receiver, TestApp, browser::Browser};
use serde_json::json;
use switchhook::model::organization::{Organization, Role};

async fn admin(app: &TestApp, convention: &str) -> (Organization, Browser) {
    let organization = app.organization_of("acme", convention).await;
    app.person(&organization, "ada@example.com", Role::Admin).await;
    (organization, app.sign_in("ada@example.com").await)
}

/// The id in `/o/acme/webhooks/{id}/…`.
fn id_in(location: &str) -> String {
    location.split('/').nth(4).unwrap().to_string()
}

both_databases! {
    async fn ellos_token_has_a_field_of_its_own_and_is_masked_once_saved(app) {
        let (organization, browser) = admin(app, "ello").await;
        let program = app.program_of(&organization).await;
        let receiver = Receiver::start().await;
        let url = receiver.url("/hook");
        let form = browser.get("/o/acme/webhooks/new").await.expect(200);
        form.shows("Authorization").shows("Agent");
        let fields = [("url", url.as_str()), ("events_mode", "all"), ("active", "on"), ("credential", "hunter2"), ("scope.agent_id", "agent_4")];
        let made = browser.post("/o/acme/webhooks/new", &fields).await.expect(303);
        let id = id_in(made.location());
        let shown = program.get(&format!("/v1/webhooks/{id}")).await.expect(200).json();
        assert_eq!(shown["filters"], json!({"agent_id": "agent_4"}));
        assert_eq!(shown["headers"].as_object().unwrap().keys().collect::<Vec<_>>(), ["authorization"]);

        let worker = app.start_worker().await;
        let event = json!({"event_type": "call.started", "data": {"agent_id": "agent_4"}});
        program.post("/v1/events", event.clone()).await.expect(202);
        assert_eq!(receiver.wait_for(1).await[0].header("authorization"), Some("Bearer hunter2"));

        let edit = format!("/o/acme/webhooks/{id}/edit");
        let page = browser.get(&edit).await.expect(200);
        page.shows("saved; type to replace").shows("Remove the saved one");
        assert!(!page.body.contains("hunter2"));
        let save = async |more: &[(&str, &str)]| {
            let same = [("url", url.as_str()), ("events_mode", "all"), ("active", "on"), ("credential_saved", "1")];
            browser.post(&edit, &[&same, more].concat()).await.expect(303);
            program.post("/v1/events", json!({"event_type": "call.started", "data": {"agent_id": "agent_4"}})).await.expect(202);
        };
        // Left empty it stays; what was typed replaces it; the tick removes it.
        save(&[("credential", "")]).await;
        assert_eq!(receiver.wait_for(2).await[1].header("authorization"), Some("Bearer hunter2"));
        save(&[("credential", "Basic abc=")]).await;
        assert_eq!(receiver.wait_for(3).await[2].header("authorization"), Some("Basic abc="));
        save(&[("credential", ""), ("credential_remove", "on")]).await;
        assert_eq!(receiver.wait_for(4).await[3].header("authorization"), None);
        worker.stop().await.unwrap();
    }

    async fn ellos_verify_page_says_how_a_receiver_checks_the_token_and_not_the_token_itself(app) {
        let (organization, browser) = admin(app, "ello").await;
        let program = app.program_of(&organization).await;
        let verify = async |data: serde_json::Value| {
            let made = program.post("/v1/webhooks", data).await.expect(201).json();
            browser.get(&format!("/o/acme/webhooks/{}/verify", made["id"].as_str().unwrap())).await.expect(200)
        };
        let url = "https://example.com/hook";
        let page = verify(json!({"url": url, "headers": {"Authorization": "Bearer hunter2"}})).await;
        page.shows("Check the token").shows("<code>Bearer …</code>").shows("WEBHOOK_TOKEN").shows("HTTP_AUTHORIZATION");
        page.shows("Or by the Standard Webhooks headers").shows("status(204)");
        assert!(!page.body.contains("hunter2") && !page.body.contains("sends no"));
        verify(json!({"url": url})).await.shows("This webhook sends no <code>authorization</code> yet").shows("/edit\">Fill in");
    }

    async fn what_is_wrong_with_the_token_is_said_at_its_field_and_what_was_typed_stays(app) {
        let (_, browser) = admin(app, "ello").await;
        let fields = [("url", "https://example.com/hook"), ("events_mode", "all"), ("active", "on"), ("credential", "zwei wörter")];
        let again = browser.post("/o/acme/webhooks/new", &fields).await.expect(422);
        again.shows("visible ASCII characters").shows("zwei wörter");
    }

    async fn a_url_for_each_hook_makes_the_webhooks_and_shows_their_secret_once(app) {
        let (organization, browser) = admin(app, "dialgen").await;
        let page = browser.get("/o/acme/webhooks/new").await.expect(200);
        page.shows("/o/acme/webhooks/hooks");
        let page = browser.get("/o/acme/webhooks/hooks").await.expect(200);
        for label in ["onBatchComplete", "onCallComplete", "onBatchFailed", "Batch"] {
            page.shows(label);
        }
        let wrong = [("hooks.onBatchComplete", "nowhere"), ("hooks.onCallComplete", "https://example.com/calls"), ("scope.batchId", "b1")];
        browser.post("/o/acme/webhooks/hooks", &wrong).await.expect(422).shows("nowhere").shows("https://example.com/calls");
        browser.post("/o/acme/webhooks/hooks", &[("hooks.onBatchComplete", "")]).await.expect(422).shows("onBatchComplete, onCallComplete");
        let good = [("hooks.onBatchComplete", "https://example.com/batches"), ("hooks.onCallComplete", "https://example.com/calls"),
            ("hooks.onBatchFailed", ""), ("scope.batchId", "b1"), ("secret", "")];
        let added = browser.submit("/o/acme/webhooks/hooks", &good).await.expect(200);
        added.shows("whsec_").shows("batch.completed").shows("example.com/calls");
        let program = app.program_of(&organization).await;
        let made = program.get("/v1/webhooks").await.expect(200).json();
        assert_eq!(made["data"].as_array().unwrap().len(), 2);
        assert!(made["data"].as_array().unwrap().iter().all(|w| w["filters"] == json!({"batchId": "b1"})));
        assert!(!browser.get("/o/acme/webhooks/hooks/added").await.expect(200).body.contains("whsec_"));
    }

    async fn a_secret_of_ones_own_is_taken_as_a_webhook_is_added(app) {
        let (organization, browser) = admin(app, "callintel").await;
        let fields = [("url", "https://example.com/hook"), ("events_mode", "all"), ("active", "on"), ("secret", "short")];
        browser.post("/o/acme/webhooks/new", &fields).await.expect(422).shows("16 to 128");
        let fields = [("url", "https://example.com/hook"), ("events_mode", "all"), ("active", "on"), ("secret", "your_webhook_secret")];
        let made = browser.post("/o/acme/webhooks/new", &fields).await.expect(303);
        let program = app.program_of(&organization).await;
        let shown = program.get(&format!("/v1/webhooks/{}", id_in(made.location()))).await.expect(200).json();
        assert_eq!(shown["secret_hint"], "cret");
    }

    async fn an_organization_is_added_with_the_platform_that_its_webhooks_look_like(app) {
        app.person(&app.organization("first").await, "ada@example.com", Role::Owner).await;
        let browser = app.sign_in("ada@example.com").await;
        browser.get("/organizations/new").await.expect(200).shows("Dialgen").shows("Standard Webhooks");
        let wrong = [("name", "Acme"), ("slug", "acme"), ("convention", "nobodys")];
        browser.post("/organizations/new", &wrong).await.expect(422).shows("nobodys");
        browser.post("/organizations/new", &[("name", "Acme"), ("slug", "acme"), ("convention", "dialgen")]).await.expect(303);
        browser.get("/o/acme/webhooks/hooks").await.expect(200).shows("onBatchComplete");
    }

    async fn a_code_that_the_platform_does_not_count_is_shown_as_no_success(app) {
        let (organization, browser) = admin(app, "salpre").await;
        let program = app.program_of(&organization).await;
        let receiver = Receiver::start().await;
        receiver.next([Answer::status(201), Answer::status(200)]);
        let made = program.post("/v1/webhooks", json!({"url": receiver.url("/hook")})).await.expect(201).json();
        let test = format!("/o/acme/webhooks/{}/test", made["id"].as_str().unwrap());
        let fields = [("event_type", "call_ringing"), ("data", "{}")];
        let refused = "answered 201 Created, which this platform does not count as success";
        let result = browser.submit(&test, &fields).await.expect(200);
        result.shows(refused);
        let log = program.get("/v1/webhooks/logs").await.expect(200).json();
        let page = browser.get(&format!("/o/acme/deliveries/{}", log["data"][0]["id"].as_str().unwrap())).await.expect(200);
        page.shows(refused).shows("“Verify” names one").shows("class=\"step bad\"");
        assert!(!page.body.contains("step good"));
        let taken = browser.submit(&test, &fields).await.expect(200);
        taken.shows("The receiver answered 200 OK");
    }

    async fn other_platforms_have_neither_field_nor_hooks(app) {
        let (organization, browser) = admin(app, "salpre").await;
        let page = browser.get("/o/acme/webhooks/new").await.expect(200);
        assert!(!page.body.contains("name=\"credential\"") && !page.body.contains("webhooks/hooks"));
        let id = app.webhook(&organization, "CRM").await;
        let page = browser.get(&format!("/o/acme/webhooks/{id}/verify")).await.expect(200);
        assert!(!page.body.contains("WEBHOOK_TOKEN") && !page.body.contains("Check the token"));
        browser.get("/o/acme/webhooks/hooks").await.expect(404);
        browser.post("/o/acme/webhooks/hooks", &[("hooks.onBatchComplete", "https://example.com/")]).await.expect(404);
    }
}
