//! What is sent by hand over REST: a test, and a delivery once more.

use crate::support::{Answer, Receiver};
use serde_json::{Value, json};
use switchhook::model::organization::Role;

both_databases! {
    async fn a_test_answers_with_the_delivery_and_its_attempt_once_the_receiver_has_answered(app) {
        let receiver = Receiver::start().await;
        receiver.always(Answer::status(503).header("x-seen", "yes").body("not today"));
        let program = app.program_of(&app.organization("acme").await).await;
        let given = json!({"url": receiver.url("/hook"), "events": ["call.started"], "headers": {"x-team": "hunter2"}});
        let webhook = program.post("/v1/webhooks", given).await.expect(201).json();
        let path = format!("/v1/webhooks/{}/test", webhook["id"].as_str().unwrap());
        let answer = program.call("POST", &path, None, &[]).await.expect(200);
        assert!(!answer.body.contains("hunter2"));
        let (delivery, attempt) = (&answer.json()["delivery"], &answer.json()["attempt"]);
        assert_eq!((&delivery["is_test"], &delivery["status"]), (&json!(true), &json!("failed")));
        assert_eq!((&delivery["error"], &delivery["response_code"]), (&json!("status"), &json!(503)));
        assert_eq!((&delivery["event_type"], &delivery["attempt_count"]), (&json!("call.started"), &json!(1)));
        assert_eq!((&attempt["trigger"], &attempt["number"]), (&json!("test"), &json!(1)));
        assert_eq!((&attempt["outcome"], &attempt["response_body"]), (&json!("answered"), &json!("not today")));
        assert_eq!(attempt["response_headers"]["x-seen"], "yes");
        let sent = receiver.wait_for(1).await;
        let body: Value = serde_json::from_slice(&sent[0].body).unwrap();
        assert_eq!(body["type"], "call.started");

        let own = json!({"event_type": "my.own", "data": {"n": 1}});
        let answer = program.post(&path, own).await.expect(200).json();
        assert_eq!(answer["delivery"]["event_type"], "my.own");
        let body: Value = serde_json::from_slice(&receiver.wait_for(2).await[1].body).unwrap();
        assert_eq!(body["data"], json!({"n": 1}));
        for wrong in [json!({"event_type": "not a type"}), json!({"event_type": 5})] {
            let problem = program.post(&path, wrong).await.expect(422).json();
            assert_eq!(problem["errors"][0]["field"], "event_type");
        }
    }

    async fn a_test_without_a_type_is_of_the_first_type_that_the_webhook_itself_names(app) {
        let receiver = Receiver::start().await;
        let organization = app.organization("acme").await;
        let program = app.program_of(&organization).await;
        app.person(&organization, "ada@example.com", Role::Admin).await;
        let ada = app.sign_in("ada@example.com").await;
        for events in [json!(["my.own"]), json!(["webhook.disabled"]), json!(["my.own", "call.started"])] {
            let first = events[0].as_str().unwrap().to_owned();
            let given = json!({"url": receiver.url("/hook"), "events": events});
            let webhook = program.post("/v1/webhooks", given).await.expect(201).json();
            let id = webhook["id"].as_str().unwrap();
            let answer = program.call("POST", &format!("/v1/webhooks/{id}/test"), None, &[]).await.expect(200).json();
            assert_eq!(answer["delivery"]["event_type"], first.as_str());
            let page = ada.get(&format!("/o/acme/webhooks/{id}/test")).await.expect(200);
            page.shows(&format!(r#"<option value="{first}" selected>"#));
        }
    }

    async fn a_finished_delivery_can_be_sent_again_and_a_pending_one_cannot(app) {
        let receiver = Receiver::start().await;
        receiver.always(Answer::status(204));
        let program = app.program_of(&app.organization("acme").await).await;
        let webhook = program.post("/v1/webhooks", json!({"url": receiver.url("/hook")})).await.expect(201).json();
        let path = format!("/v1/webhooks/{}/test", webhook["id"].as_str().unwrap());
        let tested = program.call("POST", &path, None, &[]).await.expect(200).json();
        assert_eq!(tested["delivery"]["status"], "success");
        let path = format!("/v1/webhooks/logs/{}/retry", tested["delivery"]["id"].as_str().unwrap());
        let retried = program.call("POST", &path, None, &[]).await.expect(202).json();
        assert_eq!((&retried["id"], &retried["status"]), (&tested["delivery"]["id"], &json!("pending")));
        let problem = program.call("POST", &path, None, &[]).await.expect(409);
        assert_eq!(problem.header("content-type"), "application/problem+json");
        program.call("POST", "/v1/webhooks/logs/dlv_01hq0000000000000000000000/retry", None, &[]).await.expect(404);
    }
}
