//! Each platform's document, held against what is sent: every type that it names is published through the
//! real worker, to receivers written after its handlers, in the languages that it writes them in.

use crate::support::{
    Receiver, TestApp,
    browser::Program,
    handler::{Handler, Language},
};
use serde_json::{Value, json};

const SECRET: &str = "a secret that both sides know";

const CALLINTEL: [&str; 14] = [
    "call.initiated",
    "call.connected",
    "call.in_progress",
    "call.completed",
    "call.failed",
    "call.missed",
    "call.transcript_ready",
    "call.recording_ready",
    "call.summary_ready",
    "call.analysis_complete",
    "batch.initiated",
    "batch.in_progress",
    "batch.completed",
    "batch.failed",
];
const DIALGEN: [&str; 3] = ["batch.completed", "call.completed", "batch.failed"];
const ELLO: [&str; 5] = ["call.started", "call.completed", "call.processed", "campaign.started", "campaign.ended"];
const PORTAL: [&str; 12] = [
    "call.started",
    "call.completed",
    "call.failed",
    "contact.created",
    "contact.updated",
    "contact.deleted",
    "campaign.started",
    "campaign.completed",
    "campaign.paused",
    "campaign.resumed",
    "integration.connected",
    "integration.disconnected",
];
const SALPRE: [&str; 6] = ["call_initiated", "call_ringing", "call_answered", "transcript", "call_ended", "error"];

/// An organization of the convention, whose catalogue has exactly these types, with their examples.
async fn platform<'a>(app: &TestApp, convention: &str, types: &[&'a str]) -> (Program, Vec<(&'a str, Value)>) {
    let program = app.program_of(&app.organization_of("acme", convention).await).await;
    let catalogue = program.get("/v1/event-types?limit=100").await.expect(200).json();
    let listed = catalogue["data"].as_array().unwrap();
    assert_eq!(listed.iter().map(|t| t["name"].as_str().unwrap()).collect::<Vec<_>>(), types);
    let examples = types.iter().zip(listed).map(|(name, t)| (*name, t["example"].clone())).collect();
    (program, examples)
}

async fn webhook(program: &Program, url: String, more: Value) -> Value {
    let mut given = json!({"url": url, "secret": SECRET});
    given.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    program.post("/v1/webhooks", given).await.expect(201).json()
}

async fn publish(program: &Program, event_type: &str, data: &Value) -> String {
    let event = json!({"event_type": event_type, "data": data, "timestamp": "2024-12-16T10:30:45.250Z"});
    let taken = program.post("/v1/events", event).await.expect(202).json();
    assert_eq!(taken["deliveries"], 1, "{event_type}");
    taken["id"].as_str().unwrap().to_string()
}

both_databases! {
    async fn callintel_every_type_is_taken_by_its_handler_and_told_apart_by_webhook_id(app) {
        let (program, types) = platform(app, "callintel", &CALLINTEL).await;
        let mut python = Handler::start(Language::Python, "callintel", SECRET).await;
        let made = webhook(&program, python.url("/webhooks/callintel"), json!({})).await;
        let worker = app.start_worker().await;
        for (event_type, data) in &types {
            let id = publish(&program, event_type, data).await;
            let said = python.accepted().await;
            assert_eq!((&said["type"], &said["id"]), (&json!(event_type), &json!(id)));
            assert_eq!((&said["at"], &said["data"]), (&json!("2024-12-16T10:30:45Z"), data));
            assert_ne!(said["id"], made["id"], "the event's id, not the subscription's");
            assert!(said.get("duplicate").is_none());
        }
        // Sent again by hand, the same event is known by its webhook_id.
        let mut log = program.get("/v1/webhooks/logs?limit=1").await.expect(200).json();
        while log["data"][0]["status"] != "success" {
            log = program.get("/v1/webhooks/logs?limit=1").await.expect(200).json();
        }
        let path = format!("/v1/webhooks/logs/{}/retry", log["data"][0]["id"].as_str().unwrap());
        program.call("POST", &path, None, &[]).await.expect(202);
        assert_eq!(python.accepted().await["duplicate"], true);
        worker.stop().await.unwrap();
    }

    async fn dialgen_every_hook_is_taken_by_a_handler_that_signs_what_it_has_parsed_and_written_again(app) {
        let (program, types) = platform(app, "dialgen", &DIALGEN).await;
        let mut node = Handler::start(Language::JavaScript, "dialgen", SECRET).await;
        webhook(&program, node.url("/webhooks/call-complete"), json!({})).await;
        let worker = app.start_worker().await;
        for (event_type, data) in &types {
            publish(&program, event_type, data).await;
            let said = node.accepted().await;
            let id = if *event_type == "call.completed" { &data["callData"]["id"] } else { &data["batchId"] };
            assert_eq!((&said["type"], &said["id"]), (&json!(event_type), id));
        }
        // As a platform might post it: what JavaScript would write otherwise, it is sent as.
        let posted = r#"{"event_type": "call.completed", "data": { "callData" : {"id": "Grüße \u4e16\ud83d\ude00\u007f\/",
            "z": 85.0, "10": 1e3, "2": 12345678901234567890, "z2": 1E-7, "dup": 1, "dup": [ 0.1, -0.0, 1e400 ],
            "__proto__": {"x": "\ud800"}, "\u0065": 0.6046602879796196 } , "success" : true } }"#;
        program.post_text("/v1/events", posted).await.expect(202);
        assert_eq!(node.accepted().await["id"], "Grüße 世😀\u{7f}/");
        worker.stop().await.unwrap();
    }

    async fn dialgen_bodies_are_the_documents_byte_for_byte(app) {
        let (program, _) = platform(app, "dialgen", &DIALGEN).await;
        let receiver = Receiver::start().await;
        webhook(&program, receiver.url("/"), json!({})).await;
        let worker = app.start_worker().await;
        let failed = json!({"batchId": "batch_123", "agentId": "agent_456", "error": "No minutes", "code": "INSUFFICIENT_CREDITS"});
        publish(&program, "batch.failed", &failed).await;
        let call = json!({"success": true, "callData": {"id": "call_123", "duration": 180.0}, "metricSchema": {}});
        publish(&program, "call.completed", &call).await;
        let sent = receiver.wait_for(2).await;
        let mut bodies: Vec<_> = sent.iter().map(|r| String::from_utf8(r.body.to_vec()).unwrap()).collect();
        bodies.sort();
        assert_eq!(bodies, [
            r#"{"event":"batch.failed","batchId":"batch_123","agentId":"agent_456","error":"No minutes","code":"INSUFFICIENT_CREDITS"}"#,
            r#"{"success":true,"callData":{"id":"call_123","duration":180},"metricSchema":{}}"#,
        ]);
        worker.stop().await.unwrap();
    }

    async fn ello_every_type_is_taken_by_both_its_handlers_with_their_token(app) {
        let (program, types) = platform(app, "ello", &ELLO).await;
        let worker = app.start_worker().await;
        for language in [Language::JavaScript, Language::Python] {
            let mut handler = Handler::start(language, "ello", "the-token").await;
            let headers = json!({"headers": {"Authorization": "Bearer the-token"}});
            let made = webhook(&program, handler.url("/webhooks"), headers).await;
            for (event_type, data) in &types {
                let id = publish(&program, event_type, data).await;
                let said = handler.accepted().await;
                assert_eq!((&said["type"], &said["id"]), (&json!(event_type), &json!(id)));
                match language {
                    Language::JavaScript => assert_eq!(said["rest"], *data, "flat, beside the two"),
                    Language::Python => assert_eq!(said["call_duration"], data["call_duration"]),
                }
            }
            program.delete(&format!("/v1/webhooks/{}", made["id"].as_str().unwrap())).await.expect(204);
        }
        worker.stop().await.unwrap();
    }

    async fn portal_every_type_is_sent_as_standard_webhooks_has_it(app) {
        let (program, types) = platform(app, "portal", &PORTAL).await;
        let receiver = Receiver::start().await;
        webhook(&program, receiver.url("/"), json!({"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})).await;
        let worker = app.start_worker().await;
        for (number, (event_type, data)) in types.iter().enumerate() {
            let id = publish(&program, event_type, data).await;
            let sent = receiver.wait_for(number + 1).await.remove(number);
            let body = json!({"type": event_type, "timestamp": "2024-12-16T10:30:45.250Z", "data": data});
            assert_eq!((sent.json(), sent.header("webhook-id")), (body, Some(id.as_str())));
            assert!(sent.header("webhook-signature").unwrap().starts_with("v1,"));
        }
        worker.stop().await.unwrap();
    }

    async fn salpre_every_type_is_taken_with_its_additional_header_and_a_test_is_marked(app) {
        let (program, types) = platform(app, "salpre", &SALPRE).await;
        let mut python = Handler::start(Language::Python, "salpre", "key-17").await;
        let made = webhook(&program, python.url("/hook"), json!({"headers": {"X-Api-Key": "key-17"}})).await;
        let worker = app.start_worker().await;
        for (event_type, data) in &types {
            publish(&program, event_type, data).await;
            let said = python.accepted().await;
            assert_eq!(said, json!({"status": 200, "type": event_type, "at": 1_734_345_045, "test": false}));
        }
        worker.stop().await.unwrap();
        for (event_type, _) in &types {
            let path = format!("/v1/webhooks/{}/test", made["id"].as_str().unwrap());
            let tested = program.post(&path, json!({"event_type": event_type})).await.expect(200).json();
            assert_eq!(tested["delivery"]["status"], "success");
            let said = python.accepted().await;
            assert_eq!((&said["type"], &said["test"]), (&json!(event_type), &json!(true)));
        }
    }

    async fn what_a_document_does_not_name_cannot_be_published_but_where_the_catalogue_is_open(app) {
        for (convention, status) in
            [("callintel", 422), ("dialgen", 422), ("ello", 422), ("salpre", 422), ("portal", 202), ("standard", 202)]
        {
            let program = app.program_of(&app.organization_of(convention, convention).await).await;
            let event = json!({"event_type": "nobody.names.it", "data": {}});
            program.post("/v1/events", event).await.expect(status);
        }
    }
}
