//! The worker: claims what is due, attempts it, records what came of it.

pub mod lanes;
pub mod pulse;
mod rotation;
pub mod wake;
