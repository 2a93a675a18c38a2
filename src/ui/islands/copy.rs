//! The button that copies, and says so in place.

use crate::ui::components::{Icon, glyph};
use leptos::{prelude::*, task::spawn_local, wasm_bindgen::JsCast};
use std::time::Duration;
use web_sys::{HtmlDocument, HtmlElement, HtmlTextAreaElement};

/// Copies `text`; `what` completes “Copy …”. `bare` shows the icon alone.
#[island]
pub fn CopyButton(text: String, what: String, bare: bool) -> impl IntoView {
    // None until it is pressed; then whether the text was copied.
    let copied = RwSignal::new(None::<bool>);
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            let done = put(&text).await;
            copied.set(Some(done));
            if done {
                set_timeout(move || copied.set(None), Duration::from_secs(2));
            }
        });
    };
    let class =
        if bare { "button quiet small square copy needs-script" } else { "button quiet small copy needs-script" };
    let idle = if bare { format!("Copy {what}") } else { "Copy".to_owned() };
    let is_done = move || copied.get() == Some(true);
    view! {
        <button class=class r#type="button" title=format!("Copy {what}") data-done=move || is_done().to_string() on:click=copy>
            <span class="before"><Icon glyph=glyph::COPY/></span>
            <span class="after"><Icon glyph=glyph::CHECK/></span>
            <span class=if bare { "only-heard" } else { "" } aria-live="polite">
                {move || if is_done() { "Copied".to_owned() } else { idle.clone() }}
            </span>
        </button>
        {move || (copied.get() == Some(false)).then(|| view! {
            <span class="small ink-bad" role="alert">"Not copied: select it and copy it by hand."</span>
        })}
    }
}

/// Puts the text on the clipboard. Without https there is none, and a browser may refuse: then the old way.
async fn put(text: &str) -> bool {
    let on_clipboard = window().is_secure_context() && window().navigator().clipboard().write_text(text).await.is_ok();
    on_clipboard || mark_and_copy(text).unwrap_or(false)
}

/// Marks the text in a field that nobody sees, copies what is marked, and goes back to where the focus was.
fn mark_and_copy(text: &str) -> Option<bool> {
    let focused = document().active_element().and_then(|active| active.dyn_into::<HtmlElement>().ok());
    let area = document().create_element("textarea").ok()?.dyn_into::<HtmlTextAreaElement>().ok()?;
    area.set_class_name("only-heard copy-source");
    area.set_value(text);
    document().body()?.append_child(&area).ok()?;
    let _ = area.focus();
    area.select();
    let done = document().dyn_into::<HtmlDocument>().ok().and_then(|all| all.exec_command("copy").ok());
    area.remove();
    if let Some(focused) = focused {
        let _ = focused.focus();
    }
    done
}
