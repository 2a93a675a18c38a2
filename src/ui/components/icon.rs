//! Icons: Lucide's, by the names that this product uses. They are plain data for both sides; the linker
//! leaves out of the browser's module what no island draws.

use leptos::prelude::*;

/// One icon's drawing.
pub type Glyph = icondata_core::Icon;

/// The icons in use. Add to this list rather than naming a Lucide icon in a page.
pub mod glyph {
    pub use icondata_lu::{
        LuActivity as ACTIVITY, LuArrowLeft as BACK, LuArrowRight as FORWARD, LuBell as BELL, LuBookOpen as BOOK,
        LuBraces as BRACES, LuBuilding2 as BUILDING, LuCheck as CHECK, LuChevronDown as DOWN,
        LuChevronsUpDown as UP_DOWN, LuCircle as CIRCLE, LuCircleCheck as GOOD, LuCircleDashed as DASHED,
        LuCirclePause as PAUSED, LuCircleSlash as SKIPPED, LuCircleX as BAD, LuClock as CLOCK, LuCopy as COPY,
        LuDownload as DOWNLOAD, LuEllipsis as MORE, LuExternalLink as EXTERNAL, LuEye as EYE, LuHeartPulse as HEALTH,
        LuInbox as INBOX, LuInfo as INFO, LuKeyRound as KEY, LuLayers as LAYERS, LuLink as LINK,
        LuLoaderCircle as SPINNER, LuLock as LOCK, LuLogOut as LEAVE, LuMail as MAIL, LuMonitor as MONITOR,
        LuMoon as MOON, LuPause as PAUSE, LuPencil as EDIT, LuPlay as PLAY, LuPlus as PLUS, LuPowerOff as OFF,
        LuRadio as LIVE, LuRotateCw as RETRY, LuScrollText as AUDIT, LuSearch as SEARCH, LuSend as SEND,
        LuSettings as SETTINGS, LuShieldCheck as SHIELD, LuSun as SUN, LuTerminal as TERMINAL, LuTimer as TIMER,
        LuTrash2 as DELETE, LuTriangleAlert as WARNING, LuUser as USER, LuUsers as USERS, LuWebhook as WEBHOOK,
        LuX as CLOSE, LuZap as ZAP,
    };
}

/// Draws an icon; it is decoration, the word stands beside it.
#[component]
pub fn Icon(glyph: Glyph, #[prop(default = "")] class: &'static str) -> impl IntoView {
    let class = if class.is_empty() { "icon".to_owned() } else { format!("icon {class}") };
    view! {
        <svg
            class=class
            viewBox="0 0 24 24"
            fill="none"
            stroke="currentColor"
            stroke-width="1.75"
            stroke-linecap="round"
            stroke-linejoin="round"
            aria-hidden="true"
            inner_html=glyph.data
        ></svg>
    }
}

/// The product's mark: a hook hanging from a switch.
#[component]
pub fn Mark() -> impl IntoView {
    let drawing = concat!(
        r##"<rect width="32" height="32" rx="8" fill="#4a4cd6"/>"##,
        r##"<g fill="none" stroke="#fff" stroke-linecap="round" stroke-linejoin="round">"##,
        r##"<path stroke-width="3.2" d="M21 10.5V18a6 6 0 0 1-12 0v-2.2"/>"##,
        r##"<path stroke-width="2.6" d="m6.2 18 2.8-3.4 2.8 3.4"/></g>"##,
        r##"<circle cx="21" cy="9.4" r="3.6" fill="#fff"/><circle cx="21" cy="9.4" r="1.5" fill="#4a4cd6"/>"##,
    );
    view! { <svg viewBox="0 0 32 32" aria-hidden="true" inner_html=drawing></svg> }
}
