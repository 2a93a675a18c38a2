//! Pages: a handler finds out who asks, gets a permit, makes one call to the domain and renders.

mod account;
mod alerts;
mod api_keys;
mod audit;
mod catalogue;
mod compare;
pub mod deliveries;
mod error;
mod export;
mod forgot;
mod form;
pub mod health;
mod home;
mod inbox;
mod invitations;
pub mod log;
mod members;
mod opened;
mod organizations;
mod recovery;
mod save_and_test;
mod selected;
mod sent;
mod sign_in;
mod sign_up;
mod signed;
mod switch_on;
pub mod test;
mod views;
mod webhook;
pub mod webhook_form;
mod webhook_hooks;
mod webhook_secret;
mod webhooks;

pub use error::{PageError, PageResult, dress};
pub use form::Answer;
pub use sent::{Form, FormText, Path, Query, SmallForm};
pub use signed::{Person, Signed};

use crate::server::env::Env;
use axum::Router;

/// Every page's address.
pub fn routes() -> Router<Env> {
    Router::new()
        .merge(home::routes())
        .merge(deliveries::routes())
        .merge(health::routes())
        .merge(export::routes())
        .merge(views::routes())
        .merge(recovery::routes())
        .merge(selected::routes())
        .merge(compare::routes())
        .merge(inbox::routes())
        .merge(sign_in::routes())
        .merge(sign_up::routes())
        .merge(forgot::routes())
        .merge(invitations::routes())
        .merge(account::routes())
        .merge(alerts::routes())
        .merge(audit::routes())
        .merge(organizations::routes())
        .merge(members::routes())
        .merge(api_keys::routes())
        .merge(webhooks::routes())
        .merge(webhook::routes())
        .merge(switch_on::routes())
        .merge(webhook_form::routes())
        .merge(webhook_hooks::routes())
        .merge(webhook_secret::routes())
        .merge(test::routes())
        .merge(catalogue::routes())
        .fallback(error::nothing_here)
}
