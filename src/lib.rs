//! Switchhook: the webhook service that a platform runs beside its product.
//!
//! This file is the table of contents. The path says where code runs: `server` exists only in the
//! server build, by the one gate below; everything else is compiled for both sides.

// The types of views are nested as deeply as the pages are.
#![recursion_limit = "512"]

#[macro_use]
pub mod model;
pub mod server_fns;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod server;

/// What the browser calls once the islands' module has loaded.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
