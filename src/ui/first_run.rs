//! The first three steps of an organization. They tick themselves off; the last one by hand where the receiver is
//! not a test inbox.

use super::{components::*, layout::Frame};
use crate::model::first_run::FirstRun;
use leptos::prelude::*;

/// The panel above the list; `off` is why the person may not change webhooks.
#[component]
pub fn FirstRunPanel(frame: Frame, steps: FirstRun, #[prop(optional_no_strip)] off: Option<String>) -> impl IntoView {
    let to = |rest: &str| match steps.webhook {
        Some(id) => frame.path(&format!("webhooks/{id}{rest}")),
        None => frame.path("webhooks/new"),
    };
    let (test, verify, checked) = (to("/test"), to("/verify"), to("/signature-checked"));
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
                <Step done=steps.verified now=added title="Verify the signature" href=verify
                    text="Six languages, a few lines each. A test inbox does it by itself.">
                    {(added && !steps.verified).then(|| view! { <Checked action=checked off/> })}
                </Step>
            </ol>
        </section>
    }
}

/// What only the person can know of a receiver of their own.
#[component]
fn Checked(action: String, #[prop(optional_no_strip)] off: Option<String>) -> impl IntoView {
    view! {
        <form method="post" action=action>
            <Button small=true icon=glyph::CHECK off>"I have checked it"</Button>
        </form>
    }
}

/// One step: done, to do now (a link), or later; below it what else can be done about it.
#[component]
fn Step(
    done: bool,
    now: bool,
    title: &'static str,
    text: &'static str,
    href: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let (icon, said) = if done { (glyph::GOOD, "Done: ") } else { (glyph::CIRCLE, "To do: ") };
    let title = match (done, now) {
        (false, true) => view! { <a class="strong" href=href>{title}</a> }.into_any(),
        _ => view! { <span class="strong">{title}</span> }.into_any(),
    };
    view! {
        <li class="first-step" data-done=done.to_string()>
            <Icon glyph=icon/>
            <div><span class="only-heard">{said}</span>{title}<p class="small muted">{text}</p>{children.map(|below| below())}</div>
        </li>
    }
}
