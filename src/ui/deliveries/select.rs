//! Rows that are selected, to be sent again together. The boxes belong to a form below the table, so that no scripts
//! are needed; with them the number is said at once (`public/touches.js`).

use super::Log;
use crate::{model::id::DeliveryId, ui::components::*};
use leptos::prelude::*;

/// The id of the form that the boxes of the rows belong to.
const FORM: &str = "selected";
/// The name of the boxes.
pub const FIELD: &str = "delivery";

/// The box of one row.
#[component]
pub fn Pick(id: DeliveryId, event_type: String) -> impl IntoView {
    view! {
        <td class="pick">
            <label>
                <input class="box" type="checkbox" name=FIELD value=id.to_string() form=FORM/>
                <span class="only-heard">{format!("Select {event_type}")}</span>
            </label>
        </td>
    }
    .into_any()
}

/// The box above all others.
#[component]
pub fn SelectAll() -> impl IntoView {
    view! {
        <th scope="col" class="pick">
            <label class="needs-script">
                <input class="box" type="checkbox" id="select-all" autocomplete="off"/>
                <span class="only-heard">"Select all on this page"</span>
            </label>
        </th>
    }
    .into_any()
}

/// What can be done with the selected rows; the list's filters go along, so that the way back leads to the same list.
#[component]
pub fn Selection(log: Log) -> impl IntoView {
    let pairs: Vec<_> = log.query.to_pairs().into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    let kept = pairs.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    view! {
        <form class="selection row" id=FORM method="get" action=format!("{}/selected", log.details) aria-label="Selected deliveries">
            {kept.collect_view()}
            <Button small=true icon=glyph::RETRY off=log.retry_off.clone()>"Retry selected …"</Button>
            <span class="small muted" role="status"></span>
        </form>
    }
    .into_any()
}
