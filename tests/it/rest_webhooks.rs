//! `/v1/webhooks`: adding, reading, changing, deleting, new secrets.

use serde_json::{Value, json};
use switchhook::{model::webhook::MASK, on_db, server::access::ReadWebhooks};

/// What a 422 names.
fn fields(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().filter_map(|e| e["field"].as_str()).collect()
}

both_databases! {
    async fn a_webhook_is_added_with_an_address_alone_and_only_then_shows_its_secret(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        let made = program.post("/v1/webhooks", json!({"url": "https://example.com/hooks"})).await.expect(201);
        let webhook = made.json();
        let id = webhook["id"].as_str().unwrap();
        assert!(id.starts_with("wh_"));
        assert_eq!(made.location(), format!("/v1/webhooks/{id}"));
        let secret = webhook["secret"].as_str().unwrap();
        assert!(secret.starts_with("whsec_") && secret.len() == "whsec_".len() + 44);
        assert!(secret.ends_with(webhook["secret_hint"].as_str().unwrap()));
        assert_eq!(webhook["events"], json!(["*"]));
        assert_eq!(webhook["active"], true);
        assert_eq!(webhook["description"], "");
        assert_eq!((&webhook["headers"], &webhook["filters"]), (&json!({}), &json!({})));
        let schedule = json!({"schedule_seconds": [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]});
        assert_eq!(webhook["retry_policy"], schedule, "the convention's own");
        assert_eq!(webhook["timeout_seconds"], 15, "the convention's own");
        assert_eq!(webhook["created_at"], "2026-01-05T12:00:00.000Z");

        let read = program.get(&format!("/v1/webhooks/{id}")).await.expect(200);
        assert!(!read.body.contains(secret));
        assert!(read.json().get("secret").is_none());
        assert!(!program.get("/v1/webhooks").await.expect(200).body.contains(secret));
    }

    async fn every_field_is_kept_as_given_and_header_values_are_masked(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        let given = json!({
            "url": "https://EXAMPLE.com:443/a b".replace(' ', "%20"),
            "events": ["call.completed", "my.own_type"],
            "active": false,
            "description": "The CRM",
            "headers": {"Authorization": "Bearer hunter2", "x-team": "sales"},
            "filters": {"direction": "outbound", "min_duration": 60, "agent.id": ["a1", "a2"]},
            "retry_policy": {"max_attempts": 5, "backoff_multiplier": 2, "initial_delay_seconds": 60, "max_delay_seconds": 3600},
            "timeout_seconds": 30,
            "secret": "sixteen letters!",
        });
        let made = program.post("/v1/webhooks", given.clone()).await.expect(201);
        let webhook = made.json();
        assert_eq!(webhook["secret"], "sixteen letters!");
        assert_eq!(webhook["url"], "https://example.com/a%20b", "as a browser reads it");
        assert_eq!(webhook["headers"], json!({"authorization": MASK, "x-team": MASK}));
        for same in ["events", "active", "description", "filters", "retry_policy", "timeout_seconds"] {
            assert_eq!(webhook[same], given[same], "{same}");
        }
        assert!(!made.body.contains("hunter2"));
    }

    async fn put_and_patch_change_the_fields_that_are_given(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        let given = json!({"url": "https://example.com/", "description": "One", "timeout_seconds": 3, "events": ["a.b"]});
        let made = program.post("/v1/webhooks", given).await.expect(201).json();
        let path = format!("/v1/webhooks/{}", made["id"].as_str().unwrap());
        app.advance(std::time::Duration::from_secs(60));
        let put = program.put(&path, json!({"description": "Two", "active": false})).await.expect(200).json();
        assert_eq!((&put["description"], &put["active"]), (&json!("Two"), &json!(false)));
        assert_eq!((&put["timeout_seconds"], &put["events"]), (&json!(3), &json!(["a.b"])));
        assert_eq!(put["updated_at"], "2026-01-05T12:01:00.000Z");
        let reset = json!({"timeout_seconds": null, "events": null, "retry_policy": {"schedule_seconds": []}});
        let patched = program.patch(&path, reset).await.expect(200).json();
        assert_eq!((&patched["timeout_seconds"], &patched["events"]), (&json!(15), &json!(["*"])));
        assert_eq!(patched["retry_policy"], json!({"schedule_seconds": []}));
        assert_eq!(program.get(&path).await.expect(200).json(), patched);
    }

    async fn what_was_read_can_be_sent_back_and_keeps_the_header_values(app) {
        let organization = app.organization("acme").await;
        let program = app.program_of(&organization).await;
        let given = json!({"url": "https://example.com/a", "headers": {"authorization": "Bearer hunter2"}});
        let made = program.post("/v1/webhooks", given).await.expect(201).json();
        let path = format!("/v1/webhooks/{}", made["id"].as_str().unwrap());
        let mut read = program.get(&path).await.expect(200).json();
        read["url"] = json!("https://example.com/b");
        program.put(&path, read).await.expect(200);
        let index = switchhook::server::domain::subscriptions::of(&app.env, organization.id).await.unwrap();
        assert_eq!(index.webhooks[0].headers[0].value, "Bearer hunter2");
    }

    async fn a_change_of_the_host_clears_header_values_so_that_nobody_else_collects_them(app) {
        let organization = app.organization("acme").await;
        let program = app.program_of(&organization).await;
        let given = json!({"url": "https://example.com/a", "headers": {"authorization": "Bearer hunter2"}});
        let made = program.post("/v1/webhooks", given).await.expect(201).json();
        let path = format!("/v1/webhooks/{}", made["id"].as_str().unwrap());
        let moved = json!({"url": "https://evil.example/a", "headers": {"authorization": MASK}});
        let refused = program.patch(&path, moved).await.expect(422).json();
        assert_eq!(fields(&refused), ["headers.authorization"]);
        for elsewhere in ["https://evil.example/a", "https://example.com:8443/a"] {
            let moved = program.patch(&path, json!({"url": elsewhere})).await.expect(200).json();
            assert_eq!(moved["headers"], json!({"authorization": ""}), "{elsewhere}");
        }
        let index = switchhook::server::domain::subscriptions::of(&app.env, organization.id).await.unwrap();
        assert!(index.webhooks[0].headers.iter().all(|h| h.value.is_empty()));
    }

    async fn every_wrong_field_is_422_and_named(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        let url = "https://example.com/";
        let long = format!("https://example.com/{}", "a".repeat(2_030));
        let many: serde_json::Map<String, Value> = (0..21).map(|n| (format!("x-{n}"), json!("v"))).collect();
        for (body, field) in [
            (json!({}), "url"),
            (json!({"url": null}), "url"),
            (json!({"url": ""}), "url"),
            (json!({"url": "example.com"}), "url"),
            (json!({"url": "https://exa mple.com"}), "url"),
            (json!({"url": long}), "url"),
            (json!({"url": url, "events": []}), "events"),
            (json!({"url": url, "events": ["not a type"]}), "events"),
            (json!({"url": url, "events": "call.completed"}), "events"),
            (json!({"url": url, "events": [1]}), "events"),
            (json!({"url": url, "active": "yes"}), "active"),
            (json!({"url": url, "description": 5}), "description"),
            (json!({"url": url, "description": "a\u{0}b"}), "description"),
            (json!({"url": url, "description": "x".repeat(1_001)}), "description"),
            (json!({"url": url, "headers": {"host": "x"}}), "headers.host"),
            (json!({"url": url, "headers": {"X-A": "a\r\nb"}}), "headers.x-a"),
            (json!({"url": url, "headers": {"X-A": 5}}), "headers.X-A"),
            (json!({"url": url, "headers": many}), "headers"),
            (json!({"url": url, "headers": []}), "headers"),
            (json!({"url": url, "filters": {"a": {"b": 1}}}), "filters.a"),
            (json!({"url": url, "filters": "all"}), "filters"),
            (json!({"url": url, "retry_policy": {"max_attempts": 0}}), "retry_policy.max_attempts"),
            (json!({"url": url, "retry_policy": {"max_attempts": 5, "jitter": 1}}), "retry_policy.jitter"),
            (json!({"url": url, "timeout_seconds": 0}), "timeout_seconds"),
            (json!({"url": url, "timeout_seconds": 31}), "timeout_seconds"),
            (json!({"url": url, "timeout_seconds": 1.5}), "timeout_seconds"),
            (json!({"url": url, "secret": "short"}), "secret"),
        ] {
            let answer = program.post("/v1/webhooks", body.clone()).await.expect(422);
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert_eq!(fields(&answer.json()), [field], "{body}");
        }
        let all = json!({"events": [], "timeout_seconds": 99, "secret": "x", "url": "nowhere"});
        let problem = program.post("/v1/webhooks", all).await.expect(422).json();
        assert_eq!(fields(&problem).len(), 4, "all that is wrong is told at once: {problem}");
    }

    async fn a_secret_is_not_changed_in_passing(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        let made = program.post("/v1/webhooks", json!({"url": "https://example.com/"})).await.expect(201).json();
        let path = format!("/v1/webhooks/{}", made["id"].as_str().unwrap());
        let problem = program.put(&path, json!({"secret": "a secret of my own"})).await.expect(422).json();
        assert_eq!(fields(&problem), ["secret"]);
    }

    async fn a_deleted_webhook_is_gone_everywhere(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        let made = program.post("/v1/webhooks", json!({"url": "https://example.com/"})).await.expect(201).json();
        let path = format!("/v1/webhooks/{}", made["id"].as_str().unwrap());
        let gone = program.delete(&path).await.expect(204);
        assert_eq!(gone.body, "");
        program.get(&path).await.expect(404);
        program.delete(&path).await.expect(404);
        program.put(&path, json!({"active": true})).await.expect(404);
        program.post(&format!("{path}/secret/rotate"), json!({})).await.expect(404);
        assert_eq!(program.get("/v1/webhooks").await.expect(200).json()["data"], json!([]));
        let kept = app.count("webhook_secrets").await;
        assert_eq!(kept, 0, "its secrets are forgotten");
    }

    async fn a_rotated_secret_signs_beside_the_old_one_for_as_long_as_asked(app) {
        let organization = app.organization("acme").await;
        let program = app.program_of(&organization).await;
        let made = program.post("/v1/webhooks", json!({"url": "https://example.com/"})).await.expect(201).json();
        let path = format!("/v1/webhooks/{}/secret/rotate", made["id"].as_str().unwrap());
        let rotated = program.post(&path, json!({"overlap_seconds": 3600})).await.expect(200);
        assert_eq!(rotated.header("cache-control"), "no-store");
        let secret = rotated.json()["secret"].as_str().unwrap().to_string();
        assert!(secret.starts_with("whsec_") && secret != made["secret"].as_str().unwrap());
        let keys = async |app: &crate::support::TestApp| {
            let index = switchhook::server::domain::subscriptions::of(&app.env, organization.id).await.unwrap();
            index.webhooks[0].keys_at(app.now()).len()
        };
        assert_eq!(keys(app).await, 2);
        app.advance(std::time::Duration::from_secs(3_600));
        assert_eq!(keys(app).await, 1);
        program.post(&path, json!({"overlap_seconds": 0})).await.expect(200);
        assert_eq!(keys(app).await, 1, "with no overlap the old one is dead at once");
        for wrong in [json!(-1), json!(604_801), json!("day"), json!(1.5)] {
            let problem = program.post(&path, json!({"overlap_seconds": wrong})).await.expect(422).json();
            assert_eq!(fields(&problem), ["overlap_seconds"]);
        }
        for _ in 0..4 {
            program.post(&path, Value::Null).await.expect(422);
            program.call("POST", &path, None, &[]).await.expect(200);
        }
        program.call("POST", &path, None, &[]).await.expect(409);
    }

    async fn the_list_is_paged_and_new_webhooks_shift_nothing(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        let add = async |n: u32| {
            app.advance(std::time::Duration::from_millis(1));
            program.post("/v1/webhooks", json!({"url": format!("https://example.com/{n}")})).await.expect(201);
        };
        for n in 0..5 {
            add(n).await;
        }
        let first = program.get("/v1/webhooks?limit=2&unknown=x").await.expect(200).json();
        add(5).await;
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = program.get(&format!("/v1/webhooks?limit=2&cursor={cursor}")).await.expect(200).json();
        let cursor = second["next_cursor"].as_str().unwrap();
        let third = program.get(&format!("/v1/webhooks?limit=2&cursor={cursor}")).await.expect(200).json();
        let urls: Vec<_> = [&first, &second, &third].into_iter()
            .flat_map(|page| page["data"].as_array().unwrap()).map(|w| w["url"].as_str().unwrap()).collect();
        let newest_first: Vec<_> = (0..5).rev().map(|n| format!("https://example.com/{n}")).collect();
        assert_eq!(urls, newest_first);
        assert_eq!(third["next_cursor"], Value::Null);
        for wrong in ["limit=0", "limit=101", "limit=x", "cursor=nonsense"] {
            let problem = program.get(&format!("/v1/webhooks?{wrong}")).await.expect(422).json();
            assert_eq!(fields(&problem), [wrong.split('=').next().unwrap()]);
        }
    }

    async fn every_change_is_in_the_audit_log_without_a_secret(app) {
        let organization = app.organization("acme").await;
        let program = app.program_of(&organization).await;
        let given = json!({"url": "https://example.com/", "headers": {"authorization": "Bearer hunter2"}, "secret": "a canary of 20 bytes"});
        let made = program.post("/v1/webhooks", given).await.expect(201).json();
        let path = format!("/v1/webhooks/{}", made["id"].as_str().unwrap());
        program.patch(&path, json!({"active": false})).await.expect(200);
        program.call("POST", &format!("{path}/secret/rotate"), None, &[]).await.expect(200);
        program.delete(&path).await.expect(204);
        let rows: Vec<(String, String, Option<String>, Option<String>)> = on_db!(&app.env.db, read pool => sqlx::query_as(
            "select action, actor, before, after from audit_log where organization_id = $1 and action like 'webhook.%' order by at, id")
            .bind(organization.id).fetch_all(pool).await).unwrap();
        let mut actions: Vec<_> = rows.iter().map(|r| r.0.as_str()).collect();
        actions.sort_unstable();
        assert_eq!(actions, ["webhook.changed", "webhook.created", "webhook.deleted", "webhook.secret_rotated"]);
        let changed = rows.iter().find(|r| r.0 == "webhook.changed").unwrap();
        assert_eq!(changed.2.as_deref(), Some(r#"{"active":true}"#));
        assert_eq!(changed.3.as_deref(), Some(r#"{"active":false}"#));
        assert!(rows.iter().all(|r| r.1 == "test"));
        let whole = format!("{rows:?}");
        assert!(!whole.contains("hunter2") && !whole.contains("canary"));
    }

    async fn secrets_and_header_values_lie_sealed_and_open_nowhere_else(app) {
        let organization = app.organization("acme").await;
        let program = app.program_of(&organization).await;
        let given = json!({"url": "https://example.com/", "headers": {"authorization": "Bearer hunter2"}, "secret": "a canary of 20 bytes"});
        program.post("/v1/webhooks", given.clone()).await.expect(201);
        let (secret, headers): (Vec<u8>, Vec<u8>) = on_db!(&app.env.db, read pool => sqlx::query_as(
            "select s.secret, w.headers from webhooks w join webhook_secrets s on s.webhook_id = w.id")
            .fetch_one(pool).await).unwrap();
        let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
        assert!(!holds(&secret, "canary") && !holds(&headers, "hunter2"));
        // A row copied to another webhook does not open.
        program.post("/v1/webhooks", json!({"url": "https://example.org/"})).await.expect(201);
        on_db!(&app.env.db, write pool => sqlx::query("update webhooks set headers = $1").bind(headers).execute(pool).await.map(drop)).unwrap();
        let permit = app.permit::<ReadWebhooks>(&organization);
        assert!(switchhook::server::domain::webhooks::list(&app.env, &permit).await.is_err());
    }
}
