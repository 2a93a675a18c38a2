//! The list without rows: each case with its own words and its own way on.

use crate::{model::id::WebhookId, ui::components::*};
use leptos::prelude::*;

/// Nothing was ever sent.
#[component]
pub fn NothingYet(webhooks: usize, deliveries: String, within: Option<WebhookId>) -> impl IntoView {
    let organization = deliveries.trim_end_matches("/deliveries").to_owned();
    let (text, href, action) = match (within, webhooks) {
        (Some(id), _) => (
            "Every event that this webhook takes appears here, with each attempt and the receiver's answer.",
            format!("{organization}/webhooks/{id}/test"),
            "Send a test",
        ),
        (None, 0) => (
            "Once a webhook is added and an event is published, each delivery appears here with every attempt.",
            format!("{organization}/webhooks/new"),
            "Add a webhook",
        ),
        (None, _) => (
            "Publish an event or send a test from a webhook's page: it appears here with every attempt.",
            format!("{organization}/webhooks"),
            "Go to the webhooks",
        ),
    };
    view! {
        <Empty icon=glyph::ACTIVITY title="No deliveries yet" text>
            <LinkButton href tone=Tone::Primary>{action}</LinkButton>
        </Empty>
    }
}

/// There may be deliveries, but none like this.
#[component]
pub fn NoMatch(here: String, retention_days: u32) -> impl IntoView {
    let text =
        format!("Widen or clear the filters. Finished deliveries are kept {retention_days} days; older ones are gone.");
    view! {
        <Empty icon=glyph::SEARCH title="No delivery matches" text>
            <LinkButton href=here>"Clear filters"</LinkButton>
        </Empty>
    }
}

/// A filter could not be read; what is wrong stands beside it.
#[component]
pub fn Unfiltered(here: String) -> impl IntoView {
    view! {
        <Empty icon=glyph::WARNING title="A filter needs mending" text="What is wrong stands beside the filter above.">
            <LinkButton href=here>"Clear filters"</LinkButton>
        </Empty>
    }
}

/// The log could not be read.
#[component]
pub fn Failure(text: String, again: String) -> impl IntoView {
    view! {
        <div role="alert">
            <Empty icon=glyph::WARNING title="The deliveries could not be read" text>
                <LinkButton href=again tone=Tone::Primary icon=glyph::RETRY>"Try again"</LinkButton>
            </Empty>
        </div>
    }
}
