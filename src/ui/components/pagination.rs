//! Further pages of a list that is paged by cursor.

use super::{button::LinkButton, icon::glyph};
use leptos::prelude::*;

/// Links to the first and the next page, where there are any; `about` says what is shown.
#[component]
pub fn Pagination(
    #[prop(into)] about: String,
    /// Address of the first page, where this is not it.
    #[prop(optional_no_strip)]
    first: Option<String>,
    /// Address of the next page.
    #[prop(optional_no_strip)]
    next: Option<String>,
) -> impl IntoView {
    view! {
        <nav class="pagination" aria-label="Pages">
            <span>{about}</span>
            <span class="links">
                {first.map(|href| view! { <LinkButton href small=true icon=glyph::BACK>"Newest"</LinkButton> })}
                {next.map(|href| view! { <LinkButton href small=true>"Older"</LinkButton> })}
            </span>
        </nav>
    }
}
