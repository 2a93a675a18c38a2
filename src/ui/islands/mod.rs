//! The parts of a page that are live. An island is complete as it is served; scripts add to it.

pub mod copy;
