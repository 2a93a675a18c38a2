//! Copies of deliveries for a developer's own machine.

use crate::{
    engine::House,
    support::{Answer, Receiver, TestApp, within},
};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};
use switchhook::{
    model::{delivery::DeliveryStatus, organization::Scope, webhook::Header},
    server::domain::webhooks::NewWebhook,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_switchhook");

fn with_header(url: String) -> NewWebhook {
    let headers = vec![Header { name: "x-team".into(), value: "credential".into() }];
    NewWebhook { url, headers, ..NewWebhook::default() }
}

fn header<'a>(heard: &'a serde_json::Value, name: &str) -> &'a str {
    let all = heard["headers"].as_array().unwrap();
    all.iter().find(|pair| pair[0] == name).and_then(|pair| pair[1].as_str()).unwrap_or_default()
}

/// Long enough for a delivery to show up.
fn settle(app: &TestApp) {
    app.advance(Duration::from_secs(1));
}

both_databases! {
    async fn what_is_delivered_from_now_on_is_heard_once_with_its_bytes_and_headers(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let webhook = house.webhook_with(with_header(receiver.url("/"))).await.0.id;
        house.publish().await;
        settle(app);
        let program = app.program_of(&house.organization).await;
        let listen = async |query: &str| program.get(&format!("/v1/listen{query}")).await.expect(200).json();
        let start = listen("").await;
        assert_eq!((start["data"].as_array().unwrap().len(), &start["webhooks"]), (0, &serde_json::json!(1)));
        let cursor = start["next_cursor"].as_str().unwrap();
        let event = house.publish().await;
        settle(app);
        let answer = listen(&format!("?cursor={cursor}&wait_seconds=20")).await;
        assert_eq!(answer["data"].as_array().unwrap().len(), 1, "what came before is not heard");
        let heard = &answer["data"][0];
        assert_eq!((heard["event_id"].as_str().unwrap(), heard["webhook_id"].as_str().unwrap()),
            (event.id.to_string().as_str(), webhook.to_string().as_str()));
        assert_eq!(house.deliveries().await[0].attempt_count, 0, "the delivery is as it was");
        let worker = app.start_worker().await;
        let sent = receiver.wait_for(2).await;
        worker.stop().await.unwrap();
        let own = sent.iter().find(|r| r.header("webhook-id") == Some(header(heard, "webhook-id"))).unwrap();
        use base64::Engine;
        let body = base64::engine::general_purpose::STANDARD.decode(heard["body_base64"].as_str().unwrap()).unwrap();
        assert_eq!(body, own.body.to_vec());
        assert_eq!(Some(header(heard, "webhook-signature")), own.header("webhook-signature"));
        assert_eq!(header(heard, "x-team"), "credential");
        let next = answer["next_cursor"].as_str().unwrap();
        assert_eq!(listen(&format!("?cursor={next}")).await["data"].as_array().unwrap().len(), 0);
    }

    async fn what_a_person_sends_again_and_a_test_are_heard_too(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let webhook = house.webhook(&receiver.url("/")).await.0.id;
        let worker = app.start_worker().await;
        let event = house.publish().await;
        let delivery = house.settled(DeliveryStatus::Success, 1).await.id;
        let other = house.webhook(&receiver.url("/other")).await.0.id;
        settle(app);
        let program = app.program_of(&house.organization).await;
        let listen = async |query: String| program.get(&format!("/v1/listen?{query}")).await.expect(200).json();
        let start = listen(String::new()).await["next_cursor"].as_str().unwrap().to_owned();
        program.post(&format!("/v1/webhooks/logs/{delivery}/retry"), serde_json::json!({})).await.expect(202);
        house.settled(DeliveryStatus::Success, 2).await;
        settle(app);
        program.post(&format!("/v1/webhooks/{webhook}/test"), serde_json::json!({})).await.expect(200);
        settle(app);
        worker.stop().await.unwrap();
        let answer = listen(format!("cursor={start}")).await;
        let heard = answer["data"].as_array().unwrap();
        assert_eq!(heard.len(), 2, "{answer}");
        assert_eq!((&heard[0]["event_id"], &heard[0]["delivery_id"]), (&event.id.into(), &delivery.to_string().into()));
        assert_ne!(heard[1]["event_id"], heard[0]["event_id"], "the test");
        let next = answer["next_cursor"].as_str().unwrap();
        assert_eq!(listen(format!("cursor={next}")).await["data"].as_array().unwrap().len(), 0, "each once");
        let elsewhere = listen(format!("cursor={start}&webhook_id={other}")).await;
        assert_eq!(elsewhere["data"].as_array().unwrap().len(), 0, "sent again to another webhook");
    }

    async fn one_webhook_can_be_chosen_and_credentials_need_the_right_to_change_webhooks(app) {
        let house = House::new(app).await;
        let chosen = house.webhook_with(with_header("https://example.com/a".into())).await.0.id;
        house.webhook("https://example.com/b").await;
        let program = app.program(&app.key(&house.organization, &[Scope::LogsRead]).await);
        let start = program.get("/v1/listen").await.expect(200).json();
        let cursor = start["next_cursor"].as_str().unwrap();
        house.publish().await;
        settle(app);
        let all = program.get(&format!("/v1/listen?cursor={cursor}")).await.expect(200).json();
        assert_eq!(all["data"].as_array().unwrap().len(), 2);
        let one = program.get(&format!("/v1/listen?cursor={cursor}&webhook_id={chosen}")).await.expect(200).json();
        assert_eq!(one["data"].as_array().unwrap().len(), 1);
        assert_eq!(header(&one["data"][0], "x-team"), "•••");
        let other = app.program_of(&app.organization("other").await).await;
        other.get(&format!("/v1/listen?webhook_id={chosen}")).await.expect(404);
        let theirs = other.get(&format!("/v1/listen?cursor={cursor}")).await.expect(200).json();
        assert_eq!((theirs["data"].as_array().unwrap().len(), &theirs["webhooks"]), (0, &serde_json::json!(0)));
        for wrong in ["?wait_seconds=26", "?wait_seconds=x", "?cursor=nonsense"] {
            program.get(&format!("/v1/listen{wrong}")).await.expect(422);
        }
    }

    async fn the_program_forwards_to_a_local_port_and_prints_each_answer(app) {
        let (house, local) = (House::new(app).await, Receiver::start().await);
        house.webhook("https://example.com/").await;
        let key = app.key(&house.organization, &[Scope::LogsRead]).await;
        let mut child = Command::new(PROGRAM)
            .args(["listen", "--server", &app.base, "--forward", &local.url("/hooks")])
            .env("SWITCHHOOK_API_KEY", key)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let greeting = tokio::task::block_in_place(|| lines.next()).expect("a greeting");
        assert!(greeting.starts_with("Listening: ") && greeting.contains("/hooks"), "{greeting}");
        local.next([Answer::status(418)]);
        let event = house.publish().await;
        within("the forwarded copy", async {
            while local.requests().is_empty() {
                app.advance(Duration::from_millis(500));
                tokio::task::yield_now().await;
            }
        })
        .await;
        let copy = local.requests().remove(0);
        assert_eq!(copy.header("webhook-id"), Some(event.id.to_string().as_str()));
        assert!(copy.header("webhook-signature").is_some_and(|signature| signature.starts_with("v1,")));
        let line = tokio::task::block_in_place(|| lines.next()).expect("a line");
        assert!(line.contains("call.completed") && line.contains("418"), "{line}");
        child.kill().expect("it ends");
        child.wait().expect("it has ended");
        assert_eq!(house.settled(DeliveryStatus::Pending, 0).await.attempt_count, 0);
    }
}

#[test]
fn what_is_missing_or_wrong_is_said_in_one_sentence() {
    let run = |arguments: &[&str]| {
        let output = Command::new(PROGRAM).args(arguments).env_remove("SWITCHHOOK_API_KEY").output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run(&["listen", "--forward", "http://127.0.0.1:1/"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("SWITCHHOOK_API_KEY") && said.lines().count() == 1, "{said}");
    let (code, said) = run(&["listen", "--forward", "8000"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("http://127.0.0.1:8000/hooks"), "{said}");
}
