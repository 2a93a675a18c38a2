//! JSON as a tree whose branches open and close, without scripts.

use leptos::prelude::*;
use serde_json::Value;

/// Bytes up to which a body is laid out as a tree, and how many branches and leaves it may have.
const MAX_BYTES: usize = 64 * 1024;
const MAX_NODES: usize = 600;
/// Branches down to here are open at first.
const OPEN: usize = 2;

/// What a text is as a tree, where it is JSON with branches and not too large.
pub fn read(text: &str) -> Option<Value> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    let is_branch = matches!(&value, Value::Object(_) | Value::Array(_));
    (is_branch && nodes(&value) <= MAX_NODES).then_some(value)
}

fn nodes(value: &Value) -> usize {
    match value {
        Value::Object(fields) => 1 + fields.values().map(nodes).sum::<usize>(),
        Value::Array(items) => 1 + items.iter().map(nodes).sum::<usize>(),
        _ => 1,
    }
}

/// The tree.
#[component]
pub fn JsonTree(value: Value) -> impl IntoView {
    view! { <ul class="json-tree" role="list">{node(String::new(), value, 0)}</ul> }.into_any()
}

/// `3 fields`, `1 item`, `empty`.
fn size(count: usize, one: &str) -> String {
    match count {
        0 => "empty".into(),
        1 => format!("1 {one}"),
        n => format!("{n} {one}s"),
    }
}

fn node(name: String, value: Value, depth: usize) -> AnyView {
    let (size, brackets, below): (_, _, Vec<(String, Value)>) = match value {
        Value::Object(fields) => (size(fields.len(), "field"), "{ }", fields.into_iter().collect()),
        Value::Array(items) => {
            let numbered = items.into_iter().enumerate().map(|(i, item)| (i.to_string(), item));
            (size(numbered.len(), "item"), "[ ]", numbered.collect())
        }
        leaf => {
            return view! { <li class="leaf"><code>{name}</code>" "<bdi class="mono">{leaf.to_string()}</bdi></li> }
                .into_any();
        }
    };
    let below: Vec<_> = below.into_iter().map(|(name, value)| node(name, value, depth + 1)).collect();
    let open = depth < OPEN;
    view! {
        <li>
            <details class="fold" open=open>
                <summary><code>{name}</code>" "<span class="muted">{format!("{brackets} {size}")}</span></summary>
                <ul role="list">{below}</ul>
            </details>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_with_branches_and_of_a_bounded_size_is_a_tree() {
        assert!(read(r#"{"a": [1, {"b": null}]}"#).is_some());
        for text in ["7", "<html>", "{broken", ""] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&format!("[{}1]", "1,".repeat(MAX_NODES))), None);
    }
}
