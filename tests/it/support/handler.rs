//! Receivers in other languages, written after the platforms' own documents (`end2end/receivers`).

use super::within;
use serde_json::Value;
use std::{path::PathBuf, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// What a document's example is written in.
#[derive(Clone, Copy, Debug)]
pub enum Language {
    JavaScript,
    Python,
}

/// A running receiver; ends when dropped.
pub struct Handler {
    base: String,
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Handler {
    /// `secret` is what the document's receiver reads from its environment: the secret or the token.
    pub async fn start(language: Language, platform: &str, secret: &str) -> Self {
        let receivers = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("end2end/receivers");
        let (program, file) = match language {
            Language::JavaScript => ("node", "documents.mjs"),
            Language::Python => ("python3", "documents.py"),
        };
        let mut command = Command::new(program);
        command.arg(receivers.join(file)).args([platform, secret]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{program} does not start: {error}"));
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let base = within("the receiver's address", lines.next_line()).await.expect("readable").expect("an address");
        Self { base, lines, _child: child }
    }
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
    /// What it says of the next request.
    pub async fn verdict(&mut self) -> Value {
        let line = within("a delivery", self.lines.next_line()).await.expect("readable").expect("a line");
        serde_json::from_str(&line).expect("a line of JSON")
    }
    /// What it says of the next request, which it must have taken.
    pub async fn accepted(&mut self) -> Value {
        let verdict = self.verdict().await;
        assert!(verdict["status"].as_u64().is_some_and(|code| code < 300), "{verdict}");
        verdict
    }
}
