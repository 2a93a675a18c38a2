//! The outside: REST v1, pages, live stream, assets, health.

pub mod assets;
pub mod came_from;
pub mod connections;
pub mod csrf;
pub mod docs;
pub mod drain;
pub mod health;
pub mod inbox;
pub mod live;
pub mod observe;
pub mod pages;
pub mod problem;
pub mod render;
pub mod rest;
pub mod router;
pub mod security;
pub mod server_fn;
pub mod session;
pub mod source;
pub mod status;
pub mod theme;
