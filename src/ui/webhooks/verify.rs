//! How this webhook's deliveries are verified.

use super::{
    page::{WebhookHead, WebhookPage},
    samples::VerifyGuide,
};
use crate::{
    model::convention::Wire,
    ui::{components::*, layout::*},
};
use leptos::prelude::*;

/// The page.
#[component]
pub fn VerifyPage(frame: Frame, head: WebhookHead, wire: Wire) -> impl IntoView {
    let at = |rest: &str| frame.path(&format!("webhooks/{}/{rest}", head.webhook.id));
    let (secret, edit) = (at("secret"), at("edit"));
    let has = |header: &str| head.webhook.headers.iter().any(|h| h.name == header && !h.value.is_empty());
    let missing = wire.credential.as_ref().filter(|credential| !has(&credential.header)).map(|credential| {
        let (header, label) = (credential.header.clone(), credential.label.clone());
        view! {
            <Notice mood=Mood::Warn>
                "This webhook sends no "<code>{header}</code>" yet, so a receiver that compares it refuses every delivery. "
                <a href=edit>"Fill in the field “"{label}"”"</a>"."
            </Notice>
        }
    });
    let hint = head.webhook.secret_hint.clone();
    view! {
        <WebhookPage frame head tab="Verify">
            <div class="stack measure">
                {missing}
                <Notice>
                    "The signing secret ends in "<code>{hint}</code>". It was shown when it was made; "
                    <a href=secret>"make a new one"</a>" if nobody kept it."
                </Notice>
                <VerifyGuide wire/>
            </div>
        </WebhookPage>
    }
}
