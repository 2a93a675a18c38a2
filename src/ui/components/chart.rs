//! Charts, drawn on the server as SVG: shapes stretch with the page, words are HTML beside them, and
//! the same numbers stand in a table below for those who do not see shapes.

use crate::model::{
    health::{HealthPoint, HealthSeries},
    time::Time,
};
use leptos::prelude::*;

/// Height of every drawing in its own units; the width is one unit a slice.
const HEIGHT: f64 = 100.0;

/// How a series went in one glance: a bar for each slice, red from below where attempts failed.
#[component]
pub fn Sparkline(series: HealthSeries) -> impl IntoView {
    let most = most_attempts(&series).max(1);
    let label = match series.success_rate() {
        Some(rate) => {
            format!("{} of {} attempts succeeded", series.succeeded(), series.succeeded() + series.failed())
                + &format!(" ({})", percent(rate))
        }
        None => "No attempts".into(),
    };
    let width = series.points.len().max(1);
    let bars = series.points.iter().enumerate().map(|(i, point)| bar(i, *point, most, 0.3)).collect_view();
    view! {
        <svg class="spark" viewBox=format!("0 0 {width} {HEIGHT}") preserveAspectRatio="none" role="img" aria-label=label>
            {bars}
        </svg>
    }
}

/// Succeeded and failed attempts over time; each slice is a link to its deliveries (`links`, one a slice).
#[component]
pub fn AttemptsChart(series: HealthSeries, links: Vec<String>) -> impl IntoView {
    if most_attempts(&series) == 0 {
        return view! { <p class="muted">"No attempts in this time."</p> }.into_any();
    }
    let most = nice(most_attempts(&series) as f64);
    let width = series.points.len().max(1);
    let bars = series.points.iter().enumerate().map(|(i, p)| bar(i, *p, most as u64, 0.2)).collect_view();
    let seconds = series.slice_seconds;
    let slices = series.points.clone().into_iter().zip(links).enumerate().map(move |(i, (point, href))| {
        let said = format!("{}: {} succeeded, {} failed", span(point.start, seconds), point.succeeded, point.failed);
        slice(i, said, href)
    });
    view! {
        <figure class="chart">
            <Plot label="Attempts that succeeded and that failed" width top=format!("{most}") middle=format!("{}", most / 2.0) series=series.clone()>
                {bars}
                {slices.collect_view()}
            </Plot>
            <figcaption class="legend">
                <span><i class="good"></i>"Succeeded"</span>
                <span><i class="bad"></i>"Failed"</span>
                <span class="zone">"Times in UTC"</span>
            </figcaption>
            <Numbers title="The numbers as a table" series columns=["Succeeded", "Failed"]
                numbers={|p| [p.succeeded.to_string(), p.failed.to_string()]}/>
        </figure>
    }
    .into_any()
}

/// Median and 95th percentile of response times; each slice is a link to its deliveries (`links`, one a slice) that says
/// both.
#[component]
pub fn LatencyChart(series: HealthSeries, links: Vec<String>) -> impl IntoView {
    let slowest = series.points.iter().filter_map(|p| p.p95_ms.or(p.p50_ms)).max();
    let Some(slowest) = slowest else {
        return view! { <p class="muted">"No answers in this time."</p> }.into_any();
    };
    let most = nice(slowest.into());
    let width = series.points.len().max(1);
    let median = path(series.points.iter().map(|p| p.p50_ms), most);
    let slow = path(series.points.iter().map(|p| p.p95_ms), most);
    let seconds = series.slice_seconds;
    let said = |point: &HealthPoint| {
        let (median, slow) = (response(point.p50_ms), response(point.p95_ms));
        format!("{}: median {median}, 95th percentile {slow}", span(point.start, seconds))
    };
    let answered = |point: &HealthPoint| point.p50_ms.or(point.p95_ms).is_some();
    let points = series.points.iter().zip(links).enumerate().filter(|(_, (point, _))| answered(point));
    let slices = points.map(|(i, (point, href))| slice(i, said(point), href)).collect_view();
    view! {
        <figure class="chart">
            <Plot label="Response times: median and 95th percentile" width top=millis(most) middle=millis(most / 2.0) series=series.clone()>
                <path class="line-2" d=slow></path>
                <path class="line-1" d=median></path>
                {slices}
            </Plot>
            <figcaption class="legend">
                <span><i class="one"></i>"Median"</span>
                <span><i class="two"></i>"95th percentile"</span>
                <span class="zone">"Times in UTC"</span>
            </figcaption>
            <Numbers title="Response times as a table" series columns=["Median", "95th percentile"]
                numbers={|p| [response(p.p50_ms), response(p.p95_ms)]}/>
        </figure>
    }
    .into_any()
}

/// The ground of a chart: scale at the left, time below.
#[component]
fn Plot(
    label: &'static str,
    width: usize,
    top: String,
    middle: String,
    series: HealthSeries,
    children: Children,
) -> impl IntoView {
    let lines = [0.5, HEIGHT / 2.0, HEIGHT - 0.5]
        .map(|y| view! { <line class="grid" x1="0" x2=width.to_string() y1=y.to_string() y2=y.to_string()></line> });
    let daily = series.slice_seconds >= 3_600 && series.points.len() as u32 * series.slice_seconds > 2 * 86_400;
    let step = (series.points.len() / 6).max(1);
    let times =
        series.points.into_iter().step_by(step).map(move |p| if daily { p.start.day() } else { p.start.minute() });
    view! {
        <div class="plot">
            <div class="scale" aria-hidden="true"><span>{top}</span><span>{middle}</span><span>"0"</span></div>
            <svg viewBox=format!("0 0 {width} {HEIGHT}") preserveAspectRatio="none" role="group" aria-label=label>
                {lines.into_iter().collect_view()}
                {children()}
            </svg>
            <div class="times" aria-hidden="true">{times.map(|t| view! { <span>{t}</span> }).collect_view()}</div>
        </div>
    }
}

/// The numbers behind a chart, newest first: two of each slice; slices in which nothing happened are left out.
#[component]
fn Numbers(
    title: &'static str,
    series: HealthSeries,
    columns: [&'static str; 2],
    numbers: fn(&HealthPoint) -> [String; 2],
) -> impl IntoView {
    let seconds = series.slice_seconds;
    let rows = series.points.into_iter().rev().filter(|p| p.succeeded + p.failed > 0).map(move |p| {
        let cells = numbers(&p).map(|text| view! { <td class="number">{text}</td> });
        view! { <tr><th scope="row">{span(p.start, seconds)}</th>{cells.into_iter().collect_view()}</tr> }
    });
    let heads = columns.map(|name| view! { <th scope="col" class="number">{name}</th> });
    view! {
        <details class="fold small">
            <summary>{title}</summary>
            <div class="table-box" tabindex="0" role="region" aria-label=title>
                <table class="table">
                    <thead><tr><th scope="col">"Time (UTC)"</th>{heads.into_iter().collect_view()}</tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
}

/// A response time, or a dash where nothing was answered.
fn response(ms: Option<u32>) -> String {
    ms.map_or_else(|| "–".into(), |ms| millis(ms.into()))
}

/// A slice that the keyboard and the pointer find: it says its numbers, and leads to its deliveries.
fn slice(i: usize, said: String, href: String) -> impl IntoView {
    view! {
        <a href=href aria-label=said.clone()>
            <rect class="slice" x=i.to_string() y="0" width="1" height=HEIGHT.to_string()>
                <title>{said.clone()}</title>
            </rect>
        </a>
    }
}

fn most_attempts(series: &HealthSeries) -> u64 {
    series.points.iter().map(|p| p.succeeded + p.failed).max().unwrap_or(0)
}

/// One slice's bar: failures at the foot, successes on top; a thin line where nothing happened.
fn bar(i: usize, point: HealthPoint, most: u64, gap: f64) -> impl IntoView {
    let height = |count: u64| if count == 0 { 0.0 } else { (count as f64 / most as f64 * HEIGHT).max(4.0) };
    let (good, bad) = (height(point.succeeded), height(point.failed));
    let x = (i as f64 + gap / 2.0).to_string();
    let rect = move |class: &'static str, top: f64, height: f64| {
        (height > 0.0).then(|| {
            view! { <rect class=class x=x.clone() y=format!("{top:.1}") width=(1.0 - gap).to_string() height=format!("{height:.1}")></rect> }
        })
    };
    let none = good + bad == 0.0;
    view! {
        {rect("bar-none", HEIGHT - 3.0, if none { 3.0 } else { 0.0 })}
        {rect("bar-bad", HEIGHT - bad, bad)}
        {rect("bar-good", (HEIGHT - bad - good).max(0.0), good.min(HEIGHT - bad))}
    }
}

/// A line through the values, broken where there is none; a value alone is a dot (a line without length).
fn path(values: impl Iterator<Item = Option<u32>>, most: f64) -> String {
    let mut d = String::new();
    let mut drawing = false;
    for (i, value) in values.enumerate() {
        let Some(value) = value else {
            drawing = false;
            continue;
        };
        let y = HEIGHT - f64::from(value) / most.max(1.0) * HEIGHT;
        d.push_str(&format!("{}{:.1} {y:.1}", if drawing { "L" } else { "M" }, i as f64 + 0.5));
        if !drawing {
            d.push_str("h0");
        }
        drawing = true;
    }
    d
}

/// The next round number at or above `value`: 1, 2 or 5 and zeros.
fn nice(value: f64) -> f64 {
    let magnitude = 10_f64.powf(value.max(1.0).log10().floor());
    let round = [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * magnitude).find(|step| *step >= value);
    round.unwrap_or(value).max(2.0)
}

fn millis(ms: f64) -> String {
    if ms >= 1_000.0 { format!("{} s", ms / 1_000.0) } else { format!("{ms} ms") }
}

/// `21 Nov, 12:00–13:00`.
fn span(start: Time, seconds: u32) -> String {
    if seconds >= 86_400 {
        return start.day();
    }
    let end = start.plus(std::time::Duration::from_secs(seconds.into()));
    format!("{}, {}–{}", start.day(), start.minute(), end.minute())
}

/// A rate for people: `100 %`, `99.4 %`; never rounded up to 100.
pub fn percent(rate: f64) -> String {
    let tenths = (rate * 10.0).floor() / 10.0;
    if tenths == tenths.trunc() { format!("{tenths:.0} %") } else { format!("{tenths:.1} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_never_rounded_up_to_a_hundred() {
        assert_eq!(percent(99.99), "99.9 %");
        assert_eq!(percent(100.0), "100 %");
        assert_eq!(percent(0.0), "0 %");
    }

    #[test]
    fn the_scale_ends_at_a_round_number() {
        assert_eq!([0.0, 3.0, 7.0, 11.0, 480.0, 501.0].map(nice), [2.0, 5.0, 10.0, 20.0, 500.0, 1_000.0]);
    }

    #[test]
    fn a_line_breaks_where_there_is_no_value() {
        assert_eq!(path([Some(50), None, Some(100), Some(0)].into_iter(), 100.0), "M0.5 50.0h0M2.5 0.0h0L3.5 100.0");
    }
}
