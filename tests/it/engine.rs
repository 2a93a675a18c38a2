//! What the tests of accepting and delivering share: an organization with webhooks, and a look into the log.

use crate::support::{TestApp, within};
use serde_json::{Value, json};
use switchhook::{
    model::{
        delivery::{Attempt, Delivery, DeliveryStatus},
        id::*,
        log_filter::LogFilter,
        organization::Organization,
        webhook::Webhook,
    },
    server::domain::{
        events::{self, Accepted, NewEvent},
        log,
        webhooks::{self, NewWebhook, WebhookChange},
    },
};

/// An event with this data.
pub fn event(event_type: &str, data: Value) -> NewEvent {
    NewEvent {
        event_type: event_type.into(),
        data: serde_json::value::to_raw_value(&data).unwrap(),
        id: None,
        idempotency_key: None,
        timestamp: None,
    }
}

/// An organization, and what its tests do with it.
pub struct House<'a> {
    pub app: &'a TestApp,
    pub organization: Organization,
}

impl<'a> House<'a> {
    pub async fn new(app: &'a TestApp) -> Self {
        Self { app, organization: app.organization("acme").await }
    }
    /// A webhook for all events; answers it and its secret.
    pub async fn webhook(&self, url: &str) -> (Webhook, String) {
        self.webhook_with(NewWebhook { url: url.into(), ..NewWebhook::default() }).await
    }
    pub async fn webhook_with(&self, new: NewWebhook) -> (Webhook, String) {
        webhooks::create(&self.app.env, &self.app.permit(&self.organization), new).await.expect("the webhook is added")
    }
    pub async fn change(&self, id: WebhookId, change: WebhookChange) {
        let permit = self.app.permit(&self.organization);
        webhooks::update(&self.app.env, &permit, id, change).await.expect("the webhook is changed");
    }
    pub async fn accept(&self, all: Vec<NewEvent>) -> Vec<Accepted> {
        events::accept(&self.app.env, &self.app.permit(&self.organization), all).await.expect("the events are accepted")
    }
    pub async fn publish(&self) -> Accepted {
        self.accept(vec![event("call.completed", json!({"n": 1}))]).await.remove(0)
    }
    /// Every delivery, newest first.
    pub async fn deliveries(&self) -> Vec<Delivery> {
        let permit = self.app.permit(&self.organization);
        log::list(&self.app.env, &permit, &LogFilter::default(), 100, None).await.expect("the log reads").data
    }
    pub async fn attempts(&self, id: DeliveryId) -> Vec<Attempt> {
        log::attempts(&self.app.env, &self.app.permit(&self.organization), id).await.expect("the delivery is there").1
    }
    /// Waits until the delivery stands so after so many attempts.
    pub async fn settled(&self, status: DeliveryStatus, attempts: u32) -> Delivery {
        let mut changes = self.app.env.live.subscribe();
        let what = format!("{status:?} after {attempts} attempts");
        within(&what, async {
            loop {
                let all = self.deliveries().await;
                if let Some(found) = all.into_iter().find(|d| d.status == status && d.attempt_count == attempts) {
                    return found;
                }
                let _ = changes.recv().await;
            }
        })
        .await
    }
}
