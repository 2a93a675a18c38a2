//! The list without rows: each case with its own words and its own way on.

use crate::{
    model::time::{Time, in_days},
    ui::components::*,
};
use leptos::prelude::*;

/// Nothing was ever sent.
#[component]
pub fn NothingYet(webhooks: usize, here: String) -> impl IntoView {
    let organization = here.trim_end_matches("/deliveries").to_owned();
    let (text, href, action) = match webhooks {
        0 => (
            "Once a webhook is added and an event is published, each delivery appears here with every attempt.",
            format!("{organization}/webhooks/new"),
            "Add a webhook",
        ),
        _ => (
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
    .into_any()
}

/// There may be deliveries, but none like this.
#[component]
pub fn NoMatch(here: String, retention_days: u32) -> impl IntoView {
    let kept = in_days(retention_days);
    let text = format!("Widen or clear the filters. Finished deliveries are kept {kept}; older ones are gone.");
    view! {
        <Empty icon=glyph::SEARCH title="No delivery matches" text>
            <LinkButton href=here>"Clear filters"</LinkButton>
        </Empty>
    }
    .into_any()
}

/// None like this among the newer deliveries; there are older ones to look through.
#[component]
pub fn NoMatchYet(back_to: Time, go_on: String, here: String) -> impl IntoView {
    let text = format!(
        "Searched back to {}. What you ask for is rare: go on with older deliveries, or choose a time range.",
        back_to.absolute()
    );
    view! {
        <Empty icon=glyph::SEARCH title="No match yet" text>
            <LinkButton href=go_on tone=Tone::Primary icon=glyph::FORWARD>"Search older"</LinkButton>
            <LinkButton href=here>"Clear filters"</LinkButton>
        </Empty>
    }
    .into_any()
}

/// A filter could not be read; what is wrong stands beside it.
#[component]
pub fn Unfiltered(here: String) -> impl IntoView {
    view! {
        <Empty icon=glyph::WARNING title="A filter needs mending" text="What is wrong stands beside the filter above.">
            <LinkButton href=here>"Clear filters"</LinkButton>
        </Empty>
    }
    .into_any()
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
    .into_any()
}
