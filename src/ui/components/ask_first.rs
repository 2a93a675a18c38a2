//! What a page asks before something that cannot be undone.

use super::{Button, LinkButton, Tone};
use leptos::prelude::*;

/// What will happen, a button that does it, and a way back.
#[component]
pub fn AskFirst(
    /// Where the form is posted to.
    action: String,
    /// What the button says.
    does: &'static str,
    /// Where the other one leads.
    back: String,
    #[prop(into)] keeps: String,
    /// Name and value of what the form carries.
    #[prop(optional)]
    carries: Vec<(&'static str, String)>,
    children: Children,
) -> impl IntoView {
    let carries = carries.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    view! {
        <div class="card danger stack">
            {children()}
            <form class="actions" method="post" action=action>
                {carries.collect_view()}
                <Button tone=Tone::DangerPrimary>{does}</Button>
                <LinkButton href=back>{keeps}</LinkButton>
            </form>
        </div>
    }
}
