//! Attempts: from a claimed delivery to a request, from what came of it to a record.

pub mod claim;
pub mod kept_body;
pub mod make;
mod own_inbox;
pub mod record;
pub mod request;
