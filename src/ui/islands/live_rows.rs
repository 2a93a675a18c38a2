//! New and changed rows of a list, as they come.
//!
//! The server sends rows as HTML. A row that is on the screen is replaced where it stands; new ones wait
//! behind a button, so that nothing shifts under the reader; in an empty list they appear at once. The stream stops while the tab is hidden and
//! catches up when it is shown again.

use super::stream::{Stream, WayOn, awaken};
use leptos::{prelude::*, wasm_bindgen::JsCast};
use web_sys::Element;

/// Rows that wait beyond this many are counted only; the page is loaded anew to see them.
const MOST_WAITING: usize = 200;

/// `source` is the stream's address, `list` the id of the element that holds the rows, `since` when the
/// page was made, in microseconds.
#[island]
pub fn LiveRows(source: String, list: String, since: i64) -> impl IntoView {
    let waiting = RwSignal::new(Vec::<(String, String)>::new());
    let beyond = RwSignal::new(false);
    let stream = Stream::new(source, since);
    let paused = stream.paused;
    let rows = StoredValue::new(list);
    let list = move || rows.with_value(|id| document().get_element_by_id(id));

    stream.on("row", move |id, html| {
        if replace(&id, &html) || id.is_empty() {
            return;
        }
        match list().filter(|list| list.child_element_count() == 0) {
            Some(list) => insert(&list, &html),
            None => waiting.update(|all| match all.iter().position(|(known, _)| *known == id) {
                Some(at) => all[at].1 = html,
                None if all.len() < MOST_WAITING => all.push((id, html)),
                None => beyond.set(true),
            }),
        }
    });
    stream.on("changed", move |id, html| {
        replace(&id, &html);
    });
    stream.on("behind", move |_, _| beyond.set(true));

    let show = move |_| {
        match list().filter(|_| !beyond.get_untracked()) {
            Some(list) => {
                for (_, html) in waiting.get_untracked() {
                    insert(&list, &html);
                }
                waiting.set(vec![]);
            }
            // The list was empty, or more came than were kept: the page itself has them.
            None => drop(window().location().reload()),
        }
    };
    let count = move || waiting.with(Vec::len);
    let label = move || match (beyond.get(), count()) {
        (true, _) => "Many new: load them".to_owned(),
        (false, 1) => "Show 1 new".to_owned(),
        (false, n) => format!("Show {n} new"),
    };
    let none = move || count() == 0 && !beyond.get();
    view! {
        <div class="live needs-script">
            <span class="live-state" data-live=move || stream.word()>{move || stream.word()}</span>
            <WayOn stream/>
            <button class="button quiet small" r#type="button" hidden=move || stream.is_over()
                on:click=move |_| stream.set_paused(!paused.get_untracked())>
                {move || if paused.get() { "Resume" } else { "Pause" }}
            </button>
            <button class="button small accent" r#type="button" hidden=none on:click=show>{label}</button>
            <span class="only-heard" role="status">{move || if none() { String::new() } else { label() }}</span>
        </div>
    }
}

/// Puts a row at the top.
fn insert(list: &Element, html: &str) {
    let _ = list.insert_adjacent_html("afterbegin", html);
    if let Some(row) = list.first_element_child() {
        awaken(&row);
    }
}

/// Puts a row in the place of the one with its id; answers whether there was one.
fn replace(id: &str, html: &str) -> bool {
    let Some(row) = document().get_element_by_id(id) else { return false };
    let focused = document().active_element().is_some_and(|active| row.contains(Some(&active)));
    row.set_outer_html(html);
    if focused && let Some(link) = document().get_element_by_id(id).and_then(|r| r.query_selector("a").ok().flatten()) {
        let _ = link.unchecked_into::<web_sys::HtmlElement>().focus();
    }
    true
}
