//! Shortcuts: the sheet that lists them, and the hint that there is one. What the keys do is in `public/shortcuts.js`;
//! without scripts there are none, and nothing speaks of them.

use leptos::prelude::*;

/// Each key, and what it does.
const KEYS: [(&str, &str); 9] = [
    ("j", "Go to the next row of a list"),
    ("k", "Go to the row before"),
    ("Enter", "Open the row"),
    ("x", "Select the row"),
    ("c", "Copy the row’s id, or that of the open delivery"),
    ("r", "Retry the open delivery"),
    ("/", "Go to the search"),
    ("Esc", "Close a menu or this sheet, leave a field"),
    ("?", "Show this sheet"),
];

/// The sheet, closed until it is asked for; and the place where keys say what they did.
#[component]
pub fn ShortcutSheet() -> impl IntoView {
    let line = |(key, what): (&'static str, &'static str)| view! { <dt><kbd>{key}</kbd></dt><dd>{what}</dd> };
    view! {
        <dialog id="shortcuts" aria-labelledby="shortcuts-title">
            <form class="stack" method="dialog">
                <h2 id="shortcuts-title">"Keyboard shortcuts"</h2>
                <dl class="facts keys">{KEYS.map(line).into_iter().collect_view()}</dl>
                <label class="check">
                    <input type="checkbox" checked/>
                    <span>
                        "Single-key shortcuts"
                        <span class="help">"Remembered in this browser. They do nothing while you type."</span>
                    </span>
                </label>
                <div class="actions"><button class="button" r#type="submit">"Close"</button></div>
            </form>
        </dialog>
        <p class="said" id="said" role="status"></p>
    }
}

/// Opens the sheet by pointer, and says which key does.
#[component]
pub fn ShortcutHint() -> impl IntoView {
    view! {
        <button class="shortcut-hint needs-script" r#type="button" id="show-shortcuts"><kbd>"?"</kbd>" for shortcuts"</button>
    }
}
