//! Named hooks and scopes: webhooks that are made together, and webhooks for one batch or one agent.

use crate::support::{
    Receiver,
    handler::{Handler, Language},
};
use serde_json::{Value, json};

fn fields(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().filter_map(|e| e["field"].as_str()).collect()
}

fn hooks(base: &str) -> Value {
    json!({
        "onBatchComplete": format!("{base}/webhooks/batch-complete"),
        "onCallComplete": format!("{base}/webhooks/call-complete"),
        "onBatchFailed": format!("{base}/webhooks/batch-failed"),
    })
}

both_databases! {
    async fn hooks_make_a_webhook_each_for_their_one_type_within_the_scope(app) {
        let program = app.program_of(&app.organization_of("acme", "dialgen").await).await;
        let body = json!({"scope": {"batchId": "batch_123"}, "hooks": hooks("https://api.example.com")});
        let answer = program.post("/v1/webhooks", body).await.expect(201);
        assert_eq!(answer.header("cache-control"), "no-store");
        let made = answer.json();
        let data = made["data"].as_array().unwrap();
        assert_eq!(made.as_object().unwrap().len(), 1);
        for (webhook, (hook, event_type, path)) in data.iter().zip([
            ("onBatchComplete", "batch.completed", "batch-complete"),
            ("onCallComplete", "call.completed", "call-complete"),
            ("onBatchFailed", "batch.failed", "batch-failed"),
        ]) {
            assert_eq!((&webhook["hook"], &webhook["events"]), (&json!(hook), &json!([event_type])));
            assert_eq!(webhook["url"], format!("https://api.example.com/webhooks/{path}"));
            assert_eq!(webhook["filters"], json!({"batchId": "batch_123"}));
            assert!(webhook["id"].as_str().unwrap().starts_with("wh_"));
            assert!(webhook["secret"].as_str().unwrap().starts_with("whsec_"));
            assert_eq!(webhook["secret"], data[0]["secret"], "receivers of this platform read one");
            assert_eq!(webhook["retry_policy"], json!({"schedule_seconds": [1, 5, 25]}));
        }
        assert_eq!(program.get("/v1/webhooks").await.expect(200).json()["data"].as_array().unwrap().len(), 3);

        let deliveries = async |event_type: &str, data: Value| {
            let event = json!({"event_type": event_type, "data": data});
            program.post("/v1/events", event).await.expect(202).json()["deliveries"].clone()
        };
        assert_eq!(deliveries("batch.completed", json!({"batchId": "batch_123"})).await, 1);
        assert_eq!(deliveries("batch.completed", json!({"batchId": "batch_124"})).await, 0);
        assert_eq!(deliveries("call.completed", json!({"success": true, "callData": {"batchId": "batch_123"}})).await, 1);
        assert_eq!(deliveries("call.completed", json!({"success": true, "callData": {"batchId": "b"}})).await, 0);
        assert_eq!(deliveries("batch.failed", json!({"batchId": "batch_123", "code": "X"})).await, 1);
        assert_eq!(deliveries("batch.failed", json!({"agentId": "batch_123"})).await, 0);
    }

    async fn a_receiver_with_one_secret_takes_what_all_its_hooks_are_sent(app) {
        let program = app.program_of(&app.organization_of("acme", "dialgen").await).await;
        let secret = "one secret in its environment";
        let mut node = Handler::start(Language::JavaScript, "dialgen", secret).await;
        let body = json!({"scope": {"batchId": "b1"}, "hooks": hooks(&node.url("")), "secret": secret});
        program.post("/v1/webhooks", body).await.expect(201);
        let worker = app.start_worker().await;
        let statistics = json!({"total": 1000, "successRate": 85.0});
        for (event_type, data) in [
            ("batch.completed", json!({"batchId": "b1", "statistics": statistics})),
            ("call.completed", json!({"success": true, "callData": {"id": "call_1", "batchId": "b1", "duration": 180}})),
            ("batch.failed", json!({"batchId": "b1", "code": "INSUFFICIENT_CREDITS"})),
        ] {
            program.post("/v1/events", json!({"event_type": event_type, "data": data})).await.expect(202);
            assert_eq!(node.accepted().await["type"], event_type);
        }
        worker.stop().await.unwrap();
    }

    async fn all_hooks_are_made_or_none_and_what_is_wrong_is_named(app) {
        let program = app.program_of(&app.organization_of("acme", "dialgen").await).await;
        let good = "https://api.example.com/hooks";
        for (body, wanted) in [
            (json!({"hooks": {}}), vec!["hooks"]),
            (json!({"hooks": []}), vec!["hooks"]),
            (json!({"hooks": "all"}), vec!["hooks"]),
            (json!({"hooks": {"onBatchComplete": null}}), vec!["hooks"]),
            (json!({"hooks": {"onBatchComplete": good, "onLunch": good}}), vec!["hooks.onLunch"]),
            (json!({"hooks": {"onBatchComplete": good, "onCallComplete": "nowhere"}}), vec!["hooks.onCallComplete"]),
            (json!({"hooks": {"onBatchComplete": 5, "onCallComplete": good}}), vec!["hooks.onBatchComplete"]),
            (json!({"hooks": {"onBatchComplete": "ftp://x", "onCallComplete": "", "onBatchFailed": good}}),
                vec!["hooks.onBatchComplete", "hooks.onCallComplete"]),
            (json!({"hooks": {"onBatchComplete": good, "onCallComplete": good}, "timeout_seconds": 99}), vec!["timeout_seconds"]),
            (json!({"hooks": {"onBatchComplete": good}, "scope": {"campaign": "x"}}), vec!["scope.campaign"]),
            (json!({"hooks": {"onBatchComplete": good}, "scope": {"batchId": {}}}), vec!["scope.batchId"]),
            (json!({"hooks": {"onBatchComplete": good}, "scope": "batch_123"}), vec!["scope"]),
            (json!({"hooks": {"onBatchComplete": good}, "url": good}), vec!["url"]),
            (json!({"hooks": {"onBatchComplete": good}, "events": ["call.completed"]}), vec!["events"]),
            (json!({"hooks": {"onBatchComplete": good}, "secret": "short"}), vec!["secret"]),
        ] {
            let problem = program.post("/v1/webhooks", body.clone()).await.expect(422).json();
            assert_eq!(fields(&problem), wanted, "{body}");
        }
        assert_eq!(program.get("/v1/webhooks").await.expect(200).json()["data"], json!([]));
        // Without a scope they are for every batch.
        let one = program.post("/v1/webhooks", json!({"hooks": {"onBatchFailed": good}})).await.expect(201).json();
        assert_eq!(one["data"][0]["filters"], json!({}));
        // A null is a hook that is not given, and null hooks are none.
        let body = json!({"hooks": {"onBatchFailed": good, "onCallComplete": null}});
        assert_eq!(program.post("/v1/webhooks", body).await.expect(201).json()["data"].as_array().unwrap().len(), 1);
        program.post("/v1/webhooks", json!({"url": good, "hooks": null})).await.expect(201);
    }

    async fn only_conventions_with_hooks_take_them(app) {
        for convention in ["standard", "callintel", "ello", "portal", "salpre"] {
            let program = app.program_of(&app.organization_of(convention, convention).await).await;
            let body = json!({"hooks": {"onBatchComplete": "https://api.example.com/"}});
            assert_eq!(fields(&program.post("/v1/webhooks", body).await.expect(422).json()), ["hooks"], "{convention}");
        }
    }

    async fn a_cut_emoji_or_a_huge_number_in_the_data_does_not_hide_it_from_the_scope(app) {
        let program = app.program_of(&app.organization_of("acme", "dialgen").await).await;
        let body = json!({"scope": {"batchId": "b1"}, "hooks": {"onCallComplete": "https://example.com/"}});
        program.post("/v1/webhooks", body).await.expect(201);
        let event = r#"{"event_type": "call.completed", "data": {"callData": {"summary": "cut \ud83d", "n": 1e400, "batchId": "b1"}}}"#;
        assert_eq!(program.post_text("/v1/events", event).await.expect(202).json()["deliveries"], 1);
    }

    async fn in_ello_a_webhook_may_be_for_one_agent(app) {
        let program = app.program_of(&app.organization_of("acme", "ello").await).await;
        let receiver = Receiver::start().await;
        let given = json!({"url": receiver.url("/"), "scope": {"agent_id": "agent_4"}, "filters": {"min_call_duration": 60}});
        let made = program.post("/v1/webhooks", given).await.expect(201).json();
        assert_eq!(made["filters"], json!({"agent_id": "agent_4", "min_call_duration": 60}));
        let deliveries = async |data: Value| {
            let event = json!({"event_type": "call.completed", "data": data});
            program.post("/v1/events", event).await.expect(202).json()["deliveries"].clone()
        };
        assert_eq!(deliveries(json!({"agent_id": "agent_4", "call_duration": 61})).await, 1);
        assert_eq!(deliveries(json!({"agent_id": "agent_4", "call_duration": 59})).await, 0);
        assert_eq!(deliveries(json!({"agent_id": "agent_5", "call_duration": 61})).await, 0);
        for (body, field) in [
            (json!({"url": "https://example.com/", "scope": {"agent": "a"}}), "scope.agent"),
            (json!({"url": "https://example.com/", "scope": []}), "scope"),
        ] {
            assert_eq!(fields(&program.post("/v1/webhooks", body).await.expect(422).json()), [field]);
        }
        let path = format!("/v1/webhooks/{}", made["id"].as_str().unwrap());
        assert_eq!(fields(&program.put(&path, json!({"scope": {"agent_id": "x"}})).await.expect(422).json()), ["scope"]);
        let other = app.program_of(&app.organization_of("other", "callintel").await).await;
        let body = json!({"url": "https://example.com/", "scope": {"agent_id": "a"}});
        assert_eq!(fields(&other.post("/v1/webhooks", body).await.expect(422).json()), ["scope"]);
    }
}
