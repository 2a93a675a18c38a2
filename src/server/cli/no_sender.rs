//! The commands beside `serve` deliver nothing; should a rule ask them to, it is told so.

use crate::{
    model::delivery::Outcome,
    server::env::{Outgoing, Sender, Sent},
};
use async_trait::async_trait;
use bytes::Bytes;
use std::time::Duration;

/// Refuses every request.
pub struct NoSender;

#[async_trait]
impl Sender for NoSender {
    async fn send(&self, _: Outgoing) -> Sent {
        Sent {
            outcome: Outcome::RefusedAddress,
            detail: Some("this command of switchhook sends nothing".into()),
            response_code: None,
            response_headers: Vec::new(),
            response_body: Bytes::new(),
            response_truncated: false,
            duration: Duration::ZERO,
        }
    }
    fn check_url(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
}
