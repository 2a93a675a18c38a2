//! This installation's own inboxes are reached in the process: the address guard refuses our own
//! addresses, and stays strict.

use crate::{
    model::{delivery::Outcome, error::AppError},
    server::{
        config::inbox_token,
        domain::inbox::receive,
        env::{Env, Sent},
    },
};
use bytes::Bytes;
use tokio::time::Instant;

/// The token, where a URL is that of one of our inboxes.
pub fn token(env: &Env, url: &str) -> Option<String> {
    inbox_token(&env.settings.inboxes(), url).map(str::to_owned)
}

/// Hands a request to the inbox, and answers as it would by HTTP. The headers are those that the log shows: the values of
/// a webhook's own are no more to be kept here than there.
pub async fn deliver(env: &Env, token: &str, shown_headers: Vec<(String, String)>, body: &[u8]) -> Sent {
    let started = Instant::now();
    let (code, body) = match receive(env, token, shown_headers, body).await {
        Ok(verdict) => (200, serde_json::json!({ "received": true, "signature": verdict.as_str() }).to_string()),
        Err(AppError::NotFound) => (404, "This inbox is not there any more.".to_string()),
        Err(AppError::TooMany(_)) => (429, "This inbox takes no more for the moment.".to_string()),
        Err(error) => (503, error.to_string()),
    };
    Sent {
        outcome: Outcome::Answered,
        detail: None,
        response_code: Some(code),
        response_headers: vec![("content-type".into(), "application/json".into())],
        response_body: Bytes::from(body),
        response_truncated: false,
        duration: started.elapsed(),
        not_tried: false,
    }
}
