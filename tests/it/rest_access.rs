//! Who may do what over REST: each call of the table, for each kind of caller.

use serde_json::json;
use switchhook::{
    model::{
        organization::{Organization, Scope},
        time::Time,
    },
    server::{
        access::ManageKeys,
        domain::api_keys::{self, NewKey},
        http::rest::{Call, calls},
    },
};

use crate::support::{TestApp, browser::Page};

/// A body that each call takes.
fn body_of(call: &Call) -> Option<serde_json::Value> {
    match (call.method.as_str(), call.path) {
        ("POST", "/webhooks") => Some(json!({"url": "https://example.com/"})),
        ("PUT" | "PATCH", _) => Some(json!({"description": "changed"})),
        ("POST", "/webhooks/{id}/recover") => Some(json!({"since": "2026-01-01T00:00:00Z"})),
        ("POST", "/events") => Some(json!({"event_type": "a.b", "data": {}})),
        ("POST", "/events/batch") => Some(json!({"events": [{"event_type": "a.b", "data": {}}]})),
        _ => None,
    }
}

/// Ids of things that exist, in the organization that owns them.
struct Things {
    webhook: String,
    delivery: String,
    event: String,
    job: String,
}

/// Nobody listens at the webhook's address, so that a test ends at once.
async fn things(app: &TestApp, organization: &Organization) -> Things {
    let program = app.program_of(organization).await;
    let webhook = program.post("/v1/webhooks", json!({"url": "http://127.0.0.1:65530/"})).await.expect(201).json();
    let event = program.post("/v1/events", json!({"event_type": "a.b", "data": {}})).await.expect(202).json();
    let log = program.get("/v1/webhooks/logs").await.expect(200).json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_string();
    let recover = format!("/v1/webhooks/{}/recover", text(&webhook["id"]));
    let job = program.post(&recover, json!({"since": "2026-01-01T00:00:00Z"})).await.expect(202).json();
    Things {
        job: text(&job["id"]),
        webhook: text(&webhook["id"]),
        event: text(&event["id"]),
        delivery: text(&log["data"][0]["id"]),
    }
}

fn path_of(call: &Call, things: &Things) -> String {
    let id = match call.path.split('/').nth(1) {
        Some("events") => &things.event,
        Some("jobs") => &things.job,
        _ => &things.webhook,
    };
    format!("/v1{}", call.path).replace("{id}", id).replace("{delivery_id}", &things.delivery)
}

async fn make(app: &TestApp, key: &str, call: &Call, things: &Things) -> Page {
    app.program(key).call(call.method.as_str(), &path_of(call, things), body_of(call), &[]).await
}

both_databases! {
    async fn every_call_wants_a_key_that_is_known(app) {
        let organization = app.organization("acme").await;
        let things = things(app, &organization).await;
        let well_formed = app.key(&organization, &Scope::ALL).await;
        let unknown = format!("{}{}", &well_formed[..well_formed.len() - 1], if well_formed.ends_with('a') { 'b' } else { 'a' });
        for call in calls() {
            for key in ["", "nonsense", &unknown] {
                let refused = make(app, key, &call, &things).await.expect(401);
                assert!(refused.header("www-authenticate").starts_with("Bearer"), "{call:?}");
                assert_eq!(refused.header("content-type"), "application/problem+json");
            }
        }
    }

    async fn every_call_wants_its_scope_and_only_that(app) {
        let organization = app.organization("acme").await;
        for call in calls() {
            let things = things(app, &organization).await;
            for scope in Scope::ALL {
                let key = app.key(&organization, &[scope]).await;
                let answer = make(app, &key, &call, &things).await;
                if scope == call.scope {
                    assert!(answer.status < 300 || answer.status == 409, "{call:?} with {scope:?}: {} {}", answer.status, answer.body);
                } else {
                    assert_eq!(answer.status, 403, "{call:?} with {scope:?}");
                    assert!(answer.body.contains(call.scope.as_str()), "says which scope is needed: {}", answer.body);
                }
            }
        }
    }

    async fn another_organizations_things_are_not_found_by_any_call_and_stay_as_they_are(app) {
        let owner = app.organization("acme").await;
        let things = things(app, &owner).await;
        let other = app.organization("other").await;
        let key = app.key(&other, &Scope::ALL).await;
        let read = async || app.program_of(&owner).await.get(&format!("/v1/webhooks/{}", things.webhook)).await.expect(200).body;
        let before = read().await;
        let mut tried = 0;
        for call in calls().iter().filter(|call| call.path.contains('{')) {
            make(app, &key, call, &things).await.expect(404);
            tried += 1;
        }
        assert_eq!(tried, 14);
        assert_eq!(read().await, before);
        for list in ["/v1/webhooks", "/v1/webhooks/logs", "/v1/jobs"] {
            assert_eq!(app.program(&key).get(list).await.expect(200).json()["data"], json!([]));
        }
        let by_foreign_ids = format!("/v1/webhooks/logs?webhook_id={}&event_id={}", things.webhook, things.event);
        assert_eq!(app.program(&key).get(&by_foreign_ids).await.expect(200).json()["data"], json!([]));
    }

    async fn what_is_no_id_is_not_found(app) {
        let organization = app.organization("acme").await;
        let key = app.key(&organization, &Scope::ALL).await;
        for wrong in ["wh_1", "evt_01hq0000000000000000000000", "%00", "%ff", "..%2f..", "'%20or%201=1"] {
            let things = Things { webhook: wrong.into(), delivery: wrong.into(), event: wrong.into(), job: wrong.into() };
            for call in calls().iter().filter(|call| call.path.contains('{')) {
                let answer = make(app, &key, call, &things).await.expect(404);
                assert_eq!(answer.header("content-type"), "application/problem+json", "{call:?} {wrong}");
            }
        }
    }

    async fn an_expired_key_opens_nothing(app) {
        let organization = app.organization("acme").await;
        let expires_at = Some(Time(app.now().0 + 1_000_000));
        let new = NewKey { name: "short".into(), scopes: Scope::ALL.to_vec(), expires_at };
        let (_, key) = api_keys::create(&app.env, &app.permit::<ManageKeys>(&organization), new).await.unwrap();
        app.program(&key).get("/v1/webhooks").await.expect(200);
        app.advance(std::time::Duration::from_secs(2));
        app.program(&key).get("/v1/webhooks").await.expect(401);
    }

    async fn an_unknown_call_and_a_wrong_method_are_problem_documents(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        for (method, path, status) in [("GET", "/v1/nothing", 404), ("GET", "/v1", 404), ("DELETE", "/v1/webhooks", 405), ("GET", "/v1/events", 405), ("PUT", "/v1/webhooks/logs", 405)] {
            let answer = program.call(method, path, None, &[]).await.expect(status);
            assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {path}");
            assert_eq!(answer.json()["status"], status);
        }
    }
}
