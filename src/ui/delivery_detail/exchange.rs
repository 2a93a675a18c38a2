//! What one attempt sent, and what came back.

use super::Body;
use crate::{
    model::{
        curl::curl,
        delivery::{Attempt, MAX_RESPONSE, Outcome},
        explain::{self, status::phrase},
        time::{Time, duration},
    },
    ui::{components::*, deliveries::Moment},
};
use leptos::prelude::*;

/// Response first: it says what went wrong. Then the request.
#[component]
pub fn Exchange(attempt: Attempt, body: String, here: String, now: Time) -> impl IntoView {
    let number = attempt.number;
    view! {
        <Response attempt=attempt.clone() all=format!("{here}/body/response?attempt={number}") now/>
        <Request attempt body all=format!("{here}/body/request")/>
    }
    .into_any()
}

#[component]
fn Response(attempt: Attempt, all: String, now: Time) -> impl IntoView {
    let answered = attempt.outcome == Outcome::Answered;
    let code = attempt.response_code.map(|c| format!("{c} {}", phrase(c)).trim_end().to_owned());
    let result = code.unwrap_or_else(|| attempt.outcome.label().to_owned());
    let why = (!answered).then(|| {
        let why = explain::attempt(&attempt);
        view! { <p>{why.reason}" "<span class="muted">{why.advice}</span></p> }
    });
    let truncated = attempt.response_truncated.then(|| {
        format!("Only the first {} KiB of the response were read; the rest is not kept.", MAX_RESPONSE / 1024)
    });
    let body = match attempt.response_body.clone().filter(|text| !text.is_empty()) {
        Some(text) => view! { <Body text name="response" all truncated tree=true/> }.into_any(),
        None if answered => view! { <p class="muted">"The receiver sent no body."</p> }.into_any(),
        None => ().into_any(),
    };
    view! {
        <section class="card stack" aria-label="Response">
            <header>
                <h2>"Response"</h2>
                <p>
                    <span class="strong">{result}</span>" · "{duration(attempt.duration_us)}" · "
                    {format!("attempt {}, ", attempt.number)}<Moment at=attempt.started_at now/>
                </p>
            </header>
            {why}
            {answered.then(|| view! { <Headers headers=attempt.response_headers.clone()/> })}
            {body}
        </section>
    }
    .into_any()
}

#[component]
fn Request(attempt: Attempt, body: String, all: String) -> impl IntoView {
    let command = curl(&attempt, &body);
    view! {
        <section class="card stack" aria-label="Request">
            <header><h2>"Request"</h2></header>
            <p class="request-line"><Badge text="POST"/><code class="break">{attempt.url}</code></p>
            <Headers headers=attempt.request_headers/>
            <Body text=body name="request" all truncated=None tree=true/>
            <details class="fold">
                <summary>"As curl"</summary>
                <CodeBlock text=command title="Command; secrets are masked" wrap=true/>
            </details>
        </section>
    }
    .into_any()
}

/// Headers as they were; whatever they contain is text of its own direction.
#[component]
pub fn Headers(headers: Vec<(String, String)>) -> impl IntoView {
    if headers.is_empty() {
        return view! { <p class="muted">"No headers."</p> }.into_any();
    }
    let count = format!("Headers ({})", headers.len());
    let rows = headers.into_iter().map(|(name, value)| {
        view! { <dt><code>{name}</code></dt><dd><bdi class="mono">{value}</bdi></dd> }
    });
    view! {
        <details class="fold" open>
            <summary>{count}</summary>
            <dl class="facts headers">{rows.collect_view()}</dl>
        </details>
    }
    .into_any()
}
