//! What Switchhook does, as sentences. A sentence about stored things runs on both databases.

#[macro_use]
mod support;

mod harness;
mod inbox;
mod rest_webhooks;
mod official_libraries;
