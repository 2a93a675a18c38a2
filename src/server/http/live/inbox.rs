//! `GET /o/{slug}/inbox/{id}/live`: requests as they arrive.
//!
//! An inbox is looked into for minutes, by one person: asking the database once a second costs less than
//! a channel of its own, and sees what other processes received.

use super::{Onlooker, seen};
use crate::{
    model::{
        error::AppError,
        id::{InboxId, InboxRequestId, time_sortable},
        inbox::InboxRequest,
        time::Time,
    },
    server::{
        access::{Permit, ReadLogs},
        domain::inbox,
        http::{
            pages::{PageResult, Signed},
            render,
        },
    },
    ui::inbox::Received,
};
use axum::{
    extract::{Path, RawQuery},
    http::HeaderMap,
};
use leptos::prelude::*;
use std::{sync::Arc, time::Duration};

const ASK_EVERY: Duration = Duration::from_secs(1);

/// The stream.
pub async fn stream(
    signed: Signed,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let id: InboxId = id.parse().map_err(|_| AppError::NotFound)?;
    let permit = signed.identity.permit::<ReadLogs>()?;
    inbox::get(&signed.env, &permit, id).await?;
    let since = Time(seen(&headers, &raw.unwrap_or_default()));
    let here = signed.frame.path(&format!("inbox/{id}"));
    Ok(Onlooker::open(&signed, move |onlooker| watch(onlooker, permit, id, here, first_id_at(since))))
}

/// The smallest id that a request received at this time can have.
fn first_id_at(time: Time) -> InboxRequestId {
    InboxRequestId::from_bytes(time_sortable(u64::try_from(time.millis()).unwrap_or(0), [0; 10]))
}

async fn watch(onlooker: Arc<Onlooker>, permit: Permit<ReadLogs>, id: InboxId, here: String, mut last: InboxRequestId) {
    loop {
        let arrived = inbox::requests(&onlooker.env, &permit, id, Some(last)).await.unwrap_or_default();
        for request in arrived.into_iter().rev() {
            last = request.id;
            send(&onlooker, request, here.clone()).await;
        }
        onlooker.env.clock.sleep_until(onlooker.env.now().plus(ASK_EVERY)).await;
    }
}

async fn send(onlooker: &Onlooker, request: InboxRequest, here: String) {
    let (id, now) = (request.id.to_string(), onlooker.env.now());
    let html = render::fragment(move || view! { <Received request here now open=false/> });
    onlooker.send("row", &id, &html).await;
}
