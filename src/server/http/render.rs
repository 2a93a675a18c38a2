//! From a view to a response: synchronous, in one piece, since handlers load what a page shows first.

use super::assets;
use crate::ui::shell::{Assets, Look, Shell, ShellProps};
use axum::response::Html;
use hydration_context::SsrSharedContext;
use leptos::prelude::*;
use std::sync::Arc;

/// Renders a whole document; `look` is a theme where the page's own layout says what is said on every page.
pub fn document<V: IntoView + 'static>(title: String, look: impl Into<Look>, page: impl FnOnce() -> V) -> Html<String> {
    let look = look.into();
    Html(fragment(move || {
        let body = page().into_any();
        Shell(ShellProps { title, look, assets: assets(), children: Box::new(move || body) })
    }))
}

/// Renders a part of a page, for what is inserted live.
pub fn fragment<V: IntoView + 'static>(view: impl FnOnce() -> V) -> String {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let html = owner.with(|| view().into_view().to_html());
    owner.cleanup();
    html
}

fn assets() -> Assets {
    Assets {
        style: assets::url("app.css"),
        islands: assets::url("islands.js"),
        shortcuts: assets::url("shortcuts.js"),
        touches: assets::url("touches.js"),
        script: assets::url("switchhook.js"),
        wasm: assets::url("switchhook.wasm"),
        icon: assets::url("icon.svg"),
        font: assets::url("fonts/inter.woff2"),
    }
}
