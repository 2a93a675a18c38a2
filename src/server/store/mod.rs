//! SQL. The organization is the first argument of every function and part of every WHERE; the few
//! that are not scoped to one say so in their name. A function is one atomic fact.

#[macro_use]
pub mod db;
#[macro_use]
pub mod transaction;
pub mod alert_streaks;
pub mod alerts;
pub mod api_keys;
pub mod audit;
pub mod audit_log;
mod batch;
mod checkpoints;
pub mod chores;
pub mod claims;
pub mod deliveries;
mod direct;
pub mod events;
mod events_at_once;
pub mod first_run;
mod group;
pub mod health;
mod health_counts;
pub mod health_sums;
pub mod inbox;
pub mod installation;
pub mod invitations;
pub mod latest_events;
pub mod log;
mod log_conditions;
pub mod members;
pub mod news;
pub mod organizations;
mod originals;
pub mod outages;
mod own;
pub mod password_resets;
pub mod processes;
pub mod record;
pub mod recoveries;
pub mod recovery_step;
pub mod retention;
pub mod saved_views;
pub mod sessions;
pub mod sign_up;
mod statement;
pub mod subscriptions;
pub mod switch_off;
pub mod switched_off;
pub mod users;
pub mod vital;
pub mod webhook_secrets;
pub mod webhooks;
pub mod writer;
