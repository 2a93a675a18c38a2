//! One delivery as it changes, and Retry without leaving the page.
//!
//! Without scripts the form posts and the page comes back. Here the same form is caught, the retry is
//! asked for, and the new attempt appears when the stream brings the changed part of the page.

use super::{
    picker::all,
    stream::{Stream, WayOn, awaken},
};
use crate::server_fns::deliveries::retry;
use leptos::{ev::submit, prelude::*, task::spawn_local, wasm_bindgen::JsCast};
use std::time::Duration;
use web_sys::{Element, HtmlElement};

/// Marks the form that asks for a retry.
pub const RETRY_FORM: &str = "data-retry";
/// So long the stream may take to show that the retry is under way; then the page is loaded anew.
const PATIENCE: Duration = Duration::from_secs(5);

/// `part` is the id of the element whose content the stream sends anew.
#[island]
pub fn LiveDelivery(source: String, part: String, slug: String, id: String, since: i64) -> impl IntoView {
    let stream = Stream::new(source, since);
    let told = RwSignal::new(String::new());
    let refused = RwSignal::new(String::new());
    // From the click until the page shows what came of it: a second click asks for nothing.
    let asked = StoredValue::new(false);
    stream.on("part", move |status, html| {
        show(&part, &html);
        told.set(status);
        asked.set_value(false);
    });
    Effect::new(move |_| {
        let (slug, id) = (slug.clone(), id.clone());
        let listener = window_event_listener(submit, move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let Some(form) = target.filter(|form| form.has_attribute(RETRY_FORM)) else { return };
            event.prevent_default();
            if asked.get_value() {
                return;
            }
            asked.set_value(true);
            let button = form.query_selector("button").ok().flatten();
            busy(&button, true);
            let (slug, id) = (slug.clone(), id.clone());
            spawn_local(async move {
                match retry(slug, id).await {
                    Ok(()) => {
                        refused.set(String::new());
                        set_timeout(move || load_if(asked.get_value()), PATIENCE);
                    }
                    Err(error) => {
                        asked.set_value(false);
                        busy(&button, false);
                        refused.set(error.to_string());
                    }
                }
            });
        });
        on_cleanup(move || listener.remove());
    });
    view! {
        <p class="only-heard" role="status">{told}</p>
        <div class="row small muted" hidden=move || !stream.is_troubled()>
            <span role="status">{move || if stream.is_troubled() { stream.word() + ". What you see may be old." } else { String::new() }}</span>
            <WayOn stream/>
        </div>
        <div class="notice bad" role="alert" hidden=move || refused.with(String::is_empty)><div>{refused}</div></div>
    }
}

fn busy(button: &Option<Element>, on: bool) {
    if let Some(button) = button {
        let _ = button.set_attribute("aria-busy", if on { "true" } else { "false" });
    }
}

/// Loads the page anew where nothing came.
fn load_if(nothing_came: bool) {
    if nothing_came {
        let _ = window().location().reload();
    }
}

/// Puts the new content in place; how a body is shown stays, and who was on the Retry button stays on it.
fn show(part: &str, html: &str) {
    let Some(element) = document().get_element_by_id(part) else { return };
    let within = document().active_element().is_some_and(|active| element.contains(Some(&active)));
    let chosen = all::<Element>(&element, "input:checked").into_iter().map(|one| one.id());
    let chosen: Vec<String> = chosen.collect();
    element.set_inner_html(html);
    awaken(&element);
    for one in chosen.iter().filter_map(|id| document().get_element_by_id(id)) {
        one.unchecked_into::<HtmlElement>().click();
    }
    if within && let Some(button) = element.query_selector("[data-retry] button").ok().flatten() {
        let _ = button.unchecked_into::<HtmlElement>().focus();
    }
}
