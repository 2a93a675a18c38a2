//! Something to know, and the place where there is nothing yet.

use super::{
    badge::Mood,
    icon::{Glyph, Icon, glyph},
};
use leptos::prelude::*;

/// A remark in the page.
#[component]
pub fn Notice(
    #[prop(optional)] mood: Mood,
    #[prop(optional)] icon: Option<Glyph>,
    children: Children,
) -> impl IntoView {
    let icon = icon.unwrap_or(match mood {
        Mood::Good => glyph::GOOD,
        Mood::Bad => glyph::BAD,
        Mood::Warn => glyph::WARNING,
        Mood::Calm | Mood::Accent => glyph::INFO,
    });
    view! { <div class=format!("notice {}", mood.class())><Icon glyph=icon/><div>{children()}</div></div> }
}

/// A list without rows: what will appear here and, as children, the action that leads on.
#[component]
pub fn Empty(
    icon: Glyph,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon glyph=icon/>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
        </div>
    }
}
