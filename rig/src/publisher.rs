//! The publisher: posts numbered events, as fast as they are taken or at a fixed rate.

use crate::{
    Result,
    api::Api,
    machine::now_ns,
    wire::{Connection, request},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// What is published.
#[derive(Debug, Clone)]
pub struct Load {
    /// The first event's number.
    pub first: u64,
    pub count: u64,
    /// Bytes of a request's body.
    pub payload: usize,
    /// Connections that post at the same time.
    pub connections: usize,
    /// Events per second; none: as fast as they are taken.
    pub rate: Option<f64>,
    /// How long the first of a rate waits, so that two publishers do not post at the same moments.
    pub later: Duration,
    /// Whether each event has an idempotency key.
    pub keyed: bool,
    /// Where to; the receiver itself, to see what the machine can do.
    pub path: String,
}

impl Load {
    pub fn new(first: u64, count: u64) -> Self {
        Self {
            first,
            count,
            payload: 1_024,
            connections: 64,
            rate: None,
            later: Duration::ZERO,
            keyed: false,
            path: "/v1/events".into(),
        }
    }
    pub fn at_rate(mut self, rate: f64) -> Self {
        self.rate = Some(rate);
        self
    }
}

/// An event that was posted.
#[derive(Debug, Clone)]
pub struct Posted {
    pub number: u64,
    /// 0 where no answer came.
    pub status: u16,
    pub sent_ns: u64,
    pub answered_ns: u64,
}

/// Publishes all of it; answers each event's fate, in no order. Ends early where the program goes away.
pub async fn publish(api: &Api, load: &Load) -> Vec<Posted> {
    let next = Arc::new(AtomicU64::new(0));
    let started = tokio::time::Instant::now();
    let lines: Vec<_> = (0..load.connections)
        .map(|_| {
            let (api, load, next) = (api.clone(), load.clone(), next.clone());
            tokio::spawn(async move {
                let mut posted = Vec::new();
                // A cut connection ends this line; what it had sent is in `posted` with status 0.
                let _ = line(&api, &load, &next, started, &mut posted).await;
                posted
            })
        })
        .collect();
    let mut all = Vec::new();
    for line in lines {
        all.extend(line.await.unwrap_or_default());
    }
    all
}

async fn line(
    api: &Api,
    load: &Load,
    next: &AtomicU64,
    started: tokio::time::Instant,
    posted: &mut Vec<Posted>,
) -> Result<()> {
    let mut connection = Connection::open(api.address()).await?;
    let padding = "x".repeat(load.payload.saturating_sub(120));
    loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        if place >= load.count {
            return Ok(());
        }
        if let Some(rate) = load.rate {
            tokio::time::sleep_until(started + load.later + Duration::from_secs_f64(place as f64 / rate)).await;
        }
        let (number, sent_ns) = (load.first + place, now_ns());
        let body = format!(
            r#"{{"event_type":"call.completed","data":{{"number":{number},"sent_ns":{sent_ns},"text":"{padding}"}}}}"#
        );
        posted.push(Posted { number, status: 0, sent_ns, answered_ns: 0 });
        let key = load.keyed.then(|| format!("key-{number}"));
        let mut headers = vec![("authorization", api.bearer())];
        headers.extend(key.as_deref().map(|key| ("idempotency-key", key)));
        let head = request("POST", &load.path, &headers, body.len());
        connection.write((head + &body).as_bytes()).await?;
        let Some(answer) = connection.read().await? else { return Ok(()) };
        if let Some(last) = posted.last_mut() {
            (last.status, last.answered_ns) = (answer.status(), now_ns());
        }
    }
}
