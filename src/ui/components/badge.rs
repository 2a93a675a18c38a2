//! States: word, icon and colour together.

use super::icon::{Glyph, Icon, glyph};
use crate::model::{
    delivery::{DeliveryStatus, Outcome},
    webhook::WebhookState,
};
use leptos::prelude::*;

/// What a colour says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Calm,
    Good,
    Bad,
    Warn,
    Accent,
}

impl Mood {
    /// The class that goes beside `badge`, `notice` and the like.
    pub fn class(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Warn => "warn",
            Self::Accent => "accent",
        }
    }
}

/// A word with an icon on a soft ground.
#[component]
pub fn Badge(
    #[prop(optional)] mood: Mood,
    #[prop(optional)] icon: Option<Glyph>,
    #[prop(into)] text: String,
) -> impl IntoView {
    let class = format!("badge {}{}", mood.class(), if icon.is_none() { " bare" } else { "" });
    view! { <span class=class>{icon.map(|glyph| view! { <Icon glyph/> })} {text}</span> }
}

/// How a delivery stands: its state's word, and the code or the reason of the last attempt.
#[component]
pub fn DeliveryBadge(
    status: DeliveryStatus,
    #[prop(optional_no_strip)] code: Option<u16>,
    #[prop(optional_no_strip)] outcome: Option<Outcome>,
) -> impl IntoView {
    let (mood, icon) = match status {
        DeliveryStatus::Success => (Mood::Good, glyph::GOOD),
        DeliveryStatus::Failed => (Mood::Bad, glyph::BAD),
        DeliveryStatus::Pending if code.is_some() || outcome.is_some() => (Mood::Warn, glyph::RETRY),
        DeliveryStatus::Pending => (Mood::Accent, glyph::CLOCK),
        DeliveryStatus::Skipped => (Mood::Calm, glyph::SKIPPED),
    };
    let word = match status {
        DeliveryStatus::Pending if mood == Mood::Warn => "Retrying",
        other => other.label(),
    };
    let last = match (code, outcome) {
        (Some(code), _) => Some(code.to_string()),
        (None, Some(outcome)) if outcome != Outcome::Answered => Some(outcome.label().to_lowercase()),
        _ => None,
    };
    let text = last.map_or_else(|| word.to_owned(), |last| format!("{word} · {last}"));
    view! { <Badge mood icon text/> }
}

/// How a webhook is doing.
#[component]
pub fn WebhookBadge(state: WebhookState) -> impl IntoView {
    let (mood, icon) = match state {
        WebhookState::Healthy => (Mood::Good, glyph::GOOD),
        WebhookState::Failing => (Mood::Bad, glyph::WARNING),
        WebhookState::Disabled => (Mood::Bad, glyph::OFF),
        WebhookState::Waiting => (Mood::Accent, glyph::DASHED),
        WebhookState::Inactive => (Mood::Calm, glyph::PAUSED),
    };
    view! { <Badge mood icon text=state.label()/> }
}
