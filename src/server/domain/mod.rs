//! The rules. What changes something takes a permit; what happens next is a pure function.

pub mod inbox;
pub mod log;
pub mod paging;
pub mod verdict;
pub mod webhook_fields;
pub mod webhook_headers;
pub mod webhook_secret;
pub mod webhooks;
