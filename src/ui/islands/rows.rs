//! More rows for a list of fields than the blank ones that are there without scripts.

use super::picker::all;
use leptos::{prelude::*, wasm_bindgen::JsCast};
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement};

/// The rows are the child: the last of `[data-row]` is copied, emptied, numbered and focused; `add` names the button.
#[island]
pub fn MoreRows(add: String, children: Children) -> impl IntoView {
    let place = NodeRef::<leptos::html::Div>::new();
    let copy_last = move |_| {
        let rows = place.get_untracked().map(|place| all::<Element>(&place, "[data-row]")).unwrap_or_default();
        let Some(last) = rows.last() else { return };
        let Some(copy) = last.clone_node_with_deep(true).ok().and_then(|copy| copy.dyn_into::<Element>().ok()) else {
            return;
        };
        let fields = all::<HtmlElement>(&copy, "input, select");
        for field in &fields {
            empty(field);
            if let Some(label) = field.get_attribute("aria-label") {
                let label = label.trim_end_matches(|c: char| c.is_ascii_digit());
                let _ = field.set_attribute("aria-label", &format!("{label}{}", rows.len() + 1));
            }
        }
        if let Some(parent) = last.parent_node() {
            let _ = parent.append_child(&copy);
        }
        if let Some(first) = fields.first() {
            let _ = first.focus();
        }
    };
    view! {
        <div node_ref=place>{children()}</div>
        <button class="button small needs-script" r#type="button" on:click=copy_last>{add}</button>
    }
}

/// As in a row that nothing was typed into.
fn empty(field: &HtmlElement) {
    if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
        input.set_value("");
    } else if let Some(select) = field.dyn_ref::<HtmlSelectElement>() {
        select.set_selected_index(0);
    }
}
