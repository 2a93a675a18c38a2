//! The outside: REST v1, pages, live stream, assets, health.

pub mod assets;
pub mod health;
pub mod inbox;
pub mod observe;
pub mod problem;
pub mod render;
pub mod rest;
pub mod router;
pub mod theme;
