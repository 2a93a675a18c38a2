//! The parts of a page that are live. An island is complete as it is served; scripts add to it.

pub mod copy;
pub mod live_delivery;
pub mod live_rows;
mod stream;
