//! Long addresses: the start gives way, the end stays.

use leptos::prelude::*;

/// How many characters of the end are always shown.
const END: usize = 14;

/// A text on one line; where it does not fit, its middle is cut. Whole in the title.
#[component]
pub fn MiddleCut(#[prop(into)] text: String) -> impl IntoView {
    let at = text.char_indices().rev().nth(END - 1).map_or(0, |(at, _)| at);
    let (start, end) = text.split_at(at);
    view! {
        <span class="middle-cut" title=text.clone()>
            <span class="cut">{start.to_owned()}</span>
            <span>{end.to_owned()}</span>
        </span>
    }
}
