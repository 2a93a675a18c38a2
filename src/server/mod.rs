//! The server. Arrows go one way: http → access → domain → store; worker → domain → store.

#[macro_use]
pub mod store;
pub mod access;
pub mod cli;
pub mod config;
pub mod convention;
pub mod demo;
pub mod domain;
pub mod env;
pub mod fault;
pub mod gate;
pub mod http;
pub mod key_cache;
pub mod key_text;
pub mod kill_point;
pub mod metrics;
pub mod notify;
pub mod seal;
pub mod throttle;
pub mod worker;
