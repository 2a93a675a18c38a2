//! The calls that the documents write out for curl, with only host, key and (where they name one) id replaced.

use crate::support::{
    TestApp,
    handler::{Handler, Language},
};
use serde_json::{Value, json};
use tokio::process::Command;

/// Runs a command line as a person would paste it; answers status and body.
async fn run(command: &str) -> (u16, Value) {
    let line = command.replace("curl ", "curl --silent --show-error --noproxy '*' --write-out '\\n%{http_code}' ");
    let output = Command::new("bash").args(["-c", &line]).output().await.expect("bash and curl run");
    let text = String::from_utf8(output.stdout).expect("text");
    let (body, status) =
        text.rsplit_once('\n').unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (status.trim().parse().expect("a status"), serde_json::from_str(body).unwrap_or_default())
}

/// Of the platform's own API.
async fn call(app: &TestApp, key: &str, command: &str) -> (u16, Value) {
    run(&command.replace("https://api.callintel.com", &app.base).replace("YOUR_API_KEY", key)).await
}

const ADD: &str = r#"curl -X POST https://api.callintel.com/v1/webhooks \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "url": "https://your-domain.com/webhooks/callintel",
    "events": [
      "call.completed",
      "call.transcript_ready",
      "batch.completed"
    ],
    "active": true
  }'"#;

const FILTERED: &str = r#"curl -X POST https://api.callintel.com/v1/webhooks \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "url": "https://your-domain.com/webhooks",
    "events": ["call.completed"],
    "filters": {
      "direction": "outbound",
      "status": "completed",
      "min_duration": 60
    }
  }'"#;

/// Without a content type: curl then says that it is a form.
const SEVERAL: [&str; 3] = [
    r#"curl -X POST https://api.callintel.com/v1/webhooks \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -d '{
    "url": "https://prod.example.com/webhooks",
    "events": ["call.completed", "batch.completed"]
  }'"#,
    r#"curl -X POST https://api.callintel.com/v1/webhooks \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -d '{
    "url": "https://analytics.example.com/webhooks",
    "events": ["call.completed"]
  }'"#,
    r#"curl -X POST https://api.callintel.com/v1/webhooks \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -d '{
    "url": "https://backup.example.com/webhooks",
    "events": ["call.completed", "call.transcript_ready"]
  }'"#,
];

const POLICY: &str = r#"curl -X PUT https://api.callintel.com/v1/webhooks/wh_123 \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -d '{
    "retry_policy": {
      "max_attempts": 5,
      "backoff_multiplier": 2,
      "initial_delay_seconds": 60,
      "max_delay_seconds": 3600
    }
  }'"#;

const LOGS: &str = r#"curl -X GET "https://api.callintel.com/v1/webhooks/logs?limit=50" \
  -H "Authorization: Bearer YOUR_API_KEY""#;

const BY_HAND: &str = r#"curl -X POST https://your-domain.com/webhooks/callintel \
  -H "Content-Type: application/json" \
  -H "X-Callintel-Signature: test_signature" \
  -d '{
    "event_type": "call.completed",
    "timestamp": "2024-12-16T10:30:45Z",
    "webhook_id": "wh_test_123",
    "data": {
      "id": "call_test_123",
      "status": "completed",
      "duration_seconds": 300
    }
  }'"#;

const REACHABLE: &str = r#"curl -X POST https://your-domain.com/webhooks/callintel \
  -H "Content-Type: application/json" \
  -d '{"test": true}'"#;

const DIALGEN: &str = r#"curl -X POST https://your-server.com/webhooks/call-complete \
-H "Content-Type: application/json" \
-d '{
"success": true,
"callData": {
"id": "call_test_123",
"status": "COMPLETED",
"duration": 180
}
}'"#;

both_databases! {
    async fn callintels_calls_work_as_its_document_writes_them(app) {
        let organization = app.organization_of("acme", "callintel").await;
        let key = app.key(&organization, &switchhook::model::organization::Scope::ALL).await;
        let (status, made) = call(app, &key, ADD).await;
        assert_eq!(status, 201, "{made}");
        assert_eq!(made["url"], "https://your-domain.com/webhooks/callintel");
        assert_eq!(made["events"], json!(["call.completed", "call.transcript_ready", "batch.completed"]));
        assert_eq!((&made["active"], &made["timeout_seconds"]), (&json!(true), &json!(10)));
        assert_eq!(made["retry_policy"], json!({"schedule_seconds": [60, 300, 900]}), "three retries");

        let (status, filtered) = call(app, &key, FILTERED).await;
        assert_eq!(status, 201, "{filtered}");
        assert_eq!(filtered["filters"], json!({"direction": "outbound", "status": "completed", "min_duration": 60}));
        for command in SEVERAL {
            let (status, one) = call(app, &key, command).await;
            assert_eq!(status, 201, "{one}");
        }
        let (status, put) = call(app, &key, &POLICY.replace("wh_123", made["id"].as_str().unwrap())).await;
        assert_eq!(status, 200, "{put}");
        let policy = json!({"max_attempts": 5, "backoff_multiplier": 2, "initial_delay_seconds": 60, "max_delay_seconds": 3600});
        assert_eq!((&put["retry_policy"], &put["events"]), (&policy, &made["events"]));

        // The filter reads the document's own data: `duration_seconds` for `min_duration`.
        let program = app.program(&key);
        for (seconds, deliveries) in [(345, 5), (59, 4)] {
            let data = json!({"direction": "outbound", "status": "completed", "duration_seconds": seconds});
            let event = json!({"event_type": "call.completed", "data": data});
            assert_eq!(program.post("/v1/events", event).await.expect(202).json()["deliveries"], deliveries);
        }
        let (status, logs) = call(app, &key, LOGS).await;
        assert_eq!(status, 200, "{logs}");
        assert_eq!(logs["data"].as_array().unwrap().len(), 9);
        let (status, _) = call(app, "nobodys-key", LOGS).await;
        assert_eq!(status, 401);
    }
}

/// These go to the receiver itself: what is not signed by the platform is not believed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_to_a_receiver_meet_handlers_that_believe_only_what_is_signed() {
    let python = Handler::start(Language::Python, "callintel", "your_webhook_secret").await;
    for command in [BY_HAND, REACHABLE] {
        let (status, _) = run(&command.replace("https://your-domain.com", &python.url(""))).await;
        assert_eq!(status, 401);
    }
    for (secret, wanted) in [("", 200), ("your_webhook_secret", 401)] {
        let mut node = Handler::start(Language::JavaScript, "dialgen", secret).await;
        let (status, _) = run(&DIALGEN.replace("https://your-server.com", &node.url(""))).await;
        assert_eq!(status, wanted);
        assert_eq!(node.verdict().await["status"], wanted);
    }
}
