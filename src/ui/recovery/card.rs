//! The way to recovery from a webhook's page.

use crate::{
    model::id::WebhookId,
    ui::{components::*, layout::Frame},
};
use leptos::prelude::*;

/// Links to what failed and what was skipped of one webhook.
#[component]
pub fn RecoverCard(frame: Frame, id: WebhookId) -> impl IntoView {
    let to = |status: &str| frame.path(&format!("recover?webhook_id={id}&status={status}"));
    view! {
        <section class="card stack" aria-labelledby="recover">
            <header><h2 id="recover">"Recover"</h2></header>
            <p class="small muted">"After an outage: send again what the receiver has missed."</p>
            <div class="actions">
                <LinkButton href=to("failed") small=true icon=glyph::RETRY>"What failed …"</LinkButton>
                <LinkButton href=to("skipped") small=true>"What was skipped while inactive …"</LinkButton>
            </div>
        </section>
    }
    .into_any()
}
