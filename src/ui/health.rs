//! How deliveries go: figures, charts and causes, for an organization and as a part of each webhook's page.

use super::{
    components::*,
    layout::{Frame, Layout, Section},
};
use crate::model::{
    health_cause::Cause,
    health_report::*,
    time::{self, Time},
};
use leptos::prelude::*;
use std::time::Duration;

/// What the page of an organization shows.
#[derive(Clone, Debug)]
pub struct HealthView {
    pub range: HealthRange,
    pub report: HealthReport,
    pub lines: Vec<HealthLine>,
    /// Addresses that deliveries come from, for firewalls.
    pub egress_ips: Vec<String>,
}

/// The page of an organization.
#[component]
pub fn HealthPage(frame: Frame, view: HealthView) -> impl IntoView {
    let HealthView { range, report, lines, egress_ips } = view;
    let here = frame.path("health");
    let log = frame.path("deliveries?");
    let nothing = lines.is_empty();
    let add = frame.path("webhooks/new");
    let body = match nothing {
        true => view! {
            <Empty icon=glyph::HEALTH title="Nothing to measure yet" text="Once a webhook is there and events are published, this page says how deliveries go.">
                <LinkButton href=add>"Add a webhook"</LinkButton>
            </Empty>
        }
        .into_any(),
        false => view! {
            <h2 class="only-heard">"Figures"</h2>
            <ReportFigures report=report.clone() range/>
            <ReportCharts report=report.clone() log=log.clone()/>
            <Causes causes=report.causes.clone() log=with_start(&log, &report) egress_ips/>
            <ByWebhook lines base=frame.path("webhooks") range/>
        }
        .into_any(),
    };
    view! {
        <Layout frame section=Section::Health>
            <PageHeader title="Health" lead="How deliveries go, over all webhooks.">
                <RangeChoice here range/>
            </PageHeader>
            {body}
        </Layout>
    }
}

/// The log's address with the report's first moment.
pub fn with_start(log: &str, report: &HealthReport) -> String {
    let since = report.series.points.first().map(|p| format!("from={}&", p.start.rfc3339()));
    format!("{log}{}", since.unwrap_or_default())
}

/// Links to each range.
#[component]
pub fn RangeChoice(here: String, range: HealthRange) -> impl IntoView {
    let link = |one: HealthRange| {
        let current = (one == range).then_some("true");
        view! { <a href=format!("{here}?range={}", one.as_str()) aria-current=current>{one.label()}</a> }
    };
    view! { <div class="choices" role="group" aria-label="Time range">{HealthRange::ALL.map(link).into_iter().collect_view()}</div> }
}

/// A response time, or a dash.
fn millis(ms: Option<u32>) -> String {
    ms.map_or_else(|| "–".into(), |ms| time::duration(i64::from(ms) * 1_000))
}

#[component]
fn ReportFigures(report: HealthReport, range: HealthRange) -> impl IntoView {
    let series = report.series.clone();
    let attempts = grouped(series.succeeded() + series.failed());
    view! {
        <dl class="card figures">
            <div><dt>"Success rate"</dt><dd>{series.success_rate().map_or_else(|| "–".into(), percent)}</dd></div>
            <div><dt>"Deliveries per hour"</dt><dd>{rate_in_words(report.per_hour(range))}</dd></div>
            <div><dt>"Deliveries"</dt><dd>{grouped(report.settled)}</dd></div>
            <div><dt>"Attempts"</dt><dd>{attempts}</dd></div>
            <div><dt>"Median response"</dt><dd>{millis(series.p50_ms)}</dd></div>
            <div><dt>"95th percentile"</dt><dd>{millis(series.p95_ms)}</dd></div>
        </dl>
    }
}

/// Attempts and response times; each slice leads to its deliveries. `log` is the log's address with its
/// question mark.
#[component]
pub fn ReportCharts(report: HealthReport, log: String) -> impl IntoView {
    let series = report.series;
    let link = |start: Time| {
        let end = start.plus(Duration::from_secs(series.slice_seconds.into()));
        format!("{log}from={}&to={}", start.rfc3339(), end.rfc3339())
    };
    let links: Vec<String> = series.points.iter().map(|p| link(p.start)).collect();
    view! {
        <section class="card stack" aria-label="Attempts">
            <h3>"Attempts"</h3>
            <AttemptsChart series=series.clone() links=links.clone()/>
        </section>
        <section class="card stack" aria-label="Response time">
            <h3>"Response time"</h3>
            <LatencyChart series links/>
        </section>
    }
}

/// Why attempts failed, each with its deliveries and what to check.
#[component]
pub fn Causes(causes: Vec<Cause>, log: String, egress_ips: Vec<String>) -> impl IntoView {
    let all: u64 = causes.iter().map(|cause| cause.count).sum();
    let none = causes.is_empty();
    let line = move |cause: Cause| {
        let share = percent(cause.count as f64 * 100.0 / all.max(1) as f64);
        let href = format!("{log}{}", cause.query());
        let times =
            if cause.count == 1 { "1 attempt".to_owned() } else { format!("{} attempts", grouped(cause.count)) };
        let unreachable = cause.query() == "error=connect" || cause.query() == "error=timeout";
        let addresses = unreachable.then(|| egress_ips.clone()).filter(|ips| !ips.is_empty());
        let steps = cause.steps();
        view! {
            <li class="cause">
                <div class="row between">
                    <a class="strong" href=href>{cause.label()}</a>
                    <span class="muted nowrap">{format!("{times} · {share}")}</span>
                </div>
                {(!steps.is_empty()).then(|| view! { <Checklist steps addresses=addresses.unwrap_or_default()/> })}
            </li>
        }
    };
    view! {
        <section class="card stack" aria-labelledby="causes">
            <h3 id="causes">"Why attempts failed"</h3>
            {none.then(|| view! { <p class="muted">"No attempt failed in this time."</p> })}
            <ul role="list" class="causes">{causes.into_iter().map(line).collect_view()}</ul>
        </section>
    }
}

/// What to check, folded; with the addresses that a firewall has to let in, where that may be it.
#[component]
pub fn Checklist(steps: &'static [&'static str], addresses: Vec<String>) -> impl IntoView {
    let step = |text: &&'static str| view! { <li>{*text}</li> };
    let addresses = (!addresses.is_empty()).then(|| {
        view! {
            <p class="small muted">"Deliveries come from these addresses:"</p>
            <Copyable text=addresses.join(", ") what="addresses"/>
        }
    });
    view! {
        <details class="fold small checklist">
            <summary>"What to check"</summary>
            <div class="stack tight"><ul>{steps.iter().map(step).collect_view()}</ul>{addresses}</div>
        </details>
    }
}

/// Every webhook in one line, what needs attention first.
#[component]
fn ByWebhook(lines: Vec<HealthLine>, base: String, range: HealthRange) -> impl IntoView {
    let row = move |line: HealthLine| {
        let series = line.report.series.clone();
        let rate = series.success_rate().map_or_else(|| "–".into(), percent);
        let href = format!("{base}/{}?range={}", line.webhook_id, range.as_str());
        view! {
            <tr class="leads">
                <th scope="row"><a class="cover" href=href><bdi>{line.name}</bdi></a></th>
                <td class="number" data-label="Success rate">{rate}</td>
                <td class="number" data-label="Per hour">{rate_in_words(line.report.per_hour(range))}</td>
                <td class="number" data-label="Failed attempts">{grouped(series.failed())}</td>
                <td class="number" data-label="Median">{millis(series.p50_ms)}</td>
                <td class="number" data-label="95th percentile">{millis(series.p95_ms)}</td>
            </tr>
        }
    };
    view! {
        <section class="stack" aria-labelledby="by-webhook">
            <h2 id="by-webhook">"By webhook"</h2>
            <div class="table-box"><table class="table cards">
                <thead><tr>
                    <th scope="col">"Webhook"</th><th scope="col" class="number">"Success rate"</th>
                    <th scope="col" class="number">"Per hour"</th><th scope="col" class="number">"Failed attempts"</th>
                    <th scope="col" class="number">"Median"</th><th scope="col" class="number">"95th percentile"</th>
                </tr></thead>
                <tbody>{lines.into_iter().map(row).collect_view()}</tbody>
            </table></div>
        </section>
    }
}
