//! The address of a webhook, checked as the field is left, in the words of the server.

use crate::{server_fns::webhooks::check_url, ui::components::FieldError};
use leptos::{ev, prelude::*, task::spawn_local};

/// A text field named `url`; `error` is what a form that came back says.
#[island]
pub fn UrlField(slug: String, value: String, error: Option<String>, focus: bool) -> impl IntoView {
    let problem = RwSignal::new(error);
    let check = move |event: ev::FocusEvent| {
        let (slug, url) = (slug.clone(), event_target_value(&event));
        if url.trim().is_empty() {
            return;
        }
        spawn_local(async move {
            // Where the check itself cannot be made, the form still says what is wrong when it is sent.
            if let Ok(answer) = check_url(slug, url).await {
                problem.set(answer);
            }
        });
    };
    view! {
        <div class="field">
            <label r#for="url">"URL"</label>
            <input
                class="input mono"
                id="url"
                name="url"
                r#type="url"
                inputmode="url"
                value=value
                required=true
                autofocus=focus
                autocomplete="off"
                spellcheck="false"
                placeholder="https://example.com/webhooks"
                aria-describedby="url-error url-help"
                aria-invalid=move || problem.get().is_some().then_some("true")
                on:blur=check
            />
            <div aria-live="polite">{move || view! { <FieldError id="url-error" text=problem.get()/> }}</div>
            <p class="help" id="url-help">"Events are posted here as JSON, over https."</p>
        </div>
    }
}
