//! What is said of a webhook that rests: its receiver fails so often that nothing is sent to it for a while.

use crate::{model::time::Time, ui::components::*};
use leptos::prelude::*;

/// Beside the state: when the next request goes out.
#[component]
pub fn Rests(until: Time, now: Time) -> impl IntoView {
    view! { <span class="small muted">"Resting; tries again "<TimeText at=until now/></span> }
}

/// Why nothing goes out, and what the admin can do; `test` is where a test is sent.
#[component]
pub fn RestsNotice(until: Time, now: Time, test: String) -> impl IntoView {
    view! {
        <Notice mood=Mood::Warn>
            <p><strong>"Resting: the next request goes out "<TimeText at=until now/>{format!(", on {}.", until.absolute())}</strong></p>
            <p>
                "The receiver kept failing, so events wait for now; that uses up none of their attempts. One request then finds out whether it answers again. "
                "Mended already? "<a href=test>"Send a test"</a>" or retry a delivery: both go out at once, and a success ends the rest."
            </p>
        </Notice>
    }
}

/// Why a recovery waits: the webhooks that rest, by name, with their times.
#[component]
pub fn RestingNotice(resting: Vec<(String, Time)>, now: Time) -> impl IntoView {
    let one = move |(name, until): (String, Time)| view! { <li><strong>{name}</strong>" tries again "<TimeText at=until now/></li> };
    (!resting.is_empty()).then(|| {
        view! {
            <Notice mood=Mood::Warn>
                <p>"These webhooks rest, since their receivers kept failing. What is sent again to them waits until then, and the job with it."</p>
                <ul>{resting.into_iter().map(one).collect_view()}</ul>
            </Notice>
        }
    })
}
