//! The program's API, as a platform's backend uses it.

use crate::{
    Result,
    wire::{Connection, Message},
};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// One organization's view.
#[derive(Debug, Clone)]
pub struct Api {
    address: SocketAddr,
    bearer: String,
}

impl Api {
    pub fn new(address: SocketAddr, key: &str) -> Self {
        Self { address, bearer: format!("Bearer {key}") }
    }
    /// The same key at another process.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }
    pub async fn call(&self, method: &str, path: &str, body: &[u8]) -> Result<Message> {
        Connection::open(self.address).await?.call(method, path, &[("authorization", &self.bearer)], body).await
    }
    pub async fn get(&self, path: &str) -> Result<Message> {
        self.call("GET", path, b"").await
    }
    /// The JSON of an answer of class 2xx.
    pub async fn json(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let answer = self.call(method, path, body.to_string().as_bytes()).await?;
        if !(200..300).contains(&answer.status()) {
            return Err(format!("{method} {path}: {}", String::from_utf8_lossy(&answer.body)).into());
        }
        Ok(if answer.body.is_empty() { Value::Null } else { serde_json::from_slice(&answer.body)? })
    }
    /// Adds a webhook for all events with this schedule of retries; answers its id and secret.
    pub async fn webhook(&self, url: &str, schedule_seconds: &[u32]) -> Result<(String, String)> {
        let policy = json!({ "schedule_seconds": schedule_seconds });
        let made = self.json("POST", "/v1/webhooks", &json!({ "url": url, "retry_policy": policy })).await?;
        let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        Ok((text("id"), text("secret")))
    }
    /// Every delivery of the log, newest first.
    pub async fn deliveries(&self, query: &str) -> Result<Vec<Value>> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/webhooks/logs?limit=100{query}{cursor}");
            let mut page = self.json("GET", &path, &Value::Null).await?;
            all.extend(page["data"].as_array_mut().map(std::mem::take).unwrap_or_default());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(all),
            }
        }
    }
    pub fn bearer(&self) -> &str {
        &self.bearer
    }
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
