//! What the API answers: one struct for each shape of the contract.

use super::words::{ErrorWord, OutcomeWord, StatusWord, TriggerWord};
use crate::{
    model::{
        delivery::{Attempt, Delivery},
        event::EventType,
        time::Time,
        webhook::{EventSelection, RetryPolicy, Webhook},
    },
    server::{
        convention::Convention,
        domain::{events::Accepted, log::EventDetail, paging::Page},
    },
};
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use utoipa::ToSchema;

/// A subscription: where to send what.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookShape {
    #[schema(example = "wh_01jd8zq6w3f5t9k2m4n7p8r0sv")]
    pub id: String,
    #[schema(example = "https://example.com/webhooks")]
    pub url: String,
    pub description: String,
    /// The event types it takes; `["*"]` for all.
    #[schema(example = json!(["call.completed"]))]
    pub events: Vec<String>,
    pub active: bool,
    /// Its own headers by name. Values are masked; send the mask back to keep a value. An empty value
    /// was cleared because the URL's host changed, and must be given again.
    #[schema(value_type = std::collections::HashMap<String, String>, example = json!({"x-team": "••••••••"}))]
    pub headers: Map<String, Value>,
    /// Conditions on the event's data.
    #[schema(value_type = Object, example = json!({"direction": "outbound", "min_duration": 60}))]
    pub filters: Map<String, Value>,
    /// As in force: its own, or the convention's.
    #[schema(value_type = RetryPolicyShape)]
    pub retry_policy: Value,
    /// As in force: its own, or the convention's.
    #[schema(minimum = 1, maximum = 30)]
    pub timeout_seconds: u32,
    /// Most events per second that it is sent; null: as fast as the receiver answers.
    #[schema(minimum = 1, maximum = 10_000)]
    pub rate_per_second: Option<u32>,
    /// The receiver fails, so nothing is sent before this time; then one request goes out to see. Null: as usual.
    #[schema(format = DateTime)]
    pub rests_until: Option<String>,
    /// The last four characters of the current signing secret.
    pub secret_hint: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// When a failed delivery is tried again: one of two forms.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = RetryPolicy)]
#[expect(dead_code, reason = "describes the policy in the OpenAPI document; the model's own is answered")]
pub enum RetryPolicyShape {
    /// N delays make N + 1 attempts.
    Schedule {
        #[schema(example = json!([5, 300, 1800]))]
        schedule_seconds: Vec<u32>,
    },
    /// Each delay is the one before times the multiplier.
    Backoff {
        /// Counts the first.
        #[schema(minimum = 1, maximum = 100, example = 5)]
        max_attempts: u32,
        #[schema(minimum = 1, maximum = 10, example = 2)]
        backoff_multiplier: f64,
        #[schema(maximum = 604_800, example = 60)]
        initial_delay_seconds: u32,
        #[schema(maximum = 604_800, example = 3_600)]
        max_delay_seconds: u32,
    },
}

/// The policy as JSON; a whole multiplier is written without a fraction, as it was likely given.
fn policy(policy: &RetryPolicy) -> Value {
    let mut json = serde_json::to_value(policy).unwrap_or_default();
    if let RetryPolicy::Backoff { backoff_multiplier: factor, .. } = policy
        && factor.fract() == 0.0
    {
        json["backoff_multiplier"] = Value::from(*factor as i64);
    }
    json
}

impl WebhookShape {
    pub fn of(webhook: Webhook, convention: &Convention) -> Self {
        let own = webhook.retry_policy.as_ref();
        Self {
            id: webhook.id.to_string(),
            events: match webhook.events {
                EventSelection::All => vec!["*".into()],
                EventSelection::Only(types) => types,
            },
            headers: webhook.headers.into_iter().map(|h| (h.name, Value::from(h.value))).collect(),
            retry_policy: policy(own.unwrap_or(&convention.retry_policy)),
            timeout_seconds: webhook.timeout_seconds.unwrap_or(convention.timeout_seconds),
            rate_per_second: webhook.rate_per_second,
            rests_until: webhook.rests_until.map(Time::rfc3339),
            url: webhook.url,
            description: webhook.description,
            active: webhook.active,
            filters: webhook.filters,
            secret_hint: webhook.secret_hint,
            created_at: webhook.created_at.rfc3339(),
            updated_at: webhook.updated_at.rfc3339(),
        }
    }
}

/// A new webhook with its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedWebhook {
    #[serde(flatten)]
    pub webhook: WebhookShape,
    /// The signing secret; shown here and never again.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw3Yx1Pz0u8aA=")]
    pub secret: String,
}

/// A new webhook that was made for a named hook.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedHook {
    #[schema(example = "onBatchComplete")]
    pub hook: String,
    #[serde(flatten)]
    pub created: CreatedWebhook,
}

/// The webhooks of named hooks, in the order in which they were given. They share one secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedHooks {
    pub data: Vec<CreatedHook>,
}

/// What adding answers: a webhook, or those of named hooks.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Created {
    One(Box<CreatedWebhook>),
    Hooks(CreatedHooks),
}

/// A new secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct RotatedSecret {
    /// The new signing secret; shown here and never again.
    pub secret: String,
    /// How long the old secret signs beside it.
    pub overlap_seconds: u32,
}

/// One event for one webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryShape {
    #[schema(example = "dlv_01jd8zq6w3f5t9k2m4n7p8r0sv")]
    pub id: String,
    pub event_id: String,
    #[schema(example = "call.completed")]
    pub event_type: String,
    pub webhook_id: String,
    pub url: String,
    /// `pending`: an attempt is under way or planned. `skipped`: the webhook was inactive or deleted.
    #[schema(value_type = StatusWord)]
    pub status: &'static str,
    pub is_test: bool,
    /// Of the last attempt.
    pub response_code: Option<u16>,
    /// Why the last attempt failed; null where it did not.
    #[schema(value_type = Option<ErrorWord>)]
    pub error: Option<&'static str>,
    pub attempt_count: u32,
    pub max_attempts: u32,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub next_attempt_at: Option<String>,
    #[schema(format = DateTime)]
    pub completed_at: Option<String>,
}

impl From<Delivery> for DeliveryShape {
    fn from(delivery: Delivery) -> Self {
        Self {
            error: delivery.error(),
            id: delivery.id.to_string(),
            webhook_id: delivery.webhook_id.to_string(),
            event_id: delivery.event_id,
            event_type: delivery.event_type,
            url: delivery.url,
            status: delivery.status.as_str(),
            is_test: delivery.is_test,
            response_code: delivery.response_code,
            attempt_count: delivery.attempt_count,
            max_attempts: delivery.max_attempts,
            created_at: delivery.created_at.rfc3339(),
            next_attempt_at: delivery.next_attempt_at.map(|t| t.rfc3339()),
            completed_at: delivery.completed_at.map(|t| t.rfc3339()),
        }
    }
}

/// A delivery with every attempt.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryDetail {
    #[serde(flatten)]
    pub delivery: DeliveryShape,
    /// Oldest first.
    pub attempts: Vec<AttemptShape>,
}

/// One HTTP request of a delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attempt)]
pub struct AttemptShape {
    pub id: String,
    /// From 1.
    pub number: u32,
    #[schema(value_type = TriggerWord)]
    pub trigger: &'static str,
    #[schema(format = DateTime)]
    pub started_at: String,
    pub duration_ms: i64,
    #[schema(value_type = OutcomeWord)]
    pub outcome: &'static str,
    pub response_code: Option<u16>,
    /// Names in lower case; credentials masked.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub request_headers: Map<String, Value>,
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub response_headers: Map<String, Value>,
    /// The first 64 KiB as text.
    pub response_body: Option<String>,
    pub response_truncated: bool,
}

impl From<Attempt> for AttemptShape {
    fn from(attempt: Attempt) -> Self {
        Self {
            id: attempt.id.to_string(),
            number: attempt.number,
            trigger: attempt.trigger.as_str(),
            started_at: attempt.started_at.rfc3339(),
            duration_ms: attempt.duration_us / 1_000,
            outcome: attempt.outcome.as_str(),
            response_code: attempt.response_code,
            request_headers: object(attempt.request_headers),
            response_headers: object(attempt.response_headers),
            response_body: attempt.response_body,
            response_truncated: attempt.response_truncated,
        }
    }
}

/// Headers as an object; those of one name are joined, as RFC 9110 (5.3) allows.
fn object(pairs: Vec<(String, String)>) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, value) in pairs {
        let joined = match out.get(&name).and_then(Value::as_str) {
            Some(before) => format!("{before}, {value}"),
            None => value,
        };
        out.insert(name, Value::from(joined));
    }
    out
}

/// What came of a test.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestResult {
    pub delivery: DeliveryShape,
    pub attempt: AttemptShape,
}

/// An event that was taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AcceptedEvent)]
pub struct AcceptedShape {
    #[schema(example = "evt_01jd8zq6w3f5t9k2m4n7p8r0sv")]
    pub id: String,
    #[schema(example = "call.completed")]
    pub event_type: String,
    /// How many webhooks it goes to.
    pub deliveries: u32,
}

impl From<Accepted> for AcceptedShape {
    fn from(event: Accepted) -> Self {
        Self { id: event.id, event_type: event.event_type, deliveries: event.deliveries }
    }
}

/// The events of a batch, in its order.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptedBatch {
    pub data: Vec<AcceptedShape>,
}

/// An event with its deliveries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventShape {
    pub id: String,
    pub event_type: String,
    /// When it happened, as the platform said.
    #[schema(format = DateTime)]
    pub timestamp: String,
    #[schema(format = DateTime)]
    pub created_at: String,
    pub is_test: bool,
    /// The event's data, as it was posted.
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
    /// Newest first.
    pub deliveries: Vec<DeliveryShape>,
}

impl From<EventDetail> for EventShape {
    fn from(event: EventDetail) -> Self {
        Self {
            id: event.id,
            event_type: event.event_type,
            timestamp: event.occurred_at.rfc3339(),
            created_at: event.created_at.rfc3339(),
            is_test: event.is_test,
            data: event.data,
            deliveries: event.deliveries.into_iter().map(DeliveryShape::from).collect(),
        }
    }
}

/// A name in the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EventType)]
pub struct EventTypeShape {
    #[schema(example = "call.completed")]
    pub name: String,
    #[schema(example = "call")]
    pub group: String,
    pub description: String,
    /// An example of the event's `data`.
    #[schema(value_type = Object)]
    pub example: Value,
    /// A JSON Schema of the event's `data`, where the platform gives one.
    #[schema(value_type = Option<Object>)]
    pub schema: Option<Value>,
}

impl From<EventType> for EventTypeShape {
    fn from(kind: EventType) -> Self {
        let EventType { name, group, description, example, schema } = kind;
        Self { name, group, description, example, schema }
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    pub data: Vec<T>,
    /// Give it as `cursor` to go on; null at the end.
    pub next_cursor: Option<String>,
}

impl<T, S> From<Page<S>> for List<T>
where
    T: From<S>,
{
    fn from(page: Page<S>) -> Self {
        Self { data: page.data.into_iter().map(T::from).collect(), next_cursor: page.next_cursor }
    }
}
