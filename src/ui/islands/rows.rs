//! More rows for a list of fields than the blank ones that are there without scripts.

use leptos::{prelude::*, wasm_bindgen::JsCast};
use web_sys::HtmlInputElement;

/// The rows are the child: the last of `[data-row]` is copied, emptied and focused; `add` names the button.
#[island]
pub fn MoreRows(add: String, children: Children) -> impl IntoView {
    let place = NodeRef::<leptos::html::Div>::new();
    let copy_last = move |_| {
        let rows = place.get_untracked().and_then(|place| place.query_selector_all("[data-row]").ok());
        let last = rows.and_then(|rows| rows.item(rows.length().checked_sub(1)?));
        let Some(copy) = last.as_ref().and_then(|last| last.clone_node_with_deep(true).ok()) else { return };
        let Ok(copy) = copy.dyn_into::<web_sys::Element>() else { return };
        let inputs = copy.query_selector_all("input").ok();
        for i in 0..inputs.as_ref().map_or(0, |inputs| inputs.length()) {
            let input = inputs.as_ref().and_then(|inputs| inputs.item(i)?.dyn_into::<HtmlInputElement>().ok());
            if let Some(input) = input {
                input.set_value("");
            }
        }
        if let Some(parent) = last.and_then(|last| last.parent_node()) {
            let _ = parent.append_child(&copy);
        }
        if let Some(first) =
            copy.query_selector("input").ok().flatten().and_then(|i| i.dyn_into::<HtmlInputElement>().ok())
        {
            let _ = first.focus();
        }
    };
    view! {
        <div node_ref=place>{children()}</div>
        <button class="button small needs-script" r#type="button" on:click=copy_last>{add}</button>
    }
}
