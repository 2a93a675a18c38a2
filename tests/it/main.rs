//! What Switchhook does, as sentences. A sentence about stored things runs on both databases.

#[macro_use]
mod support;

mod harness;
mod inbox;
mod official_libraries;
mod rest_access;
mod rest_events;
mod rest_http;
mod rest_logs;
mod rest_webhooks;
