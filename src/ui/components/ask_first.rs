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
    keeps: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="card danger stack">
            {children()}
            <form class="actions" method="post" action=action>
                <Button tone=Tone::DangerPrimary>{does}</Button>
                <LinkButton href=back>{keeps}</LinkButton>
            </form>
        </div>
    }
}
