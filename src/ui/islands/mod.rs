//! The parts of a page that are live. An island is complete as it is served; scripts add to it.

use leptos::prelude::*;

/// trial
#[island]
pub fn Counter(start: i32) -> impl IntoView {
    let count = RwSignal::new(start);
    view! { <button on:click=move |_| *count.write() += 1>{count}</button> }
}
