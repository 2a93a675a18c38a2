//! What the benchmark and the torture share: a receiver that keeps a ledger, a publisher, the program under
//! test with its database, and figures. It knows the product by its command line and its API alone.

pub mod api;
pub mod database;
pub mod disk;
pub mod figures;
pub mod house;
pub mod invariants;
pub mod machine;
pub mod outage;
pub mod program;
pub mod proxy;
pub mod publisher;
pub mod receiver;
pub mod torture;
pub mod wire;

/// Whatever went wrong, in words.
pub type Oops = Box<dyn std::error::Error + Send + Sync>;
pub type Result<T> = std::result::Result<T, Oops>;
