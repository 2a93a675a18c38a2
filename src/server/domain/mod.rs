//! The rules. What changes something takes a permit; what happens next is a pure function.

pub mod api_keys;
pub mod audit;
pub mod catalogue;
pub mod events;
pub mod inbox;
pub mod invitations;
pub mod job;
pub mod live;
pub mod log;
pub mod log_detail;
pub mod log_neighbours;
pub mod members;
pub mod organizations;
pub mod paging;
pub mod password_reset;
pub mod passwords;
pub mod people;
pub mod sessions;
pub mod sign_in;
pub mod sign_up;
pub mod subscriptions;
pub mod verdict;
pub mod webhook_fields;
pub mod webhook_headers;
pub mod webhook_secret;
pub mod webhooks;
