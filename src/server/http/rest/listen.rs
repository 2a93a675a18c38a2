//! `/v1/listen`: copies of new deliveries for a developer's own machine.

use super::{Answer, allowed::Allowed};
use crate::{
    model::{error::AppError, time::Time},
    server::{
        access::{ReadLogs, WriteWebhooks},
        domain::listen::{self, Asked, Heard},
        http::problem::Problem,
    },
};
use axum::{
    Json,
    extract::RawQuery,
    http::header,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// Longest wait for something to happen.
const MAX_WAIT: u64 = 25;
/// How often it is looked meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A delivery's request, as it goes to the webhook's receiver.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeardDelivery)]
pub struct HeardShape {
    pub delivery_id: String,
    pub event_id: String,
    #[schema(example = "call.completed")]
    pub event_type: String,
    pub webhook_id: String,
    /// Names and values in the order they are sent.
    #[schema(example = json!([["webhook-id", "evt_01jd8zq6w3f5t9k2m4n7p8r0sv"]]))]
    pub headers: Vec<(String, String)>,
    /// The body's bytes, in base64.
    pub body_base64: String,
}

impl From<Heard> for HeardShape {
    fn from(heard: Heard) -> Self {
        Self {
            delivery_id: heard.delivery_id.to_string(),
            event_id: heard.event_id,
            event_type: heard.event_type,
            webhook_id: heard.webhook_id.to_string(),
            headers: heard.headers,
            body_base64: STANDARD.encode(&heard.body),
        }
    }
}

/// What was made since the cursor.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeardList {
    /// Oldest first.
    pub data: Vec<HeardShape>,
    /// Give it as `cursor` to go on.
    pub next_cursor: String,
    /// How many webhooks are listened to.
    pub webhooks: usize,
}

/// What to listen to.
#[derive(Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListenParameters {
    /// One webhook; all if missing.
    webhook_id: Option<String>,
    /// `next_cursor` of the answer before; from now on if missing.
    cursor: Option<String>,
    /// How long to wait for something to happen: 0 to 25.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 25, default = 0)]
    wait_seconds: Option<String>,
}

fn read(query: Option<&str>) -> Result<(Asked, Duration), AppError> {
    let mut given = ListenParameters::default();
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned() {
        match name.as_str() {
            "webhook_id" => given.webhook_id = Some(value),
            "cursor" => given.cursor = Some(value),
            "wait_seconds" => given.wait_seconds = Some(value),
            _ => {}
        }
    }
    let webhook = given.webhook_id.filter(|text| !text.is_empty()).map(|text| text.parse());
    let webhook = webhook.transpose().map_err(|_| AppError::NotFound)?;
    let wait = given.wait_seconds.map_or(Ok(0), |text| text.parse::<u64>());
    let wait = wait.ok().filter(|seconds| *seconds <= MAX_WAIT);
    let wait = wait.ok_or_else(|| AppError::field("wait_seconds", "Give a whole number from 0 to 25."))?;
    Ok((Asked { webhook, cursor: given.cursor, with_credentials: false }, Duration::from_secs(wait)))
}

/// Listen to deliveries
///
/// Copies of the deliveries that are made from now on, rendered and signed as the receiver gets them; for
/// `switchhook listen`, which forwards them to a local port. The deliveries themselves go their way. Values of a
/// webhook's own headers are masked unless the key also has the scope webhooks:write.
#[utoipa::path(get, path = "/v1/listen", tag = "Deliveries", params(ListenParameters),
    responses((status = 200, body = HeardList), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn hear(
    caller: Allowed<ReadLogs>,
    trusted: Result<Allowed<WriteWebhooks>, Problem>,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    let (asked, wait) = read(query.as_deref())?;
    let asked = Asked { with_credentials: trusted.is_ok(), ..asked };
    let env = &caller.env;
    let until: Time = env.now().plus(wait);
    let answer = loop {
        let answer = listen::hear(env, &caller.permit, &asked).await?;
        if !answer.heard.is_empty() || asked.cursor.is_none() || env.now() >= until {
            break answer;
        }
        tokio::select! {
            () = env.stopping.cancelled() => break answer,
            () = env.clock.sleep_until(env.now().plus(LOOK_EVERY).min(until)) => {}
        }
    };
    let list = HeardList {
        data: answer.heard.into_iter().map(HeardShape::from).collect(),
        next_cursor: answer.next_cursor,
        webhooks: answer.webhooks,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(list)).into_response())
}
