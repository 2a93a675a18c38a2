//! What islands call. Three lines each: who, call, answer.

pub mod webhooks;
