//! Every attempt, oldest first, and the next one that is planned.

use super::{Detail, due::Due};
use crate::{
    model::{
        delivery::{Attempt, Trigger},
        explain::status::phrase,
        time::{Time, duration},
    },
    ui::{components::*, deliveries::Moment},
};
use leptos::prelude::*;

/// The attempts as links: each shows its request and response beside the list.
#[component]
pub fn Timeline(detail: Detail) -> impl IntoView {
    let shown = detail.attempt().map(|a| a.number);
    let now = detail.now;
    let delivery = &detail.detail.delivery;
    let attempts = detail.detail.attempts.iter().map(|attempt| {
        let href = detail.with("", Some(format!("attempt={}", attempt.number)));
        view! { <Step attempt=attempt.clone() href here=shown == Some(attempt.number) now/> }
    });
    let planned = delivery.next_attempt_at.map(|at| {
        view! { <Planned number=delivery.attempt_count + 1 of=delivery.max_attempts at now/> }
    });
    let none = (detail.detail.attempts.is_empty() && planned.is_none()).then(|| {
        view! { <p class="muted">"No attempt was made."</p> }
    });
    let attempts = attempts.collect_view();
    // The one that is looked at, and the one before it.
    let second = shown.filter(|number| *number > 1).unwrap_or(2);
    let compare = (detail.detail.attempts.len() > 1).then(|| {
        let href = detail.with("/compare", Some(format!("a={}&b={second}", second - 1)));
        view! { <LinkButton href small=true>"Compare attempts"</LinkButton> }
    });
    view! {
        <section class="stack tight" aria-label="Attempts">
            <h2>"Attempts"</h2>
            {none}
            <ol class="timeline" role="list">{attempts}{planned}</ol>
            {compare}
        </section>
    }
    .into_any()
}

/// The code with its name, or what happened instead of an answer.
pub fn result(attempt: &Attempt) -> String {
    match attempt.response_code {
        Some(code) => format!("{code} {}", phrase(code)).trim_end().to_owned(),
        None => attempt.outcome.label().to_owned(),
    }
}

fn by_whom(attempt: &Attempt) -> String {
    match (attempt.trigger, &attempt.triggered_by) {
        (Trigger::Automatic, _) => attempt.trigger.label().to_owned(),
        (_, Some(who)) => format!("{} by {who}", attempt.trigger.label()),
        (_, None) => attempt.trigger.label().to_owned(),
    }
}

/// One attempt.
#[component]
fn Step(attempt: Attempt, href: String, here: bool, now: Time) -> impl IntoView {
    let (mood, icon) = if attempt.succeeded { ("good", glyph::GOOD) } else { ("bad", glyph::BAD) };
    let current = here.then_some("true");
    view! {
        <li class=format!("step {mood}")>
            <Icon glyph=icon/>
            <a href=href aria-current=current>
                <span class="strong">{format!("Attempt {}", attempt.number)}</span>
                <span class="result">{result(&attempt)}</span>
            </a>
            <p class="about"><bdi>{by_whom(&attempt)}</bdi>" · "{duration(attempt.duration_us)}</p>
            <p class="about"><Moment at=attempt.started_at now/></p>
        </li>
    }
    .into_any()
}

/// The attempt that comes next.
#[component]
fn Planned(number: u32, of: u32, at: Time, now: Time) -> impl IntoView {
    let due = at <= now;
    let words = if due { "Under way".to_owned() } else { format!("Planned, {number} of {}", of.max(number)) };
    let when = (!due).then(|| view! { <p class="about"><Due at now/></p> });
    view! {
        <li class="step planned">
            <Icon glyph=glyph::CLOCK/>
            <p><span class="strong">{format!("Attempt {number}")}</span>" "<span class="result">{words}</span></p>
            {when}
        </li>
    }
    .into_any()
}
