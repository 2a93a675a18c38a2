//! A body as inert text: pretty and raw, cut where it is long.

use super::json_tree::{self, JsonTree};
use crate::ui::{components::*, islands::copy::CopyButton};
use leptos::prelude::*;

/// Characters that a page shows of a body; the rest is a link away.
const MAX_SHOWN: usize = 16_000;
/// Bytes up to which JSON is laid out for reading.
const MAX_PRETTY: usize = 256 * 1024;

/// The start of `text`, and whether that is not all.
fn cut(text: &str) -> (String, bool) {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => (text[..end].to_owned(), true),
        None => (text.to_owned(), false),
    }
}

/// Laid out over lines, where it is JSON with something to lay out.
pub fn pretty(text: &str) -> Option<String> {
    let start = text.trim_start();
    if text.len() > MAX_PRETTY || !start.starts_with(['{', '[']) {
        return None;
    }
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    serde_json::to_string_pretty(&value).ok().filter(|laid_out| laid_out != text)
}

/// `12 bytes`, `3.4 KiB`, `9.8 MiB`.
pub fn size(bytes: usize) -> String {
    let tenths = |unit: usize| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KiB", tenths(1_024)),
        _ => format!("{} MiB", tenths(1_048_576)),
    }
}

/// A body. `name` sets it apart from others on the page, `all` is where all of it can be had as plain
/// text, `truncated` says so where it was cut before it came here.
#[component]
pub fn Body(
    text: String,
    #[prop(into)] name: String,
    all: String,
    truncated: Option<String>,
    /// Only the start of the body is in `text`.
    #[prop(optional)]
    cut_before: bool,
    /// Whether JSON can be looked at as a tree too.
    #[prop(optional)]
    tree: bool,
) -> impl IntoView {
    let (shown, is_cut) = cut(&text);
    let is_cut = is_cut || cut_before;
    let laid_out = pretty(&text).map(|laid_out| cut(&laid_out).0);
    let bytes = if cut_before { format!("more than {}", size(text.len())) } else { size(text.len()) };
    let note = is_cut.then_some("Only the start is shown here.");
    let copy = (!is_cut).then(|| view! { <CopyButton text=text.clone() what=format!("{name} body") bare=false/> });
    let label = |kind: &str| format!("Body of the {name}, {kind}");
    let raw = view! { <pre tabindex="0" role="region" aria-label=label("raw")><code>{shown}</code></pre> };
    let group = format!("body-{name}");
    let tree = tree.then(|| json_tree::read(&text)).flatten();
    let choice = tree.is_some().then(|| way(&group, "Tree", false));
    let tree = tree.map(|value| view! { <section class="panel code"><JsonTree value/></section> });
    let content = match laid_out {
        None => view! { <div class="code wrap">{raw}</div> }.into_any(),
        Some(laid_out) => view! {
            <div class="panels stack tight">
                <div class="choices" role="radiogroup" aria-label=format!("How the body of the {name} is shown")>
                    {way(&group, "Pretty", true)}
                    {way(&group, "Raw", false)}
                    {choice}
                </div>
                <section class="panel code"><pre tabindex="0" role="region" aria-label=label("laid out")><code>{laid_out}</code></pre></section>
                <section class="panel code wrap">{raw}</section>
                {tree}
            </div>
        }
        .into_any(),
    };
    view! {
        <div class="stack tight body-view">
            <div class="row between">
                <h3>"Body "<span class="muted small">{bytes}</span></h3>
                <span class="row">{copy}<a class="small" href=all target="_blank" rel="noopener">"Show all as text"</a></span>
            </div>
            {content}
            {note.map(|text| view! { <p class="muted small">{text}</p> })}
            {truncated.map(|text| view! { <Notice mood=Mood::Warn>{text}</Notice> })}
        </div>
    }
    .into_any()
}

/// One way to look at a body; its id tells it apart when the page brings the body anew.
fn way(group: &str, word: &'static str, checked: bool) -> impl IntoView {
    view! { <label><input r#type="radio" id=format!("{group}-{word}") name=group.to_owned() checked=checked/>{word}</label> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_long_line_is_cut_between_characters() {
        let (shown, is_cut) = cut(&"é".repeat(MAX_SHOWN + 1));
        assert!(is_cut);
        assert_eq!(shown.chars().count(), MAX_SHOWN);
        assert!(!cut("short").1);
    }

    #[test]
    fn json_is_laid_out_in_its_own_order_and_other_text_is_left_alone() {
        assert_eq!(pretty(r#"{"b":1,"a":[2]}"#).as_deref(), Some("{\n  \"b\": 1,\n  \"a\": [\n    2\n  ]\n}"));
        assert_eq!(pretty("<html>"), None);
        assert_eq!(pretty("{broken"), None);
    }

    #[test]
    fn sizes_read_as_people_say_them() {
        assert_eq!((size(12), size(3_500), size(10_276_045)), ("12 bytes".into(), "3.4 KiB".into(), "9.8 MiB".into()));
    }
}
