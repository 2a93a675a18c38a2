//! The stream of events: a working day's rhythm, with the catalogue's examples as a pattern.

use super::clock::DemoClock;
use crate::{
    model::{error::AppError, event::EventType},
    server::{
        access::{Permit, PublishEvents},
        domain::{
            catalogue,
            events::{self, NewEvent},
        },
        env::Env,
    },
};
use serde_json::{Value, value::to_raw_value};
use std::{sync::Arc, time::Duration};

/// Real time between two events, while the day is lived through and afterwards.
const HURRIED: Duration = Duration::from_millis(20);
const STEADY: Duration = Duration::from_millis(700);

/// Publishes until the process is asked to stop.
pub async fn run(env: Env, permit: Permit<PublishEvents>, clock: Arc<DemoClock>) {
    let types = catalogue::types(&env, permit.organization());
    while !env.stopping.is_cancelled() && !types.is_empty() {
        let dice: [u8; 8] = env.random();
        // Half of what happens is a call; the rest is spread over the catalogue.
        let chosen = if dice[0] < 128 { 0 } else { usize::from(dice[1]) % types.len() };
        if let Err(error) = publish(&env, &permit, &types[chosen], dice).await {
            tracing::warn!(%error, "the demo could not publish");
        }
        let pause = if clock.is_warming_up() { HURRIED } else { STEADY };
        tokio::select! {
            () = tokio::time::sleep(pause.mul_f64(0.2 + f64::from(dice[2]) / 160.0)) => {}
            () = env.stopping.cancelled() => {}
        }
    }
}

async fn publish(env: &Env, permit: &Permit<PublishEvents>, event: &EventType, dice: [u8; 8]) -> Result<(), AppError> {
    let data = to_raw_value(&varied(&event.example, dice)).map_err(crate::server::fault::fault)?;
    let new = NewEvent { event_type: event.name.clone(), data, id: None, idempotency_key: None, timestamp: None };
    events::accept(env, permit, vec![new]).await.map(drop)
}

/// The example with other ids and numbers.
fn varied(example: &Value, dice: [u8; 8]) -> Value {
    match example {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), varied(value, dice))).collect(),
        Value::Array(items) => items.iter().map(|item| varied(item, dice)).collect(),
        Value::Number(number) => {
            let most = number.as_u64().unwrap_or(1).saturating_mul(2).max(1);
            (u64::from_le_bytes(dice) % most).into()
        }
        Value::String(text) if text == "outbound" && dice[3] < 110 => "inbound".into(),
        Value::String(text) => match text.split_once('_') {
            Some((kind, rest)) if rest.len() >= 6 && !text.contains([' ', ':']) => {
                format!("{kind}_{}", hex::encode(&dice[2..6])).into()
            }
            _ => example.clone(),
        },
        other => other.clone(),
    }
}
