//! Sending a test without leaving the page: the example follows the chosen type, the answer appears below.

use super::stream::awaken;
use crate::server_fns::webhooks::{example_of, send_test};
use leptos::{ev, prelude::*, task::spawn_local, wasm_bindgen::JsCast};
use web_sys::{HtmlSelectElement, HtmlTextAreaElement};

/// The form is the child, with `event_type` and `data` in it; `result` is what a page without scripts shows.
#[island]
pub fn TestForm(slug: String, webhook: String, result: String, children: Children) -> impl IntoView {
    let place = NodeRef::<leptos::html::Div>::new();
    let busy = RwSignal::new(false);
    let answer = NodeRef::<leptos::html::Div>::new();
    let owner = (slug.clone(), webhook);
    let change = move |event: ev::Event| {
        let chosen = event.target().and_then(|t| t.dyn_into::<HtmlSelectElement>().ok());
        let (Some(select), slug) = (chosen, slug.clone()) else { return };
        spawn_local(async move {
            if let (Ok(example), Some(area)) = (example_of(slug, select.value()).await, payload(place)) {
                area.set_value(&example);
            }
        });
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let (Some(select), Some(area)) = (event_type(place), payload(place)) else { return };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let (slug, webhook) = owner.clone();
        spawn_local(async move {
            let html = send_test(slug, webhook, select.value(), area.value()).await;
            if let Some(place) = answer.get_untracked() {
                place.set_inner_html(&html.unwrap_or_else(|error| escaped(&error.to_string())));
                awaken(&place);
            }
            busy.set(false);
        });
    };
    view! {
        <div class="test-form" node_ref=place on:change=change on:submit=submit aria-busy=move || busy.get().to_string()>
            {children()}
        </div>
        <div class="test-result" aria-live="polite">
            <p class="muted waiting" hidden=move || !busy.get()>"Waiting for the receiver's answer …"</p>
            <div node_ref=answer hidden=move || busy.get() inner_html=result></div>
        </div>
    }
}

fn event_type(place: NodeRef<leptos::html::Div>) -> Option<HtmlSelectElement> {
    place.get_untracked()?.query_selector("[name=event_type]").ok()??.dyn_into().ok()
}

fn payload(place: NodeRef<leptos::html::Div>) -> Option<HtmlTextAreaElement> {
    place.get_untracked()?.query_selector("[name=data]").ok()??.dyn_into().ok()
}

/// A sentence as a notice; its text is no markup.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("<div class=\"notice bad\"><div>{text}</div></div>")
}
