//! Rows of the log, written as the recorder would.

use super::TestApp;
use switchhook::{
    model::{delivery::*, id::*, organization::Organization, time::Time},
    on_db,
    server::{
        access::WriteWebhooks,
        domain::webhooks::{self, NewWebhook},
    },
};

/// One finished delivery with one attempt; change what a test is about.
pub struct Sent<'a> {
    pub event_type: &'a str,
    pub data: &'a str,
    pub status: DeliveryStatus,
    pub code: Option<u16>,
    pub outcome: Outcome,
    pub response: &'a str,
}

impl Default for Sent<'_> {
    fn default() -> Self {
        Self {
            event_type: "user.created",
            data: "{}",
            status: DeliveryStatus::Success,
            code: Some(200),
            outcome: Outcome::Answered,
            response: "ok",
        }
    }
}

impl TestApp {
    /// A webhook with this description.
    pub async fn webhook(&self, organization: &Organization, description: &str) -> WebhookId {
        let url = "https://hooks.example.com/in".to_owned();
        let new = NewWebhook { url, description: description.into(), ..Default::default() };
        let permit = self.permit::<WriteWebhooks>(organization);
        webhooks::create(&self.env, &permit, new).await.expect("the webhook is made").0.id
    }

    /// Writes the delivery and its attempt.
    pub async fn sent(&self, organization: &Organization, webhook: WebhookId, sent: Sent<'_>) -> DeliveryId {
        const EVENT: &str = "insert into events (organization_id, id, event_type, occurred_at, created_at, \
            delivery_count, is_test, data) values ($1, $2, $3, $4, $4, 1, $5, $6)";
        const DELIVERY: &str = "insert into deliveries (organization_id, id, event_id, webhook_id, event_type, status, \
            is_test, attempt_count, max_attempts, next_trigger, created_at, response_code, outcome, duration_us, \
            completed_at) values ($1, $2, $3, $4, $5, $6, $7, 1, 10, 0, $8, $9, $10, 120000, $8)";
        const ATTEMPT: &str = "insert into attempts (organization_id, delivery_id, number, id, trigger, started_at, \
            duration_us, outcome, response_code, url, request_headers, response_headers, response_truncated, \
            response_body) values ($1, $2, 1, $3, 0, $4, 120000, $5, $6, 'https://hooks.example.com/in', \
            '[[\"webhook-id\",\"x\"]]', '[[\"server\",\"test\"]]', $7, $8)";
        let id = self.env.new_id(DeliveryId::from_bytes);
        let event = self.env.new_id(EventId::from_bytes);
        let attempt = self.env.new_id(AttemptId::from_bytes);
        let at: Time = self.now();
        let (own, code) = (organization.id, sent.code.map(|c| c as i16));
        let written: Result<(), sqlx::Error> = async {
            on_db!(&self.env.db, transaction tx => {
                let insert = sqlx::query(EVENT).bind(own).bind(event).bind(sent.event_type).bind(at).bind(false);
                insert.bind(sent.data.as_bytes()).execute(&mut *tx).await?;
                let insert = sqlx::query(DELIVERY).bind(own).bind(id).bind(event).bind(webhook).bind(sent.event_type);
                let insert = insert.bind(sent.status).bind(false).bind(at).bind(code).bind(sent.outcome);
                insert.execute(&mut *tx).await?;
                let insert = sqlx::query(ATTEMPT).bind(own).bind(id).bind(attempt).bind(at).bind(sent.outcome);
                insert.bind(code).bind(false).bind(sent.response.as_bytes()).execute(&mut *tx).await?;
                Ok::<_, sqlx::Error>(())
            })
        }
        .await;
        written.expect("the delivery is written");
        // Ids of one millisecond are in no order.
        self.advance(std::time::Duration::from_millis(2));
        id
    }
}
