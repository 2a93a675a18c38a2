//! Moments: how long ago at a glance, to the second with zone on hover and focus.

use crate::model::time::{Time, relative};
use leptos::prelude::*;

/// `3 min ago`, with the absolute time in its title; reachable by keyboard.
#[component]
pub fn TimeText(at: Time, now: Time) -> impl IntoView {
    let absolute = at.absolute();
    view! { <time datetime=at.rfc3339() title=absolute.clone() tabindex="0" data-absolute=absolute>{relative(at, now)}</time> }
}
