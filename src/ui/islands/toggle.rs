//! The switch of a webhook: a form without scripts; with them it turns at once, and back with a message
//! if the server refuses.

use crate::server_fns::webhooks::set_active;
use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};

/// `off`: why the person may not turn it.
#[island]
pub fn ToggleWebhook(slug: String, id: String, name: String, active: bool, off: Option<String>) -> impl IntoView {
    let on = RwSignal::new(active);
    let refused = RwSignal::new(String::new());
    let action = format!("/o/{slug}/webhooks/{id}/active");
    let allowed = off.is_none();
    let turn = move |event: SubmitEvent| {
        event.prevent_default();
        if !allowed {
            return;
        }
        let (slug, id, wanted) = (slug.clone(), id.clone(), !on.get_untracked());
        on.set(wanted);
        refused.set(String::new());
        spawn_local(async move {
            if let Err(error) = set_active(slug, id, wanted).await {
                on.set(!wanted);
                refused.set(error.to_string());
            }
        });
    };
    view! {
        <form class="toggle-form" method="post" action=action on:submit=turn>
            <input r#type="hidden" name="active" prop:value=move || (!on.get()).to_string() value=(!active).to_string()/>
            <button
                class="toggle"
                r#type=if allowed { "submit" } else { "button" }
                role="switch"
                aria-label=format!("Active: {name}")
                aria-checked=move || on.get().to_string()
                aria-disabled=(!allowed).then_some("true")
                title=off
            ></button>
            <span class="small ink-bad" role="status">{move || refused.get()}</span>
        </form>
    }
}
