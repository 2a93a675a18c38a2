//! The button that copies, and says so in place.

use crate::ui::components::{Icon, glyph};
use leptos::prelude::*;
use std::time::Duration;

/// Copies `text`; `what` completes “Copy …”. `bare` shows the icon alone.
#[island]
pub fn CopyButton(text: String, what: String, bare: bool) -> impl IntoView {
    let done = RwSignal::new(false);
    let copy = move |_| {
        // Without https there is no clipboard; the text beside the button can still be marked.
        if window().is_secure_context() {
            let _ = window().navigator().clipboard().write_text(&text);
            done.set(true);
            set_timeout(move || done.set(false), Duration::from_secs(2));
        }
    };
    let class =
        if bare { "button quiet small square copy needs-script" } else { "button quiet small copy needs-script" };
    let idle = if bare { format!("Copy {what}") } else { "Copy".to_owned() };
    view! {
        <button class=class r#type="button" title=format!("Copy {what}") data-done=move || done.get().to_string() on:click=copy>
            <span class="before"><Icon glyph=glyph::COPY/></span>
            <span class="after"><Icon glyph=glyph::CHECK/></span>
            <span class=if bare { "only-heard" } else { "" } aria-live="polite">
                {move || if done.get() { "Copied".to_owned() } else { idle.clone() }}
            </span>
        </button>
    }
}
