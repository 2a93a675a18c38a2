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
    let edit = frame.path(&format!("webhooks/{}/secret", head.webhook.id));
    let hint = head.webhook.secret_hint.clone();
    view! {
        <WebhookPage frame head tab="Verify">
            <div class="stack measure">
                <Notice>
                    "The signing secret ends in "<code>{hint}</code>". It was shown when it was made; "
                    <a href=edit>"make a new one"</a>" if nobody kept it."
                </Notice>
                <VerifyGuide wire/>
            </div>
        </WebhookPage>
    }
}
