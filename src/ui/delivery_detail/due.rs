//! When the next attempt is made.

use crate::model::time::{Time, relative};
use leptos::prelude::*;

/// How long until then, and the moment itself; where scripts run it counts down (`public/touches.js`).
#[component]
pub fn Due(at: Time, now: Time) -> impl IntoView {
    let left = at.since(now).as_secs().to_string();
    view! {
        <time class="moment" datetime=at.rfc3339()>
            <span class="ago" data-left=left>{relative(at, now)}</span>
            <span class="at">{at.absolute()}</span>
        </time>
    }
    .into_any()
}
