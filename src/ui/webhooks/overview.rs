//! One webhook at a glance: how it has gone, what waits, how it is set up.

use super::{
    form::Defaults,
    off::OffNotice,
    page::{WebhookHead, WebhookPage},
    rests::RestsNotice,
};
use crate::{
    model::{
        filter_row::rows_of,
        health_report::{HealthRange, HealthReport, rate_in_words},
        switched_off::SwitchedOff,
        time::Time,
        webhook::{EventSelection, Webhook},
    },
    ui::{
        components::*,
        health::{Causes, RangeChoice, ReportCharts, with_start},
        layout::*,
        recovery::RecoverCard,
    },
};
use leptos::prelude::*;

/// What the page shows besides the head.
#[derive(Clone, Debug)]
pub struct OverviewView {
    pub report: HealthReport,
    pub range: HealthRange,
    /// Addresses that deliveries come from, for firewalls.
    pub egress_ips: Vec<String>,
    pub defaults: Defaults,
    /// Where it is off: since when, and what was skipped.
    pub switched_off: Option<SwitchedOff>,
    pub now: Time,
}

/// The page.
#[component]
pub fn OverviewPage(frame: Frame, head: WebhookHead, view: OverviewView) -> impl IntoView {
    let OverviewView { report, range, egress_ips, defaults, switched_off, now } = view;
    let webhook = head.webhook.clone();
    let off = switched_off.map(|told| {
        view! { <OffNotice frame=frame.clone() webhook=webhook.clone() told off=head.off.clone() now/> }
    });
    let waiting = head.health.waiting_label();
    let log = frame.path(&format!("deliveries?webhook_id={}&", webhook.id));
    let here = frame.path(&format!("webhooks/{}", webhook.id));
    let edit = frame.path(&format!("webhooks/{}/edit", webhook.id));
    let last = head.health.last_delivery_at;
    let test = here.clone() + "/test";
    let rests = webhook.rests(now).map(|until| view! { <RestsNotice until now test/> });
    let recover = view! { <RecoverCard frame=frame.clone() id=webhook.id/> };
    view! {
        <WebhookPage frame head tab="Overview">
            <div class="columns">
                <div class="stack">
                    {off}
                    {rests}
                    <div class="row between">
                        <h2>"How it has gone"</h2>
                        <RangeChoice here range/>
                    </div>
                    <Figures report=report.clone() range waiting last now/>
                    <ReportCharts report=report.clone() log=log.clone()/>
                    <Causes causes=report.causes.clone() log=with_start(&log, &report) egress_ips/>
                </div>
                <aside class="stack" aria-label="Settings">
                    <Summary webhook defaults edit now/>
                    {recover}
                </aside>
            </div>
        </WebhookPage>
    }
}

#[component]
fn Figures(report: HealthReport, range: HealthRange, waiting: String, last: Option<Time>, now: Time) -> impl IntoView {
    let ms =
        |value: Option<u32>| value.map_or_else(|| "–".into(), |ms| crate::model::time::duration(i64::from(ms) * 1_000));
    let per_hour = rate_in_words(report.per_hour(range));
    let series = report.series;
    let last = match last {
        Some(at) => view! { <TimeText at now/> }.into_any(),
        None => "Never".into_any(),
    };
    view! {
        <dl class="card figures">
            <div><dt>"Success rate"</dt><dd>{series.success_rate().map_or_else(|| "–".into(), percent)}</dd></div>
            <div><dt>"Deliveries per hour"</dt><dd>{per_hour}</dd></div>
            <div><dt>"Median response"</dt><dd>{ms(series.p50_ms)}</dd></div>
            <div><dt>"95th percentile"</dt><dd>{ms(series.p95_ms)}</dd></div>
            <div><dt>"Waiting"</dt><dd>{waiting}</dd></div>
            <div><dt>"Last delivery"</dt><dd>{last}</dd></div>
        </dl>
    }
}

/// How the webhook is set up, in words.
#[component]
fn Summary(webhook: Webhook, defaults: Defaults, edit: String, now: Time) -> impl IntoView {
    let events = match &webhook.events {
        EventSelection::All => view! { "All events" }.into_any(),
        EventSelection::Only(types) => {
            let names = types.iter().cloned().map(|name| view! { <li><code class="break">{name}</code></li> });
            view! { <ul role="list">{names.collect_view()}</ul> }.into_any()
        }
    };
    let rate = webhook.rate_per_second;
    let usual = webhook.retry_policy.is_none();
    let policy = webhook.retry_policy.clone().unwrap_or(defaults.policy);
    let retries = match policy.max_attempts() {
        1 => policy.sentence(),
        count => format!("{count} attempts. {}", policy.sentence()),
    };
    let seconds = webhook.timeout_seconds.unwrap_or(defaults.timeout_seconds);
    let secret = edit.replace("/edit", "/secret");
    let headers = webhook.headers.iter().map(|h| h.name.clone()).collect::<Vec<_>>().join(", ");
    let filters =
        rows_of(&webhook.filters).into_iter().map(|row| view! { <li><code class="break">{row.in_words()}</code></li> });
    let filters = (!webhook.filters.is_empty()).then(|| filters.collect_view());
    view! {
        <section class="card" aria-labelledby="summary">
            <header><h2 id="summary">"Settings"</h2><a class="small" href=edit>"Change"</a></header>
            <dl class="facts above">
                <dt>"Events"</dt><dd>{events}</dd>
                {filters.map(|rows| view! { <dt>"Only where"</dt><dd><ul role="list">{rows}</ul></dd> })}
                <dt>"Headers"</dt><dd>{if headers.is_empty() { "None of its own".into() } else { headers }}</dd>
                <dt>"Timeout"</dt><dd>{format!("{seconds} s")}</dd>
                {rate.map(|rate| view! { <dt>"Rate"</dt><dd>{format!("At most {rate} a second")}</dd> })}
                <dt>{if usual { "Retries (the platform’s own schedule)" } else { "Retries" }}</dt>
                <dd>{retries}</dd>
                <dt>"Signing secret"</dt><dd><a href=secret><code>{format!("…{}", webhook.secret_hint)}</code></a></dd>
                <dt>"Added"</dt><dd><TimeText at=webhook.created_at now/></dd>
                <dt>"Id"</dt><dd><Copyable text=webhook.id.to_string() what="webhook id"/></dd>
            </dl>
        </section>
    }
}
