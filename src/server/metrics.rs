//! What this process counts, for `/metrics`. No label names an organization or a webhook: their number
//! is not bounded, and the page is open to whoever reaches the port.

use crate::model::{delivery::Outcome, time::Time};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use std::time::Duration;

/// Of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    /// The outcome's word.
    outcome: &'static str,
    /// The response code's class as `2xx`; empty without an answer.
    class: &'static str,
}

/// Of an HTTP request that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    /// The route's pattern.
    route: String,
    status: u16,
}

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    events: Counter,
    accept_seconds: Histogram,
    attempts: Family<AttemptLabels, Counter>,
    attempt_seconds: Histogram,
    wait_seconds: Histogram,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Histogram,
    in_flight: Gauge,
    queued: Gauge,
    waiting: Gauge,
    worker_alive: Gauge,
}

/// What is read when the page is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Levels {
    /// Requests to receivers that are under way.
    pub in_flight: usize,
    /// Deliveries in the memory of this process.
    pub queued: usize,
    /// Deliveries that wait for an attempt, in the database; counted up to a bound.
    pub waiting: i64,
    pub worker_alive: bool,
}

/// From half a millisecond to half a minute.
fn latencies() -> Histogram {
    Histogram::new(exponential_buckets(0.0005, 2.0, 17))
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("switchhook"),
            events: Counter::default(),
            accept_seconds: latencies(),
            attempts: Family::default(),
            attempt_seconds: latencies(),
            wait_seconds: Histogram::new(exponential_buckets(0.001, 4.0, 10)),
            requests: Family::default(),
            request_seconds: latencies(),
            in_flight: Gauge::default(),
            queued: Gauge::default(),
            waiting: Gauge::default(),
            worker_alive: Gauge::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let r = &mut self.registry;
        r.register("events_accepted", "Events that were accepted", self.events.clone());
        r.register("attempts", "Requests to receivers by what came of them", self.attempts.clone());
        r.register("http_requests", "Requests that were answered", self.requests.clone());
        let histograms = [
            ("accept", "Time from an event's arrival to its 202", &self.accept_seconds),
            ("attempt", "Time of one exchange with a receiver", &self.attempt_seconds),
            ("delivery_wait", "Time from an event's acceptance to its first attempt", &self.wait_seconds),
            ("http_request", "Time to answer a request", &self.request_seconds),
        ];
        for (name, help, histogram) in histograms {
            r.register_with_unit(name, help, Unit::Seconds, histogram.clone());
        }
        r.register("in_flight", "Requests to receivers that are under way", self.in_flight.clone());
        r.register("queued", "Deliveries in the memory of this process", self.queued.clone());
        r.register("waiting", "Deliveries that wait for an attempt, counted up to 100,000", self.waiting.clone());
        r.register("worker_alive", "1 while the worker of this process goes round", self.worker_alive.clone());
    }

    /// So many events were accepted in one call.
    pub fn accepted(&self, events: usize, took: Duration) {
        self.events.inc_by(events as u64);
        self.accept_seconds.observe(took.as_secs_f64());
    }
    /// An attempt has ended.
    pub fn attempted(&self, outcome: Outcome, code: Option<u16>, took: Duration) {
        let class = match code {
            Some(100..=199) => "1xx",
            Some(200..=299) => "2xx",
            Some(300..=399) => "3xx",
            Some(400..=499) => "4xx",
            Some(500..=599) => "5xx",
            Some(_) => "other",
            None => "",
        };
        self.attempts.get_or_create(&AttemptLabels { outcome: outcome.as_str(), class }).inc();
        self.attempt_seconds.observe(took.as_secs_f64());
    }
    /// A delivery's first attempt starts at `now`.
    pub fn started(&self, accepted_at: Time, now: Time) {
        self.wait_seconds.observe(now.since(accepted_at).as_secs_f64());
    }
    /// A request was answered.
    pub fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let labels = RequestLabels { method: method.into(), route: route.into(), status };
        self.requests.get_or_create(&labels).inc();
        self.request_seconds.observe(took.as_secs_f64());
    }
    /// The page, in the OpenMetrics text format.
    pub fn page(&self, levels: Levels) -> String {
        self.in_flight.set(i64::try_from(levels.in_flight).unwrap_or(i64::MAX));
        self.queued.set(i64::try_from(levels.queued).unwrap_or(i64::MAX));
        self.waiting.set(levels.waiting);
        self.worker_alive.set(i64::from(levels.worker_alive));
        let mut out = String::new();
        // Writing to a text fails only where a metric of ours does, and ours do not.
        if encode(&mut out, &self.registry).is_err() {
            tracing::error!("the metrics page could not be written");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_stands_on_the_page() {
        let metrics = Metrics::default();
        metrics.accepted(3, Duration::from_millis(2));
        metrics.attempted(Outcome::Answered, Some(204), Duration::from_millis(20));
        metrics.attempted(Outcome::Timeout, None, Duration::from_secs(15));
        metrics.answered("GET", "/v1/webhooks/{id}", 200, Duration::from_millis(1));
        let page = metrics.page(Levels { in_flight: 2, queued: 5, waiting: 7, worker_alive: true });
        for line in [
            "switchhook_events_accepted_total 3",
            "switchhook_accept_seconds_count 1",
            r#"switchhook_attempts_total{outcome="answered",class="2xx"} 1"#,
            r#"switchhook_attempts_total{outcome="timeout",class=""} 1"#,
            r#"switchhook_http_requests_total{method="GET",route="/v1/webhooks/{id}",status="200"} 1"#,
            "switchhook_in_flight 2",
            "switchhook_queued 5",
            "switchhook_waiting 7",
            "switchhook_worker_alive 1",
        ] {
            assert!(page.lines().any(|l| l == line), "{line} is not on\n{page}");
        }
    }
}
