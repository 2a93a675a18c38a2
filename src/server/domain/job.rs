//! What is about to be attempted: a delivery that this process holds, and its event.

use crate::{
    model::{
        delivery::{DeliveryStatus, Trigger},
        id::*,
        time::Time,
    },
    server::{
        convention::{Convention, EventFacts},
        domain::lease::Lease,
    },
};
use bytes::Bytes;
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// An event in memory, shared by its deliveries.
#[derive(Debug)]
pub struct Published {
    pub id: EventId,
    /// The platform's own id where it gave one; it then is what is shown and sent.
    pub given_id: Option<String>,
    pub event_type: String,
    pub occurred_at: Time,
    pub is_test: bool,
    /// JSON, as it was posted.
    pub data: Bytes,
    body: OnceLock<Bytes>,
}

impl Published {
    pub fn new(
        id: EventId,
        given_id: Option<String>,
        event_type: String,
        occurred_at: Time,
        is_test: bool,
        data: Bytes,
    ) -> Self {
        Self { id, given_id, event_type, occurred_at, is_test, data, body: OnceLock::new() }
    }
    /// What `webhook-id` says.
    pub fn shown_id(&self) -> String {
        self.given_id.clone().unwrap_or_else(|| self.id.to_string())
    }
    /// The body that goes out, rendered once; `convention` is that of the event's organization.
    pub fn body(&self, convention: &Convention) -> Bytes {
        let render = || {
            convention.body(&EventFacts {
                shown_id: &self.shown_id(),
                event_type: &self.event_type,
                occurred_at: self.occurred_at,
                is_test: self.is_test,
                data: std::str::from_utf8(&self.data).unwrap_or("null"),
            })
        };
        self.body.get_or_init(render).clone()
    }
}

/// Where the event is.
#[derive(Debug, Clone)]
pub enum Source {
    /// In memory: a fresh event is never read back.
    Here(Arc<Published>),
    /// In the database, with so many bytes of data.
    Stored(EventId, usize),
}

/// Bytes that a job keeps in memory: from when it waits until it has ended, and beyond that while it is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weight {
    pub waiting: usize,
    pub under_way: usize,
}

/// A delivery that this process holds.
#[derive(Debug, Clone)]
pub struct Job {
    pub organization_id: OrganizationId,
    pub delivery_id: DeliveryId,
    /// Kept until the database no longer names this process as the holder.
    pub lease: Arc<Lease>,
    pub webhook_id: WebhookId,
    pub event: Source,
    /// Attempts that were made already.
    pub attempts_before: u32,
    pub max_attempts: u32,
    pub trigger: Trigger,
    pub triggered_by: Option<String>,
}

impl Job {
    /// Whose lane it goes by.
    pub fn key(&self) -> (OrganizationId, WebhookId) {
        (self.organization_id, self.webhook_id)
    }
    pub fn weight(&self) -> Weight {
        // What is under way has its data and the body made of that.
        match &self.event {
            Source::Here(event) => Weight { waiting: event.data.len() + 512, under_way: event.data.len() },
            Source::Stored(_, bytes) => Weight { waiting: 256, under_way: 2 * bytes },
        }
    }
    /// Bytes that it keeps in memory while it waits.
    pub fn size(&self) -> usize {
        self.weight().waiting
    }
}

/// What an attempt left behind, in the words of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    pub status: DeliveryStatus,
    /// Set exactly while pending.
    pub attempt_at: Option<Time>,
    /// Whether the receiver asked for no more events.
    pub switch_off: bool,
}

/// What an attempt says about the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Success,
    Failure,
    TimedOut,
    /// 429, 502, 503 or 504, with the wait that it asks for.
    TooMuch(Option<Duration>),
    /// Nothing was sent, or the fault was ours.
    Nothing,
}
