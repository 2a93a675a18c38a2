//! `/v1/webhooks/logs`: each filter, all of them together, pages that stay, one delivery with its attempts.

use crate::support::{TestApp, browser::Program};
use serde_json::{Value, json};
use std::time::Duration;
use switchhook::{
    model::{
        delivery::{DeliveryStatus, Outcome},
        id::{AttemptId, DeliveryId},
    },
    on_db,
};

fn ids(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|d| d["id"].as_str().unwrap().to_string()).collect()
}

async fn logs(program: &Program, query: &str) -> Value {
    program.get(&format!("/v1/webhooks/logs?{query}")).await.expect(200).json()
}

/// A delivery of an event of this type; answers its id and the event's.
async fn deliver(app: &TestApp, program: &Program, event_type: &str) -> (String, String) {
    app.advance(Duration::from_secs(1));
    let event = json!({"event_type": event_type, "data": {}});
    let event = program.post("/v1/events", event).await.expect(202).json()["id"].as_str().unwrap().to_string();
    (ids(&logs(program, &format!("event_id={event}")).await)[0].clone(), event)
}

/// Lets a delivery have ended like this.
async fn settle(app: &TestApp, id: &str, status: DeliveryStatus, outcome: Option<Outcome>, code: Option<i16>) {
    let id: DeliveryId = id.parse().unwrap();
    on_db!(&app.env.db, write pool => sqlx::query(
        "update deliveries set status = $2, outcome = $3, response_code = $4, attempt_count = 1, next_attempt_at = null, \
         leased_by = null, completed_at = $5 where id = $1")
        .bind(id).bind(status).bind(outcome).bind(code).bind(app.now()).execute(pool).await.map(drop))
    .unwrap();
}

both_databases! {
    async fn a_delivery_is_shown_as_the_contract_says(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        let webhook = program.post("/v1/webhooks", json!({"url": "https://example.com/"})).await.expect(201).json();
        let (id, event) = deliver(app, &program, "call.completed").await;
        let shown = logs(&program, "").await["data"][0].clone();
        let wanted = json!({
            "id": id, "event_id": event, "event_type": "call.completed", "webhook_id": webhook["id"],
            "url": "https://example.com/", "status": "pending", "is_test": false, "response_code": null, "error": null,
            "attempt_count": 0, "max_attempts": 10, "created_at": "2026-01-05T12:00:01.000Z",
            "next_attempt_at": "2026-01-05T12:00:01.000Z", "completed_at": null,
        });
        assert_eq!(shown, wanted);
        let detail = program.get(&format!("/v1/webhooks/logs/{id}")).await.expect(200).json();
        assert_eq!(detail["attempts"], json!([]));
        assert_eq!(detail["event_id"], wanted["event_id"]);
        program.get("/v1/webhooks/logs/dlv_01hq0000000000000000000000").await.expect(404);
    }

    async fn each_filter_narrows_the_list_and_all_of_them_together_too(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        let one = program.post("/v1/webhooks", json!({"url": "https://example.com/1", "events": ["a.b", "c.d"]})).await.expect(201).json();
        let (first, event) = deliver(app, &program, "a.b").await;
        let (second, _) = deliver(app, &program, "c.d").await;
        let (third, _) = deliver(app, &program, "a.b").await;
        let (fourth, _) = deliver(app, &program, "a.b").await;
        settle(app, &first, DeliveryStatus::Success, Some(Outcome::Answered), Some(204)).await;
        settle(app, &second, DeliveryStatus::Failed, Some(Outcome::Answered), Some(503)).await;
        settle(app, &third, DeliveryStatus::Failed, Some(Outcome::Timeout), None).await;
        let webhook = one["id"].as_str().unwrap();
        let (first, second, third, fourth) = (first.as_str(), second.as_str(), third.as_str(), fourth.as_str());
        for (query, wanted) in [
            ("", vec![fourth, third, second, first]),
            ("unknown=x&status=", vec![fourth, third, second, first]),
            (&format!("webhook_id={webhook}"), vec![fourth, third, second, first]),
            ("webhook_id=wh_01hq0000000000000000000000", vec![]),
            ("event_type=a.b", vec![fourth, third, first]),
            ("event_type=none%00", vec![]),
            ("status=success", vec![first]),
            ("status=failed", vec![third, second]),
            ("status=pending", vec![fourth]),
            ("status=skipped", vec![]),
            ("response_code=204", vec![first]),
            ("response_code=5xx", vec![second]),
            ("response_code=2xx", vec![first]),
            ("error=status", vec![second]),
            ("error=timeout", vec![third]),
            ("error=dns", vec![]),
            (&format!("event_id={event}"), vec![first]),
            ("event_id=nothing", vec![]),
            ("event_id=%00", vec![]),
            ("from=2026-01-05T12:00:03Z", vec![fourth, third]),
            ("to=2026-01-05T12:00:03Z", vec![second, first]),
            ("from=2026-01-05T12:00:02Z&to=2026-01-05T12:00:04Z", vec![third, second]),
            ("from=2026-01-06", vec![]),
            (&format!("webhook_id={webhook}&event_type=a.b&status=failed&error=timeout&from=2026-01-05&to=2026-01-06"), vec![third]),
            ("event_type=a.b&status=failed&response_code=5xx", vec![]),
        ] {
            assert_eq!(ids(&logs(&program, query).await), wanted, "{query}");
        }
        let failed = logs(&program, "status=failed").await;
        assert_eq!((&failed["data"][0]["error"], &failed["data"][1]["error"]), (&json!("timeout"), &json!("status")));
    }

    async fn a_wrong_filter_is_422_and_named(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        for (query, field) in [
            ("status=lost", "status"), ("response_code=6xx", "response_code"), ("response_code=abc", "response_code"),
            ("error=bad", "error"), ("from=yesterday", "from"), ("to=x", "to"), ("webhook_id=5", "webhook_id"),
            ("limit=0", "limit"), ("limit=101", "limit"), ("limit=-1", "limit"), ("cursor=x", "cursor"),
            ("cursor=AAAAAAAAAAAAAAAAAAAAAAA", "cursor"),
        ] {
            let problem = program.get(&format!("/v1/webhooks/logs?{query}")).await.expect(422).json();
            assert_eq!(problem["errors"][0]["field"], field, "{query}");
        }
    }

    async fn pages_stay_as_they_are_while_new_deliveries_arrive(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        program.post("/v1/webhooks", json!({"url": "https://example.com/"})).await.expect(201);
        let mut made = Vec::new();
        for _ in 0..5 {
            made.insert(0, deliver(app, &program, "a.b").await.0);
        }
        let first = logs(&program, "limit=2&event_type=a.b").await;
        deliver(app, &program, "a.b").await;
        let next = |page: &Value| format!("limit=2&event_type=a.b&cursor={}", page["next_cursor"].as_str().unwrap());
        let second = logs(&program, &next(&first)).await;
        deliver(app, &program, "a.b").await;
        let third = logs(&program, &next(&second)).await;
        let read: Vec<_> = [&first, &second, &third].into_iter().flat_map(ids).collect();
        assert_eq!(read, made);
        assert_eq!(third["next_cursor"], Value::Null);
    }

    async fn a_delivery_shows_every_attempt_with_headers_as_objects(app) {
        let organization = app.organization("acme").await;
        let program = app.program_of(&organization).await;
        program.post("/v1/webhooks", json!({"url": "https://example.com/"})).await.expect(201);
        let (id, _) = deliver(app, &program, "a.b").await;
        let delivery: DeliveryId = id.parse().unwrap();
        let statement = "insert into attempts (organization_id, delivery_id, number, id, trigger, started_at, duration_us, outcome, \
            detail, response_code, url, request_headers, response_headers, response_truncated, response_body) \
            values ($1, $2, $3, $4, 0, $5, 12345, 0, null, 500, 'https://example.com/', $6, $7, $8, $9)";
        for number in [2_i32, 1] {
            on_db!(&app.env.db, write pool => sqlx::query(statement)
                .bind(organization.id).bind(delivery).bind(number).bind(app.env.new_id(AttemptId::from_bytes)).bind(app.now())
                .bind(r#"[["content-type","application/json"]]"#).bind(r#"[["set-cookie","a"],["x-why","busy"],["set-cookie","b"]]"#)
                .bind(false).bind(b"<b>\xff</b>".to_vec()).execute(pool).await.map(drop)).unwrap();
        }
        let detail = program.get(&format!("/v1/webhooks/logs/{id}")).await.expect(200).json();
        let numbers: Vec<_> = detail["attempts"].as_array().unwrap().iter().map(|a| a["number"].clone()).collect();
        assert_eq!(numbers, [1, 2]);
        let attempt = &detail["attempts"][0];
        assert_eq!((&attempt["trigger"], &attempt["outcome"], &attempt["duration_ms"]), (&json!("automatic"), &json!("answered"), &json!(12)));
        assert_eq!(attempt["request_headers"], json!({"content-type": "application/json"}));
        assert_eq!(attempt["response_headers"], json!({"set-cookie": "•••, •••", "x-why": "busy"}));
        assert_eq!((&attempt["response_code"], &attempt["response_body"]), (&json!(500), &json!("<b>\u{fffd}</b>")));
        assert_eq!(attempt["response_truncated"], false);
        assert!(attempt["id"].as_str().unwrap().starts_with("att_"));
    }
}
