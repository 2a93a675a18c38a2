//! Around the form of a webhook: it is sent once however often the button is pressed, leaving it with changes
//! asks first, and the times of a retry policy follow what is typed.

use super::picker::all;
use crate::server_fns::webhooks::policy_times;
use leptos::{ev, prelude::*, task::spawn_local, wasm_bindgen::JsCast};
use std::time::Duration;
use web_sys::{Element, HtmlInputElement};

/// So long after the last key is asked for the times.
const PAUSE: Duration = Duration::from_millis(250);

/// The form is the child.
#[island]
pub fn FormGuard(slug: String, children: Children) -> impl IntoView {
    let changed = StoredValue::new(false);
    let sent = StoredValue::new(false);
    let submit = move |event: ev::SubmitEvent| {
        if sent.get_value() {
            event.prevent_default();
        }
        sent.set_value(true);
    };
    Effect::new(move || {
        let leaving = window_event_listener(ev::beforeunload, move |event| {
            if changed.get_value() && !sent.get_value() {
                event.prevent_default();
            }
        });
        // Coming back by the browser's own button finds the form as it was left, to be sent again.
        let back = window_event_listener(ev::pageshow, move |_| sent.set_value(false));
        on_cleanup(move || {
            leaving.remove();
            back.remove();
        });
    });
    let latest = StoredValue::new(0_u32);
    let typed = move |event: ev::Event| {
        changed.set_value(true);
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if let Some(policy) = target.and_then(|target| target.closest(".policy").ok().flatten()) {
            follow(policy, slug.clone(), latest);
        }
    };
    view! { <div class="guard" on:submit=submit on:input=typed>{children()}</div> }
}

/// Writes the times out once nothing has been typed for a while; `latest` tells an answer that is late.
fn follow(policy: Element, slug: String, latest: StoredValue<u32>) {
    latest.update_value(|count| *count += 1);
    let mine = latest.get_value();
    let is_late = move || latest.get_value() != mine;
    let ask = move || {
        if is_late() {
            return;
        }
        let fields = all::<HtmlInputElement>(&policy, "input:not([type=radio]:not(:checked))");
        let typed = fields.iter().map(|field| field.name() + "\n" + &field.value() + "\n").collect::<String>();
        spawn_local(async move {
            let words = policy_times(slug, typed).await;
            let line = policy.query_selector("[role=status]").ok().flatten();
            if let (Ok(words), Some(line), false) = (words, line, is_late()) {
                line.set_text_content(Some(&words));
            }
        });
    };
    set_timeout(ask, PAUSE);
}
