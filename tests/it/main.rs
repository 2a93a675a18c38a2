//! What Switchhook does, as sentences. A sentence about stored things runs on both databases.

#[macro_use]
mod support;

mod harness;
mod inbox;
mod official_libraries;
mod rest_webhooks;
