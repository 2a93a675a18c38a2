//! SQL. The organization is the first argument of every function and part of every WHERE; the few
//! that are not scoped to one say so in their name. A function is one atomic fact.

#[macro_use]
pub mod db;
pub mod api_keys;
pub mod audit;
pub mod inbox;
pub mod installation;
pub mod log;
pub mod organizations;
pub mod users;
pub mod webhooks;
