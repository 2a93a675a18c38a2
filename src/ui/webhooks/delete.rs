//! Deleting a webhook: what happens to what is waiting, and its name typed as confirmation.

use crate::{
    model::{health::WebhookHealth, webhook::Webhook},
    ui::{
        components::{Errors, *},
        layout::*,
    },
};
use leptos::prelude::*;

/// The page that asks.
#[component]
pub fn DeletePage(frame: Frame, webhook: Webhook, health: WebhookHealth, errors: Errors) -> impl IntoView {
    let name = webhook.name().to_owned();
    let at = frame.path(&format!("webhooks/{}", webhook.id));
    let above = vec![("Webhooks".into(), frame.path("webhooks")), (name.clone(), at.clone())];
    let waiting = match health.waiting {
        0 => "Nothing waits to be delivered.".to_owned(),
        1 => "1 delivery waits for an attempt: it will be skipped.".to_owned(),
        _ => format!("{} deliveries wait for an attempt: they will be skipped.", health.waiting_label()),
    };
    view! {
        <Layout frame section=Section::Webhooks narrow=true>
            <Breadcrumbs above here="Delete"/>
            <PageHeader title=format!("Delete {name}?")/>
            <form class="card form" method="post" action=format!("{at}/delete") novalidate=true>
                <ul>
                    <li>{waiting}</li>
                    <li>"New events are no longer sent to "<code class="break">{webhook.url.clone()}</code>"."</li>
                    <li>"What was delivered stays in the log. The signing secret is gone for good."</li>
                </ul>
                <TextField name="name" label=format!("Type “{name}” to confirm") errors focus=true autocomplete="off"/>
                <div class="actions">
                    <Button tone=Tone::DangerPrimary icon=glyph::DELETE>"Delete webhook"</Button>
                    <LinkButton href=format!("{at}/edit") tone=Tone::Quiet>"Keep it"</LinkButton>
                </div>
            </form>
        </Layout>
    }
}
