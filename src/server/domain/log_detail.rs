//! One delivery with all that its page shows: its attempts, the bytes that are sent, the webhook's name.

use super::{catalogue, log};
use crate::{
    model::{delivery::DeliveryDetail, error::AppError, id::*, webhook::name_of},
    server::{
        access::{Permit, ReadLogs},
        convention::EventFacts,
        env::Env,
        store::{inbox, log as store},
    },
};
use std::collections::HashMap;

/// The delivery with every attempt and the body that each of them sends.
pub async fn detail(env: &Env, permit: &Permit<ReadLogs>, id: DeliveryId) -> Result<DeliveryDetail, AppError> {
    let (delivery, attempts) = log::attempts(env, permit, id).await?;
    let organization = permit.organization_id();
    let event_id = store::event_id(&env.db, organization, &delivery.event_id).await?.ok_or(AppError::NotFound)?;
    let event = store::event(&env.db, organization, event_id).await?.ok_or(AppError::NotFound)?;
    let convention = catalogue::convention(env, permit.organization())?;
    let body = convention.body(&EventFacts {
        shown_id: &delivery.event_id,
        event_type: &event.event_type,
        occurred_at: event.occurred_at,
        is_test: event.is_test,
        data: &String::from_utf8_lossy(&event.data),
    });
    let named = store::webhook_name(&env.db, organization, delivery.webhook_id).await?;
    let (description, url, webhook_exists) = named.unwrap_or_default();
    Ok(DeliveryDetail {
        interrupted_at: store::interrupted_at(&env.db, organization, id).await?,
        webhook_name: name_of(&description, &url).to_owned(),
        request_body: String::from_utf8_lossy(&body).into_owned(),
        delivery,
        attempts,
        webhook_exists,
    })
}

/// The names of all webhooks that there are, by id, in the order of their making.
pub async fn webhook_names(env: &Env, permit: &Permit<ReadLogs>) -> Result<Vec<(WebhookId, String)>, AppError> {
    let rows = inbox::webhooks_under(&env.db, permit.organization_id(), "").await?;
    Ok(rows.into_iter().map(|w| (w.id, name_of(&w.description, &w.url).to_owned())).collect())
}

/// The name of one webhook, also of a deleted one.
pub async fn webhook_name(env: &Env, permit: &Permit<ReadLogs>, id: WebhookId) -> Result<String, AppError> {
    let named = store::webhook_name(&env.db, permit.organization_id(), id).await?;
    let (description, url, _) = named.unwrap_or_default();
    Ok(name_of(&description, &url).to_owned())
}

/// The names of the webhooks that these deliveries went to: of deleted ones too.
pub async fn names_of(
    env: &Env,
    permit: &Permit<ReadLogs>,
    known: &[(WebhookId, String)],
    wanted: impl Iterator<Item = WebhookId>,
) -> Result<HashMap<WebhookId, String>, AppError> {
    let mut names: HashMap<_, _> = known.iter().cloned().collect();
    for id in wanted {
        if let std::collections::hash_map::Entry::Vacant(place) = names.entry(id) {
            place.insert(webhook_name(env, permit, id).await?);
        }
    }
    Ok(names)
}
