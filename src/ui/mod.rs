//! What is seen. Pages are whole documents rendered on the server from model types; every form works
//! without scripts. What must be live or instant is an island.

pub mod account;
pub mod alerts;
pub mod api_keys;
pub mod audit;
pub mod catalogue;
pub mod components;
pub mod deliveries;
pub mod delivery_detail;
pub mod error_page;
pub mod first_run;
pub mod forgot;
pub mod health;
pub mod inbox;
pub mod invitation;
pub mod islands;
pub mod layout;
pub mod members;
pub mod organizations;
pub mod permissions;
pub mod recovery;
pub mod reference;
pub mod saved_views;
pub mod settings;
pub mod shell;
mod shortcuts;
mod sidebar;
pub mod sign_in;
pub mod sign_up;
pub mod webhooks;
