//! What scripts add to a list of boxes: search, a count, and whole groups at a click.

use leptos::{ev, prelude::*, wasm_bindgen::JsCast};
use web_sys::{Element, HtmlElement, HtmlInputElement};

/// The groups are the child: `.group` with a `.group-head` box and `.type` boxes that carry `data-text`.
#[island]
pub fn PickerTools(chosen: usize, total: usize, children: Children) -> impl IntoView {
    let place = NodeRef::<leptos::html::Div>::new();
    let count = RwSignal::new(chosen);
    let search = move |event: ev::Event| {
        let Some(place) = place.get_untracked() else { return };
        let needle = event_target_value(&event).trim().to_lowercase();
        for one in all::<HtmlElement>(&place, ".type") {
            one.set_hidden(!one.get_attribute("data-text").unwrap_or_default().contains(&needle));
        }
        for group in all::<HtmlElement>(&place, ".group") {
            group.set_hidden(group.query_selector(".type:not([hidden])").ok().flatten().is_none());
        }
    };
    let change = move |event: ev::Event| {
        let Some(place) = place.get_untracked() else { return };
        let Some(target) = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) else { return };
        if let Some(group) = target.closest(".group").ok().flatten() {
            follow(&group, &target);
        }
        count.set(all::<Element>(&place, ".type input:checked").len());
    };
    Effect::new(move || {
        let groups = place.get().map(|place| all::<Element>(&place, ".group")).unwrap_or_default();
        groups.iter().for_each(sum_up);
    });
    view! {
        <div class="tools needs-script">
            <input class="input" r#type="search" aria-label="Search event types" placeholder="Search event types" on:input=search/>
            <span class="small muted" aria-live="polite">{move || format!("{} of {total} chosen", count.get())}</span>
        </div>
        <div node_ref=place on:change=change>{children()}</div>
    }
}

/// A group's box sets those in sight; theirs set the group's.
fn follow(group: &Element, target: &HtmlInputElement) {
    let boxes = all::<HtmlInputElement>(group, ".type:not([hidden]) input");
    if target.name() == "group" {
        boxes.iter().for_each(|one| one.set_checked(target.checked()));
    }
    sum_up(group);
}

/// Ticks a group's box where all of its types are, and half where some are.
fn sum_up(group: &Element) {
    let boxes = all::<HtmlInputElement>(group, ".type input");
    let ticked = boxes.iter().filter(|one| one.checked()).count();
    for head in all::<HtmlInputElement>(group, ".group-head input") {
        head.set_checked(ticked == boxes.len());
        head.set_indeterminate(ticked > 0 && ticked < boxes.len());
    }
}

/// What matches within an element.
pub(super) fn all<T: JsCast>(root: &Element, selector: &str) -> Vec<T> {
    let list = root.query_selector_all(selector).ok();
    let length = list.as_ref().map_or(0, |list| list.length());
    (0..length).filter_map(|i| list.as_ref()?.item(i)?.dyn_into().ok()).collect()
}
