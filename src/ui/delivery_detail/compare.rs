//! Two attempts side by side: what is different is said by word and shown by colour.

use super::{body::pretty, timeline::result};
use crate::{
    model::{
        comparison::{MOST_LINES, Pair, Sameness, headers, lines},
        delivery::Attempt,
        time::{Time, duration},
    },
    ui::{
        components::*,
        deliveries::Moment,
        layout::{Frame, Layout, Section},
    },
};
use leptos::prelude::*;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct CompareView {
    pub first: Attempt,
    pub second: Attempt,
    /// Numbers of all attempts, to choose from.
    pub all: Vec<u32>,
    /// Address of the delivery.
    pub here: String,
    pub now: Time,
}

/// The page.
#[component]
pub fn ComparePage(frame: Frame, view: CompareView) -> impl IntoView {
    let CompareView { first, second, all, here, now } = view;
    let names = [format!("Attempt {}", first.number), format!("Attempt {}", second.number)];
    let above = vec![("Deliveries".to_owned(), frame.path("deliveries")), ("Delivery".to_owned(), here.clone())];
    let body = |attempt: &Attempt| {
        let text = attempt.response_body.clone().unwrap_or_default();
        pretty(&text).unwrap_or(text)
    };
    let (body_a, body_b) = (body(&first), body(&second));
    let is_cut = body_a.lines().count().max(body_b.lines().count()) > MOST_LINES;
    let answer = vec![
        Pair::new("Result", result(&first), result(&second)),
        Pair::new("Duration", duration(first.duration_us), duration(second.duration_us)),
        Pair::new("Sent to", first.url.clone(), second.url.clone()),
    ];
    let part = |title: &'static str, what: &'static str, pairs: Vec<Pair>| {
        view! { <Part title what names=names.clone() pairs/> }
    };
    let parts = [
        part("Answer", "What", answer),
        part("Response headers", "Header", headers(&first.response_headers, &second.response_headers)),
        part("Response body", "Line", lines(&body_a, &body_b)),
    ];
    let request = part("Request headers", "Header", headers(&first.request_headers, &second.request_headers));
    let cut = is_cut.then(
        || view! { <p class="muted small">{format!("Only the first {MOST_LINES} lines of each are compared.")}</p> },
    );
    view! {
        <Layout frame section=Section::Deliveries>
            <Breadcrumbs above here="Compare"/>
            <PageHeader title="Compare attempts" lead="What differs is marked."/>
            <Choose all first second here now/>
            {parts.into_iter().collect_view()}
            {cut}
            {request}
        </Layout>
    }
}

/// Which two, and when they were made.
#[component]
fn Choose(all: Vec<u32>, first: Attempt, second: Attempt, here: String, now: Time) -> impl IntoView {
    let options: Vec<_> = all.iter().map(|n| (n.to_string(), format!("Attempt {n}"))).collect();
    let action = format!("{here}/compare");
    view! {
        <form class="toolbar" method="get" action=action aria-label="Attempts to compare">
            <SelectField name="a" label="Compare" options=options.clone() value=first.number.to_string()/>
            <SelectField name="b" label="With" options value=second.number.to_string()/>
            <Button>"Compare"</Button>
        </form>
        <p class="row small muted">
            {format!("Attempt {}: ", first.number)}<Moment at=first.started_at now/>
            {format!("Attempt {}: ", second.number)}<Moment at=second.started_at now/>
        </p>
    }
    .into_any()
}

/// One part of both; what is the same everywhere is said in the heading.
#[component]
fn Part(title: &'static str, what: &'static str, names: [String; 2], pairs: Vec<Pair>) -> impl IntoView {
    let different = pairs.iter().filter(|pair| pair.sameness() != Sameness::Same).count();
    let said = match (pairs.len(), different) {
        (0, _) => "Neither has any.".to_owned(),
        (_, 0) => "The same in both.".to_owned(),
        (_, 1) => "1 difference.".to_owned(),
        (_, n) => format!("{n} differences."),
    };
    let none = pairs.is_empty();
    let rows = pairs.into_iter().map({
        let names = names.clone();
        move |pair| view! { <Row pair names=names.clone()/> }
    });
    let rows = rows.collect_view();
    let [first, second] = names;
    view! {
        <section class="stack tight" aria-label=title>
            <div class="row"><h2>{title}</h2><span class="small muted">{said}</span></div>
            {(!none).then(|| view! {
                <div class="table-box">
                    <table class="table cards compared">
                        <thead><tr>
                            <th scope="col">{what}</th><th scope="col">{first}</th><th scope="col">{second}</th>
                            <th scope="col">"Difference"</th>
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            })}
        </section>
    }
    .into_any()
}

#[component]
fn Row(pair: Pair, names: [String; 2]) -> impl IntoView {
    let sameness = pair.sameness();
    let [first, second] = names;
    let word = match sameness {
        Sameness::Same => None,
        Sameness::Changed => Some((Mood::Warn, "Changed".to_owned())),
        Sameness::OnlyFirst => Some((Mood::Bad, format!("Only in {}", first.to_lowercase()))),
        Sameness::OnlySecond => Some((Mood::Good, format!("Only in {}", second.to_lowercase()))),
    };
    let class = match sameness {
        Sameness::Same => "",
        Sameness::Changed => "changed",
        Sameness::OnlyFirst => "only-first",
        Sameness::OnlySecond => "only-second",
    };
    let side = |text: Option<String>| match text {
        Some(text) => view! { <bdi class="mono">{text}</bdi> }.into_any(),
        None => view! { <span class="faint">"–"</span> }.into_any(),
    };
    view! {
        <tr class=class>
            <th scope="row"><span class="break">{pair.name}</span></th>
            <td data-label=first>{side(pair.first)}</td>
            <td data-label=second>{side(pair.second)}</td>
            <td>{word.map(|(mood, text)| view! { <Badge mood text/> })}</td>
        </tr>
    }
    .into_any()
}
