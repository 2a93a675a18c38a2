//! What is seen. Pages are whole documents rendered on the server from model types; every form works
//! without scripts. What must be live or instant is an island.

pub mod components;
pub mod deliveries;
pub mod delivery_detail;
pub mod error_page;
pub mod inbox;
pub mod islands;
pub mod layout;
pub mod organizations;
pub mod shell;
mod sidebar;
pub mod sign_in;
pub mod sign_up;
