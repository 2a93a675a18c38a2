//! Buttons, and links that look like them.

use super::icon::{Glyph, Icon};
use leptos::prelude::*;

/// How much a button asks for attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    /// The one main action of a page or form.
    Primary,
    /// Takes something away.
    Danger,
    /// Takes something away, and is the main action of its form.
    DangerPrimary,
    Quiet,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "button",
            Self::Primary => "button primary",
            Self::Danger => "button danger",
            Self::DangerPrimary => "button danger primary",
            Self::Quiet => "button quiet",
        }
    }
}

fn class(tone: Tone, small: bool) -> String {
    if small { format!("{} small", tone.class()) } else { tone.class().into() }
}

/// A button that submits its form. With `off` (why it may not be used) it stays in the tab order, does
/// nothing, and says why on hover and focus.
#[component]
pub fn Button(
    #[prop(optional)] tone: Tone,
    #[prop(optional)] small: bool,
    #[prop(optional)] icon: Option<Glyph>,
    #[prop(optional)] name: &'static str,
    #[prop(optional, into)] value: String,
    #[prop(optional_no_strip)] off: Option<String>,
    children: Children,
) -> impl IntoView {
    let class = class(tone, small);
    let inside = view! { {icon.map(|glyph| view! { <Icon glyph/> })} {children()} };
    match off {
        Some(reason) => view! { <Disabled class reason>{inside}</Disabled> }.into_any(),
        None if name.is_empty() => view! { <button class=class r#type="submit">{inside}</button> }.into_any(),
        None => view! { <button class=class r#type="submit" name=name value=value>{inside}</button> }.into_any(),
    }
}

/// A link in the shape of a button. With `off` it is a disabled button that says why.
#[component]
pub fn LinkButton(
    #[prop(into)] href: String,
    #[prop(optional)] tone: Tone,
    #[prop(optional)] small: bool,
    #[prop(optional)] icon: Option<Glyph>,
    #[prop(optional_no_strip)] off: Option<String>,
    children: Children,
) -> impl IntoView {
    let class = class(tone, small);
    let inside = view! { {icon.map(|glyph| view! { <Icon glyph/> })} {children()} };
    match off {
        Some(reason) => view! { <Disabled class reason>{inside}</Disabled> }.into_any(),
        None => view! { <a class=class href=href>{inside}</a> }.into_any(),
    }
}

/// A control that cannot be used, with the reason where it is looked for.
#[component]
fn Disabled(class: String, reason: String, children: Children) -> impl IntoView {
    view! {
        <span class="why">
            <button class=class r#type="button" aria-disabled="true">
                {children()}
                <span class="only-heard">{format!(" (not available: {reason})")}</span>
            </button>
            <span role="tooltip">{reason}</span>
        </span>
    }
}
