//! The head of one webhook's pages: what it is, how it is doing, what can be done.

use super::rests::Rests;
use crate::{
    model::{health::WebhookHealth, id::InboxId, time::Time, webhook::Webhook},
    ui::{components::*, islands::toggle::ToggleWebhook, layout::*},
};
use leptos::prelude::*;

/// What every page of one webhook shows at its top.
#[derive(Clone, Debug)]
pub struct WebhookHead {
    pub webhook: Webhook,
    pub health: WebhookHealth,
    /// The test inbox that it sends to, if it does.
    pub inbox: Option<InboxId>,
    /// Why the person may not change it.
    pub off: Option<String>,
    /// Why the person may not send tests.
    pub test_off: Option<String>,
    pub now: Time,
}

/// Breadcrumbs, title, state, actions and tabs; the page's own part is the child.
#[component]
pub fn WebhookPage(frame: Frame, head: WebhookHead, tab: &'static str, children: Children) -> impl IntoView {
    let WebhookHead { webhook, health, inbox, off, test_off, now } = head;
    let at = |rest: &str| frame.path(&format!("webhooks/{}{rest}", webhook.id));
    let mut tabs = vec![
        ("Overview", at("")),
        ("Deliveries", at("/deliveries")),
        ("Test", at("/test")),
        ("Verify", at("/verify")),
        ("Secret", at("/secret")),
        ("Settings", at("/edit")),
    ];
    if let Some(id) = inbox {
        tabs.insert(2, ("Inbox", frame.path(&format!("inbox/{id}"))));
    }
    let reason = health.reason.clone().or(webhook.disabled_reason.clone());
    let name = webhook.name().to_owned();
    let below = view! {
        <div class="row">
            <WebhookBadge state=health.state/>
            {reason.map(|text| view! { <span class="small muted">{text}</span> })}
            {webhook.rests(now).map(|until| view! { <Rests until now/> })}
        </div>
        <Copyable text=webhook.url.clone() what="URL"/>
    };
    let slug = frame.organization.slug.clone();
    let (id, active) = (webhook.id.to_string(), webhook.active);
    let test = at("/test");
    view! {
        <Layout frame=frame.clone() section=Section::Webhooks>
            <div class="stack">
                <Breadcrumbs above=vec![("Webhooks".into(), frame.path("webhooks"))] here=name.clone()/>
                <PageHeader title=name.clone() below=Some(below.into_any())>
                    <span class="row small muted"><span aria-hidden="true">"Active"</span><ToggleWebhook slug id name active off/></span>
                    <LinkButton href=test icon=glyph::SEND off=test_off>"Send test"</LinkButton>
                </PageHeader>
                <Tabs label="Webhook" tabs current=tab/>
            </div>
            {children()}
        </Layout>
    }
}
