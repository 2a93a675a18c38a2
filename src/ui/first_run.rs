//! The first three steps of an organization; they tick themselves off.

use super::{components::*, layout::Frame};
use crate::model::first_run::FirstRun;
use leptos::prelude::*;

/// The panel above the list.
#[component]
pub fn FirstRunPanel(frame: Frame, steps: FirstRun) -> impl IntoView {
    let to = |rest: &str| match steps.webhook {
        Some(id) => frame.path(&format!("webhooks/{id}{rest}")),
        None => frame.path("webhooks/new"),
    };
    let (test, verify) = (to("/test"), to("/verify"));
    let added = steps.webhook.is_some();
    view! {
        <section class="card first-run" aria-labelledby="first-run">
            <header>
                <h2 id="first-run">"Get your first event delivered"</h2>
                <p>{format!("{} of 3 done", steps.done())}</p>
            </header>
            <ol role="list">
                <Step done=added now=true title="Add a webhook" text="A URL of yours, or a test inbox of ours." href=frame.path("webhooks/new")/>
                <Step done=steps.tested now=added title="Send a test" text="See what your receiver answers." href=test/>
                <Step done=steps.verified now=added title="Verify the signature" text="Six languages, a few lines each." href=verify/>
            </ol>
        </section>
    }
}

/// One step: done, to do now (a link), or later.
#[component]
fn Step(done: bool, now: bool, title: &'static str, text: &'static str, href: String) -> impl IntoView {
    let (icon, said) = if done { (glyph::GOOD, "Done: ") } else { (glyph::CIRCLE, "To do: ") };
    let title = match (done, now) {
        (false, true) => view! { <a class="strong" href=href>{title}</a> }.into_any(),
        _ => view! { <span class="strong">{title}</span> }.into_any(),
    };
    view! {
        <li class="first-step" data-done=done.to_string()>
            <Icon glyph=icon/>
            <div><span class="only-heard">{said}</span>{title}<p class="small muted">{text}</p></div>
        </li>
    }
}
