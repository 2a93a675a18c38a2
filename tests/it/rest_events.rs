//! `/v1/events`: publishing once, in batches, again; and looking up what became of it.

use serde_json::{Value, json};

fn fields(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().filter_map(|e| e["field"].as_str()).collect()
}

both_databases! {
    async fn an_event_is_taken_and_says_how_many_webhooks_want_it(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        program.post("/v1/webhooks", json!({"url": "https://example.com/all"})).await.expect(201);
        program.post("/v1/webhooks", json!({"url": "https://example.com/some", "events": ["a.b"]})).await.expect(201);
        program.post("/v1/webhooks", json!({"url": "https://example.com/out", "filters": {"direction": "outbound"}})).await.expect(201);
        let event = json!({"event_type": "call.completed", "data": {"direction": "inbound"}});
        let taken = program.post("/v1/events", event).await.expect(202).json();
        assert!(taken["id"].as_str().unwrap().starts_with("evt_"));
        assert_eq!((&taken["event_type"], &taken["deliveries"]), (&json!("call.completed"), &json!(1)));
        let event = json!({"event_type": "a.b", "data": {"direction": "outbound"}});
        assert_eq!(program.post("/v1/events", event).await.expect(202).json()["deliveries"], 3);
    }

    async fn an_event_can_be_looked_up_with_its_data_untouched_and_its_deliveries(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        program.post("/v1/webhooks", json!({"url": "https://example.com/"})).await.expect(201);
        let body = r#"{"event_type": "call.completed", "timestamp": "2026-01-01T10:00:00+02:00",
            "data": {"z": 1.0, "a": 1e400, "big": 12345678901234567890, "text": "\u00e9\u0000"}}"#;
        let taken = program.call("POST", "/v1/events", None, &[]).await;
        assert_eq!(taken.status, 400, "an empty body is no JSON");
        let taken = program.post_text("/v1/events", body).await.expect(202).json();
        let read = program.get(&format!("/v1/events/{}", taken["id"].as_str().unwrap())).await.expect(200);
        assert!(read.body.contains(r#""data":{"z": 1.0, "a": 1e400, "big": 12345678901234567890, "text": "\u00e9\u0000"}"#), "{}", read.body);
        assert!(read.body.contains(r#""timestamp":"2026-01-01T08:00:00.000Z""#));
        program.get("/v1/events/evt_01hq0000000000000000000000").await.expect(404);
        program.get("/v1/events/nothing").await.expect(404);
        program.get("/v1/events/%00").await.expect(404);
    }

    async fn the_same_key_again_answers_the_same_event_and_delivers_nothing_more(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        program.post("/v1/webhooks", json!({"url": "https://example.com/"})).await.expect(201);
        let event = json!({"event_type": "call.completed", "data": {}});
        let key = [("Idempotency-Key", "order-17")];
        let first = program.call("POST", "/v1/events", Some(event.clone()), &key).await.expect(202).json();
        let again = program.call("POST", "/v1/events", Some(event.clone()), &key).await.expect(202).json();
        assert_eq!(first, again);
        let logs = program.get("/v1/webhooks/logs").await.expect(200).json();
        assert_eq!(logs["data"].as_array().unwrap().len(), 1);
        let other = [("Idempotency-Key", "order-18")];
        let second = program.call("POST", "/v1/events", Some(event.clone()), &other).await.expect(202).json();
        assert_ne!(first["id"], second["id"]);
        for wrong in ["", "two words", &"x".repeat(251)] {
            let key = [("Idempotency-Key", wrong)];
            let problem = program.call("POST", "/v1/events", Some(event.clone()), &key).await.expect(422).json();
            assert_eq!(fields(&problem), ["Idempotency-Key"]);
        }
    }

    async fn a_given_id_becomes_the_events_and_is_unique_within_the_organization(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        let other = app.program_of(&app.organization("other").await).await;
        let event = json!({"event_type": "call.completed", "data": {"n": 1}, "id": "call_17"});
        let first = program.post("/v1/events", event.clone()).await.expect(202).json();
        assert_eq!(first["id"], "call_17");
        assert_eq!(program.post("/v1/events", event.clone()).await.expect(202).json(), first);
        other.get("/v1/events/call_17").await.expect(404);
        other.post("/v1/events", event).await.expect(202);
        assert_eq!(program.get("/v1/events/call_17").await.expect(200).json()["data"], json!({"n": 1}));
    }

    async fn a_batch_is_taken_whole_or_not_at_all(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        program.post("/v1/webhooks", json!({"url": "https://example.com/"})).await.expect(201);
        let event = |n: u32| json!({"event_type": "call.completed", "data": {"n": n}});
        let batch = json!({"events": [event(1), event(2), event(3)]});
        let key = [("Idempotency-Key", "batch-1")];
        let taken = program.call("POST", "/v1/events/batch", Some(batch.clone()), &key).await.expect(202).json();
        let ids: Vec<_> = taken["data"].as_array().unwrap().iter().map(|e| e["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 3);
        for (n, id) in (1..).zip(&ids) {
            assert_eq!(program.get(&format!("/v1/events/{id}")).await.expect(200).json()["data"], json!({"n": n}));
        }
        let again = program.call("POST", "/v1/events/batch", Some(batch), &key).await.expect(202).json();
        assert_eq!(again, taken, "one key stands for the whole batch");

        let bad = json!({"events": [event(4), {"event_type": "not a type", "data": {}}, {"event_type": "a.b"}, 7]});
        let problem = program.post("/v1/events/batch", bad).await.expect(422).json();
        assert_eq!(fields(&problem), ["events.2.data", "events.3"]);
        let bad = json!({"events": [event(4), {"event_type": "not a type", "data": {}}]});
        let problem = program.post("/v1/events/batch", bad).await.expect(422).json();
        assert_eq!(fields(&problem), ["events.1.event_type"]);
        for (one, wrong) in [
            (json!({"event_type": "not a type", "data": {}}), "events.0.event_type"),
            (json!({"event_type": "a.b", "data": {}, "id": "two words"}), "events.0.id"),
        ] {
            let problem = program.post("/v1/events/batch", json!({"events": [one]})).await.expect(422).json();
            assert_eq!(fields(&problem), [wrong], "a batch of one is a batch");
        }
        let logs = program.get("/v1/webhooks/logs").await.expect(200).json();
        assert_eq!(logs["data"].as_array().unwrap().len(), 3, "nothing of the refused batches");

        let most: Vec<_> = (0..1_000).map(event).collect();
        program.post("/v1/events/batch", json!({"events": most})).await.expect(202);
        let over: Vec<_> = (0..1_001).map(event).collect();
        for wrong in [json!({}), json!({"events": []}), json!({"events": {}}), json!({"events": over})] {
            let problem = program.post("/v1/events/batch", wrong).await.expect(422).json();
            assert_eq!(fields(&problem), ["events"]);
        }
    }

    async fn the_key_of_a_batch_is_no_events_key_whatever_it_looks_like(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        let event = json!({"event_type": "call.completed", "data": {}});
        let single = [("Idempotency-Key", "import/0")];
        let first = program.call("POST", "/v1/events", Some(event.clone()), &single).await.expect(202).json();
        let batch = Some(json!({"events": [event]}));
        let key = [("Idempotency-Key", "import")];
        let taken = program.call("POST", "/v1/events/batch", batch, &key).await.expect(202).json();
        assert_ne!(taken["data"][0]["id"], first["id"]);
    }

    async fn every_wrong_field_is_422_and_named(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        let good = json!({"event_type": "a.b", "data": {}});
        for (name, value) in [
            ("event_type", json!(null)), ("event_type", json!("")), ("event_type", json!("a b")), ("event_type", json!(5)),
            ("event_type", json!("a\u{0}b")), ("event_type", json!("x".repeat(129))),
            ("id", json!("")), ("id", json!("a b")), ("id", json!("ü")), ("id", json!(5)), ("id", json!("x".repeat(257))),
            ("timestamp", json!("yesterday")), ("timestamp", json!(1_700_000_000)), ("timestamp", json!("2026-01-01")),
            ("timestamp", json!("2026-01-01T10:00:00")),
        ] {
            let mut event = good.clone();
            event[name] = value;
            let problem = program.post("/v1/events", event.clone()).await.expect(422).json();
            assert_eq!(fields(&problem), [name], "{event}");
        }
        let problem = program.post("/v1/events", json!({})).await.expect(422).json();
        assert_eq!(fields(&problem), ["event_type", "data"]);
    }

    async fn what_is_no_json_is_400_and_what_is_too_large_413(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        for bad in ["", "{", "data", "{\"event_type\": }", "{\"a\": \"\\x\"}", "{} {}"] {
            let problem = program.post_text("/v1/events", bad).await.expect(400);
            assert_eq!(problem.header("content-type"), "application/problem+json");
            assert_eq!(problem.json()["status"], 400);
        }
        for bad in ["[]", "5", "null", "\"x\"", r#"{"event_type": "a.b", "event_type": "a.c", "data": 1}"#] {
            program.post_text("/v1/events", bad).await.expect(422);
        }
        let deep = format!(r#"{{"event_type": "a.b", "data": {}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(fields(&program.post_text("/v1/events", &deep).await.expect(422).json()), ["data"]);
        let body = |length: usize| {
            let frame = r#"{"event_type": "a.b", "data": ""}"#.len();
            format!(r#"{{"event_type": "a.b", "data": "{}"}}"#, "x".repeat(length - frame))
        };
        program.post_text("/v1/events", &body(10 * 1024 * 1024)).await.expect(202);
        let problem = program.post_text("/v1/events", &body(10 * 1024 * 1024 + 1)).await.expect(413).json();
        assert_eq!(problem["status"], 413);
        program.post_text("/v1/events", &body(20 * 1024 * 1024)).await.expect(413);
    }

    async fn the_catalogue_is_the_conventions(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        let all = program.get("/v1/event-types").await.expect(200).json();
        let first = &all["data"][0];
        assert!(first["name"].is_string() && first["group"].is_string() && first["description"].is_string());
        assert!(first["example"].is_object());
        assert_eq!(all["next_cursor"], Value::Null);
        let mut names = Vec::new();
        let mut path = "/v1/event-types?limit=1".to_string();
        loop {
            let page = program.get(&path).await.expect(200).json();
            names.extend(page["data"].as_array().unwrap().iter().map(|t| t["name"].clone()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/event-types?limit=1&cursor={cursor}");
        }
        let whole: Vec<_> = all["data"].as_array().unwrap().iter().map(|t| t["name"].clone()).collect();
        assert_eq!(names, whole);
        program.get("/v1/event-types?cursor=x").await.expect(422);
    }
}
