//! The outside: REST v1, pages, live stream, assets, health.

pub mod assets;
pub mod render;
