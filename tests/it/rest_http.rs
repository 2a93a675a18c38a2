//! What surrounds the calls: health, metrics, the API explained, request ids, compression.

use serde_json::json;
use switchhook::{model::organization::Role, server::http::rest::calls};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

both_databases! {
    async fn an_address_with_a_nul_in_it_is_not_found_and_no_fault_of_ours(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "ada@example.com", Role::Owner).await;
        let browser = app.sign_in("ada@example.com").await;
        for path in ["/o/%00/webhooks", "/o/acme/webhooks/%00", "/invitations/%00", "/reset/a%00b", "/inbox/%00"] {
            let status = browser.get(path).await.status;
            assert!((400..500).contains(&status), "{path}: {status}");
        }
        assert_eq!(browser.post("/inbox/a%00b", &[]).await.status, 404);
        assert_eq!(browser.get("/o/%00").await.expect(303).location(), "/o/%00/webhooks");
    }

    async fn no_body_is_read_for_an_inbox_that_nobody_has(app) {
        let asked = "POST /inbox/made-up HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 9000000\r\n\r\n";
        let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).await.unwrap();
        stream.write_all(asked.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 404", "before anything of the body has come");
    }

    async fn it_says_that_it_is_alive_and_ready(app) {
        assert_eq!(app.browser().get("/healthz").await.expect(200).json()["status"], "ok");
        let ready = app.browser().get("/readyz").await.expect(200).json();
        assert_eq!((&ready["status"], &ready["database"]), (&json!("ok"), &json!("ok")));
    }

    async fn a_worker_that_has_stalled_is_not_ready_and_says_so(app) {
        app.env.pulse.beat(app.now());
        assert_eq!(app.browser().get("/readyz").await.expect(200).json()["worker"], "ok");
        app.advance(std::time::Duration::from_secs(31));
        let problem = app.browser().get("/readyz").await.expect(503).json();
        assert_eq!((&problem["status"], &problem["worker"]), (&json!("not ready"), &json!("stalled")));
        app.env.stopping.cancel();
        assert_eq!(app.browser().get("/readyz").await.expect(503).json()["stopping"], true);
    }

    async fn a_database_that_is_gone_is_not_ready_and_calls_say_when_to_try_again(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        program.get("/v1/webhooks").await.expect(200);
        app.env.db.close().await;
        app.browser().get("/healthz").await.expect(200);
        assert_eq!(app.browser().get("/readyz").await.expect(503).json()["database"], "failing");
        let busy = program.get("/v1/webhooks").await.expect(503);
        assert!(busy.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
        assert_eq!(busy.header("content-type"), "application/problem+json");
    }

    async fn what_happened_stands_in_the_metrics(app) {
        let program = app.program_of(&app.organization("acme").await).await;
        program.post("/v1/webhooks", json!({"url": "https://example.com/"})).await.expect(201);
        program.post("/v1/events", json!({"event_type": "a.b", "data": {}})).await.expect(202);
        let page = app.browser().get("/metrics").await.expect(200);
        assert!(page.header("content-type").starts_with("application/openmetrics-text"));
        page.shows("switchhook_events_accepted_total 1\n").shows("switchhook_waiting 1\n");
        page.shows(r#"switchhook_http_requests_total{method="POST",route="/v1/events",status="202"} 1"#);
        page.shows("# EOF");
    }

    async fn the_api_is_explained_for_programs_and_for_people(app) {
        let document = app.browser().get("/openapi.json").await.expect(200).json();
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(document["servers"][0]["url"], app.base.as_str());
        let page = app.browser().get("/docs").await.expect(200);
        page.shows("<!DOCTYPE html>").shows("curl -X POST").shows("problem-invalid");
        for call in calls() {
            let path = format!("/v1{}", call.path);
            assert!(document["paths"][&path][call.method.as_str().to_lowercase()].is_object(), "{call:?}");
            page.shows(&path);
        }
    }

    async fn the_document_lists_whatever_a_call_answers(app) {
        let acme = app.organization("acme").await;
        let (all, none) = (app.program_of(&acme).await, app.program("none"));
        let document = app.browser().get("/openapi.json").await.expect(200).json();
        let longest = "x".repeat(10 * 1024 * 1024 + 1);
        for call in calls() {
            let (method, path) = (call.method.as_str(), format!("/v1{}", call.path));
            let described = &document["paths"][&path][method.to_lowercase()];
            let listed = &described["responses"];
            let here = path.replace("{id}", "none").replace("{delivery_id}", "none");
            let mut answers = vec![none.call(method, &here, None, &[]).await, all.call(method, &here, None, &[]).await];
            if method == "GET" {
                answers.push(all.get(&format!("{here}?limit=0&wait_seconds=x")).await);
            } else {
                // Things must be there, or 404 comes first.
                let known = all.post("/v1/webhooks", json!({"url": "http://127.0.0.1:65530/"})).await.expect(201).json();
                let there = path.replace("{id}", known["id"].as_str().unwrap()).replace("{delivery_id}", "none");
                let wrong = r#"{"url": 5, "event_type": 5, "overlap_seconds": "x", "since": 5}"#;
                let too_long = described["requestBody"].is_object().then_some(longest.as_str());
                for body in ["{", "[]", wrong].into_iter().chain(too_long) {
                    answers.push(all.send_text(method, &there, body).await);
                }
            }
            for answer in answers {
                let status = answer.status.to_string();
                assert!(listed[&status].is_object(), "{method} {path} answers {status}, which is not listed: {}", answer.body);
                let is_problem = answer.status >= 400;
                let content = &listed[&status]["content"]["application/problem+json"];
                assert_eq!(content.is_object(), is_problem, "{method} {path} {status}");
            }
            assert!(listed["503"].is_object(), "{method} {path}");
        }
    }

    async fn each_answer_has_a_request_id_the_callers_own_where_it_is_plain(app) {
        let program = app.program("nonsense");
        assert_eq!(program.get("/healthz").await.header("x-request-id").len(), 16);
        let own = program.call("GET", "/healthz", None, &[("x-request-id", "trace-17.a")]).await;
        assert_eq!(own.header("x-request-id"), "trace-17.a");
        let odd = program.call("GET", "/healthz", None, &[("x-request-id", "<script>")]).await;
        assert_ne!(odd.header("x-request-id"), "<script>");
    }

    async fn what_is_large_is_served_as_brotli(app) {
        let large = app.program("none").call("GET", "/openapi.json", None, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(large.header("content-encoding"), "br");
        let small = app.program("none").call("GET", "/healthz", None, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(small.header("content-encoding"), "");
    }
}
