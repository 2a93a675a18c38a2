//! What islands call. Three lines each: who, call, answer.

pub mod deliveries;
pub mod webhooks;
