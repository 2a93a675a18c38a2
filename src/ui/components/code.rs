//! Code, ids and secrets, each with a button that copies it.

use crate::ui::islands::copy::CopyButton;
use leptos::prelude::*;

/// A block of code; `title` says what it is, `named` says so to the ear where the title is there several times, `wrap`
/// breaks long lines.
#[component]
pub fn CodeBlock(
    #[prop(into)] text: String,
    #[prop(optional, into)] title: Option<String>,
    #[prop(optional, into)] named: Option<String>,
    #[prop(optional)] wrap: bool,
) -> impl IntoView {
    let label = named.or(title.clone()).unwrap_or_else(|| "Code".into());
    let copy = view! { <CopyButton text=text.clone() what=label.to_lowercase() bare=false/> };
    let (head, corner) = match title {
        Some(title) => (Some(view! { <header><span>{title}</span>{copy}</header> }), None),
        None => (None, Some(copy)),
    };
    view! {
        <div class=if wrap { "code wrap" } else { "code" }>
            {head}
            <pre tabindex="0" role="region" aria-label=label><code>{text}</code></pre>
            {corner}
        </div>
    }
}

/// An id or an address on one line, cut where it does not fit.
#[component]
pub fn Copyable(#[prop(into)] text: String, #[prop(into)] what: String) -> impl IntoView {
    view! { <span class="copyable"><code title=text.clone()>{text.clone()}</code><CopyButton text what bare=true/></span> }
}

/// A secret that is shown once. Where scripts run, leaving the page asks first, until it was copied or ticked as stored;
/// `replaceable` is what can be had anew, and asks nothing.
#[component]
pub fn SecretOnce(
    #[prop(into)] text: String,
    #[prop(into)] what: String,
    #[prop(optional)] replaceable: bool,
) -> impl IntoView {
    let secret = view! { <div class="secret"><code>{text.clone()}</code><CopyButton text what bare=false/></div> };
    if replaceable {
        return secret.into_any();
    }
    view! {
        <div class="stack tight" data-once="">
            {secret}
            <label class="check needs-script"><input type="checkbox" autocomplete="off"/><span>"I have stored it"</span></label>
        </div>
    }
    .into_any()
}
