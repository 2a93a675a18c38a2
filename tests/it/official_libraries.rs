//! Receivers written with the official Standard Webhooks libraries believe what is sent to them, before,
//! during and after a change of secrets. They answer 400 to what they do not.

use crate::support::{TestApp, database::Kind, within};
use base64::Engine;
use serde_json::json;
use std::{path::PathBuf, process::Stdio};
use switchhook::server::env::{Clock, SystemClock};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

#[derive(Clone, Copy, Debug)]
enum Language {
    JavaScript,
    Python,
}

impl Language {
    /// The program, or the sentence that says how to get it.
    fn command(self) -> Command {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let receivers = root.join("end2end/receivers");
        let (program, file, needed) = match self {
            Self::JavaScript => ("node".into(), "receiver.mjs", root.join("end2end/node_modules/standardwebhooks")),
            Self::Python => {
                let python = root.join("target/receivers/python/bin/python");
                (python.clone(), "receiver.py", python)
            }
        };
        assert!(needed.exists(), "{} is missing: run scripts/setup tests", needed.display());
        let mut command = Command::new(program);
        command.arg(receivers.join(file));
        command
    }
}

/// A running receiver; ends when dropped.
struct Official {
    url: String,
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Official {
    async fn start(language: Language, secret: &str) -> Self {
        let mut command = language.command();
        command.arg(secret).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{language:?} does not start: {error}"));
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let url = within("the receiver's address", lines.next_line()).await.expect("readable").expect("an address");
        Self { url, lines, _child: child }
    }
    /// What it says of the next request.
    async fn verdict(&mut self) -> String {
        within("a delivery", self.lines.next_line()).await.expect("readable").expect("a line")
    }
}

fn secret(byte: u8) -> String {
    format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode([byte; 32]))
}

async fn a_receiver_believes(language: Language) {
    let app = TestApp::on(Kind::Sqlite).await;
    // The libraries refuse what is older than five minutes by the machine's clock.
    app.clock.set(SystemClock.now());
    let worker = app.start_worker().await;
    let acme = app.organization("acme").await;
    let program = app.program_of(&acme).await;
    let mut first = Official::start(language, &secret(1)).await;
    let webhook = program.post("/v1/webhooks", json!({"url": first.url, "secret": secret(1)})).await.expect(201).json();
    let publish = |text: &'static str| {
        let event = json!({"event_type": "user.created", "data": {"text": text}});
        async { program.post("/v1/events", event).await.expect(202).json()["id"].as_str().expect("an id").to_string() }
    };

    let id = publish("Grüße, 世界 \u{1f30d}").await;
    assert_eq!(first.verdict().await, format!("verified {id}"));

    let webhook = webhook["id"].as_str().expect("an id");
    let rotate = format!("/v1/webhooks/{webhook}/secret/rotate");
    let rotated = program.post(&rotate, json!({"overlap_seconds": 60})).await;
    let new_secret = rotated.expect(200).json()["secret"].as_str().expect("a secret").to_string();
    let id = publish("still signed with the old secret").await;
    assert_eq!(first.verdict().await, format!("verified {id}"));

    let mut second = Official::start(language, &new_secret).await;
    program.patch(&format!("/v1/webhooks/{webhook}"), json!({"url": second.url})).await.expect(200);
    let id = publish("and with the new one").await;
    assert_eq!(second.verdict().await, format!("verified {id}"));

    // Once the overlap is over, the old secret is believed no more.
    app.advance(std::time::Duration::from_secs(61));
    program.patch(&format!("/v1/webhooks/{webhook}"), json!({"url": first.url})).await.expect(200);
    publish("no more").await;
    assert!(first.verdict().await.starts_with("refused"));
    worker.stop().await.expect("it stops");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_library_for_javascript_believes_deliveries_through_a_change_of_secrets() {
    a_receiver_believes(Language::JavaScript).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_library_for_python_believes_deliveries_through_a_change_of_secrets() {
    a_receiver_believes(Language::Python).await;
}
