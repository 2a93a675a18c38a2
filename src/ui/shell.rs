//! The document around every page.

use super::{components::raw_text, layout::OpenTargets};
use leptos::prelude::*;

/// Where the browser finds what it loads; filled in by the server, which knows the hashed names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    pub style: String,
    pub islands: String,
    pub shortcuts: String,
    pub touches: String,
    pub script: String,
    pub wasm: String,
    pub icon: String,
    pub font: String,
}

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
    pub fn parse(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }
}

/// How a document looks around its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Look {
    pub theme: Theme,
    /// That private targets are allowed is said here, since the page has no layout that says it.
    pub open_targets: bool,
}

impl From<Theme> for Look {
    fn from(theme: Theme) -> Self {
        Self { theme, open_targets: false }
    }
}

/// The whole document; `title` names page and organization.
#[component]
pub fn Shell(title: String, look: Look, assets: Assets, children: Children) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=look.theme.as_str()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <title inner_html=raw_text(&title)></title>
                <link rel="preload" href=assets.font r#as="font" r#type="font/woff2" crossorigin=""/>
                <link rel="stylesheet" href=assets.style/>
                <link rel="icon" href=assets.icon r#type="image/svg+xml"/>
                <link rel="modulepreload" id="islands-js" href=assets.script/>
                <link rel="prefetch" id="islands-wasm" href=assets.wasm r#as="fetch" crossorigin=""/>
                <script r#type="module" src=assets.islands></script>
                <script r#type="module" src=assets.shortcuts></script>
                <script r#type="module" src=assets.touches></script>
            </head>
            <body>{look.open_targets.then(|| view! { <OpenTargets/> })}{children()}</body>
        </html>
    }
}
