//! Words that the browser and the server share: ids, states, predicates, parsing. No input or output.

#[macro_use]
pub mod id;
pub mod delivery;
pub mod error;
pub mod event;
pub mod explain;
pub mod health;
pub mod log_filter;
pub mod organization;
pub mod time;
pub mod webhook;
