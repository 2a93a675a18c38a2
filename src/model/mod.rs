//! Words that the browser and the server share: ids, states, predicates, parsing. No input or output.

#[macro_use]
pub mod id;
pub mod alert;
pub mod api_key;
pub mod audit;
pub mod comparison;
pub mod convention;
pub mod curl;
pub mod delivery;
pub mod error;
pub mod event;
pub mod explain;
pub mod failure;
pub mod filter;
pub mod filter_row;
pub mod filter_trial;
pub mod first_run;
pub mod health;
pub mod health_cause;
pub mod health_report;
pub mod hooks_form;
pub mod inbox;
pub mod log_filter;
mod log_match;
pub mod member;
pub mod open_session;
pub mod organization;
pub mod query_string;
pub mod recovery;
pub mod saved_view;
pub mod selected;
pub mod signing_secret;
pub mod switched_off;
pub mod time;
pub mod webhook;
pub mod webhook_form;
pub mod webhook_list;
