//! Everything about webhooks: the list, adding, one webhook's pages.

pub mod asks;
pub mod created;
pub mod delete;
pub mod events;
pub mod filters;
pub mod form;
pub mod headers;
pub mod hooks;
pub mod list;
pub mod off;
pub mod overview;
mod own_samples;
pub mod page;
pub mod policy;
pub mod rests;
pub mod samples;
pub mod secret;
pub mod settings;
pub mod test;
mod token_samples;
pub mod verify;
