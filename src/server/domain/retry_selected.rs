//! Deliveries that a person has selected in the log, sent again one by one as if each had been retried by itself.

use super::{deliveries, log, subscriptions};
use crate::{
    model::{error::AppError, id::DeliveryId, selected::Selected},
    server::{
        access::{Permit, ReadLogs, RetryDeliveries},
        env::Env,
    },
};

const GONE: &str = "Its webhook has been deleted: there is nobody to send it to.";
const OFF: &str = "Its webhook is switched off, so it would be skipped again.";

/// What became of a selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    /// Are on their way.
    pub begun: usize,
    /// Had changed since they were looked at.
    pub changed: usize,
}

/// What can be done with each.
pub async fn look(env: &Env, permit: &Permit<ReadLogs>, ids: &[DeliveryId]) -> Result<Selected, AppError> {
    let index = subscriptions::of(env, permit.organization_id()).await?;
    let mut found = Selected::default();
    for id in ids {
        let delivery = match log::get(env, permit, *id).await {
            Ok(delivery) => delivery,
            Err(AppError::NotFound) => {
                found.missing += 1;
                continue;
            }
            Err(error) => return Err(error),
        };
        let refused = match index.get(delivery.webhook_id) {
            None => Err(GONE),
            Some(webhook) if !webhook.active => Err(OFF),
            Some(_) => delivery.can_retry(),
        };
        match refused {
            Ok(()) => found.ready.push(delivery),
            Err(reason) => found.left_out.push((delivery, reason)),
        }
    }
    Ok(found)
}

/// Sends them again; one that has changed meanwhile holds up no other.
pub async fn retry(env: &Env, permit: &Permit<RetryDeliveries>, ready: &Selected) -> Result<Done, AppError> {
    let mut done = Done::default();
    for delivery in &ready.ready {
        match deliveries::retry(env, permit, delivery.id).await {
            Ok(_) => done.begun += 1,
            Err(AppError::Conflict(_) | AppError::NotFound) => done.changed += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}
