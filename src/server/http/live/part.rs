//! `GET /o/{slug}/deliveries/{id}/live`: one delivery's page as it changes.

use super::{Onlooker, seen};
use crate::{
    model::{delivery::DeliveryDetail, error::AppError, id::DeliveryId, time::Time},
    server::{
        access::{Permit, ReadLogs},
        domain::log_detail,
        http::{
            pages::{
                PageResult, Signed,
                deliveries::{chosen, retry_refused},
                log::read_query,
            },
            render,
        },
    },
    ui::delivery_detail::{DeliveryPart, Detail},
};
use axum::{
    extract::{Path, RawQuery},
    http::HeaderMap,
};
use leptos::prelude::*;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;

/// The stream.
pub async fn stream(
    signed: Signed,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let raw = raw.unwrap_or_default();
    let id: DeliveryId = id.parse().map_err(|_| AppError::NotFound)?;
    let permit = signed.identity.permit::<ReadLogs>()?;
    let mut changes = signed.env.live.subscribe();
    let detail = log_detail::detail(&signed.env, &permit, id).await?;
    let since = Time(seen(&headers, &raw));
    let slug = signed.frame.organization.slug.clone();
    let view = View { permit, id, slug, chosen: chosen(&raw), query: read_query(&raw).link(None) };
    Ok(Onlooker::open(&signed, move |onlooker| async move {
        if has_changed(&detail, since) {
            view.send(&onlooker).await;
        }
        loop {
            match changes.recv().await {
                Ok(Some(change)) if change.delivery_id == id => view.send(&onlooker).await,
                Ok(Some(_)) => {}
                Ok(None) | Err(RecvError::Lagged(_)) => view.send(&onlooker).await,
                Err(RecvError::Closed) => return,
            }
        }
    }))
}

fn has_changed(detail: &DeliveryDetail, since: Time) -> bool {
    let attempted = detail.attempts.iter().any(|attempt| Time(attempt.started_at.0 + attempt.duration_us) >= since);
    attempted || detail.delivery.completed_at.is_some_and(|at| at >= since)
}

struct View {
    permit: Permit<ReadLogs>,
    id: DeliveryId,
    slug: String,
    chosen: Option<u32>,
    query: String,
}

impl View {
    async fn send(&self, onlooker: &Arc<Onlooker>) {
        let env = &onlooker.env;
        let found = (log_detail::detail(env, &self.permit, self.id).await, onlooker.identity().await);
        let (Ok(known), Ok(identity)) = found else { return };
        let status = known.delivery.status.label();
        let detail = Detail {
            detail: known,
            organization: format!("/o/{}", self.slug),
            slug: self.slug.clone(),
            query: self.query.clone(),
            chosen: self.chosen,
            retry_refused: retry_refused(&identity),
            newer: None,
            older: None,
            egress_ips: env.settings.egress(),
            now: env.now(),
        };
        let html = render::fragment(move || view! { <DeliveryPart detail/> });
        onlooker.send("part", status, &html).await;
    }
}
