//! Alerts. `settings` says who is told of what; `watch` looks, once a minute and in one process, at what
//! the recorder has counted and decides; `tell` sends. Nothing of it is in the way of a delivery.
//!
//! What is NOT promised: that an alert comes within the minute of its cause (minutes are looked at once
//! they are over), nor that a mail or a chat message arrives.

pub mod message;
pub mod settings;
pub mod streak;
mod tell;
pub mod watch;
