//! One delivery as it changes, and Retry without leaving the page.
//!
//! Without scripts the form posts and the page comes back. Here the same form is caught, the retry is
//! asked for, and the new attempt appears when the stream brings the changed part of the page.

use super::stream::Stream;
use leptos::prelude::*;

/// `part` is the id of the element whose content the stream sends anew.
#[island]
pub fn LiveDelivery(source: String, part: String, since: i64) -> impl IntoView {
    let stream = Stream::new(source, since);
    let told = RwSignal::new(String::new());
    let refused = RwSignal::new(String::new());
    stream.on("part", move |status, html| {
        if let Some(element) = document().get_element_by_id(&part) {
            element.set_inner_html(&html);
            // Brings the islands within to life; see public/islands.js.
            let _ = web_sys::Event::new("fragment").map(|event| document().dispatch_event(&event));
        }
        told.set(status);
    });
    view! {
        <p class="only-heard" role="status">{told}</p>
        <div class="notice bad" role="alert" hidden=move || refused.with(String::is_empty)><div>{refused}</div></div>
    }
}
