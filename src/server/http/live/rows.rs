//! `GET /o/{slug}/deliveries/live`: rows of the log as they are added or change, by the page's filters.

use super::{Onlooker, seen};
use crate::{
    model::{
        delivery::{Delivery, DeliveryStatus},
        id::*,
        log_filter::{LogFilter, LogQuery},
        time::Time,
    },
    server::{
        access::{Permit, ReadLogs},
        domain::{live::DeliveryChange, log, log_detail},
        http::{
            pages::{PageResult, Signed, log::read_query},
            render,
        },
    },
    ui::deliveries::{DeliveryRow, LogRow},
};
use axum::{extract::RawQuery, http::HeaderMap};
use leptos::prelude::*;
use std::{collections::BTreeSet, collections::HashMap, sync::Arc};
use tokio::sync::broadcast::{Receiver, error::RecvError, error::TryRecvError};

/// Rows that one round sends; beyond it the page is better loaded anew.
const MOST_ROWS: usize = 50;

/// The stream.
pub async fn stream(signed: Signed, headers: HeaderMap, RawQuery(raw): RawQuery) -> PageResult {
    let raw = raw.unwrap_or_default();
    let query = LogQuery { cursor: String::new(), ..read_query(&raw) };
    let permit = signed.identity.permit::<ReadLogs>()?;
    let filter = query.parse()?;
    let names = log_detail::webhook_names(&signed.env, &permit).await?.into_iter().collect();
    // Before the page's own past is looked through, so that nothing falls in between.
    let changes = signed.env.live.subscribe();
    let since = Time(seen(&headers, &raw));
    let here = signed.frame.path("deliveries");
    Ok(Onlooker::open(&signed, move |onlooker| {
        Tail { onlooker, permit, filter, query: query.link(None), here, names }.run(changes, since)
    }))
}

struct Tail {
    onlooker: Arc<Onlooker>,
    permit: Permit<ReadLogs>,
    filter: LogFilter,
    query: String,
    here: String,
    names: HashMap<WebhookId, String>,
}

impl Tail {
    async fn run(mut self, mut changes: Receiver<Option<DeliveryChange>>, since: Time) {
        self.catch_up(since).await;
        while let Some(ids) = next_round(&mut changes, self.permit.organization_id()).await {
            match ids {
                Round::Behind => self.onlooker.send("behind", "", "").await,
                Round::Changed(ids) => self.tell(ids).await,
            }
            self.onlooker.pause().await;
        }
    }

    /// What happened on the page's rows between its making and the opening of this stream.
    async fn catch_up(&mut self, since: Time) {
        let env = self.onlooker.env.clone();
        // One more than is sent: whether that one is new, too.
        let Ok(page) = log::list(&env, &self.permit, &self.filter, MOST_ROWS as u32 + 1, None).await else { return };
        let changed = |d: &Delivery| {
            d.status == DeliveryStatus::Pending || d.created_at >= since || d.completed_at.is_some_and(|at| at >= since)
        };
        if page.data.get(MOST_ROWS).is_some_and(|beyond| beyond.created_at >= since) {
            self.onlooker.send("behind", "", "").await;
        }
        let rows: Vec<_> = page.data.into_iter().take(MOST_ROWS).filter(changed).collect();
        for delivery in rows.into_iter().rev() {
            self.send("row", delivery).await;
        }
    }

    /// Ids in the order of their making, so that the newest ends up at the top.
    async fn tell(&mut self, ids: BTreeSet<DeliveryId>) {
        if ids.len() > MOST_ROWS {
            self.onlooker.send("behind", "", "").await;
        }
        let env = self.onlooker.env.clone();
        for id in ids.into_iter().rev().take(MOST_ROWS).collect::<Vec<_>>().into_iter().rev() {
            let Ok(delivery) = log::get(&env, &self.permit, id).await else { continue };
            // A row that no longer matches stays where it is and shows how it stands now.
            let name = if self.filter.matches(&delivery) { "row" } else { "changed" };
            self.send(name, delivery).await;
        }
    }

    async fn send(&mut self, name: &str, delivery: Delivery) {
        let env = self.onlooker.env.clone();
        let webhook_name = match self.names.get(&delivery.webhook_id) {
            Some(name) => name.clone(),
            None => {
                let name = log_detail::webhook_name(&env, &self.permit, delivery.webhook_id).await.unwrap_or_default();
                self.names.insert(delivery.webhook_id, name.clone());
                name
            }
        };
        let id = delivery.id.to_string();
        let row = LogRow { delivery, webhook_name };
        let (here, query, now) = (self.here.clone(), self.query.clone(), env.now());
        let html = render::fragment(move || view! { <DeliveryRow row here query now/> });
        self.onlooker.send(name, &id, &html).await;
    }
}

enum Round {
    Changed(BTreeSet<DeliveryId>),
    /// So much happened that some of it was left out.
    Behind,
}

/// Everything that has happened in the organization since the last round; waits for something to happen.
async fn next_round(changes: &mut Receiver<Option<DeliveryChange>>, organization: OrganizationId) -> Option<Round> {
    let mut ids = BTreeSet::new();
    while ids.is_empty() {
        match changes.recv().await {
            Ok(Some(change)) if change.organization_id == organization => ids.insert(change.delivery_id),
            Ok(Some(_)) => continue,
            Ok(None) | Err(RecvError::Lagged(_)) => return Some(Round::Behind),
            Err(RecvError::Closed) => return None,
        };
    }
    loop {
        match changes.try_recv() {
            Ok(Some(change)) if change.organization_id == organization => ids.insert(change.delivery_id),
            Ok(Some(_)) => continue,
            Ok(None) | Err(TryRecvError::Lagged(_)) => return Some(Round::Behind),
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(Round::Changed(ids)),
        };
    }
}
