//! Our own faults: the cause goes to the operator's log once, with a reference; whoever asked is given
//! the reference alone.

use crate::model::error::AppError;
use std::hash::{BuildHasher, Hasher};

/// Logs the cause and answers what may be shown.
pub fn fault(cause: impl std::fmt::Display) -> AppError {
    let reference = reference();
    tracing::error!(reference, %cause, "a request failed");
    AppError::Internal(reference)
}

/// Eight hex digits. A reference is looked up, never guessed against, so the hasher's seed will do.
fn reference() -> String {
    let mixed = std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("{:08x}", (mixed >> 32) ^ (mixed & 0xffff_ffff))
}

/// Seconds after which to ask again while the database is full, locked or away.
const ASK_AGAIN: u32 = 2;

/// A condition of the database that passes: full, locked, out of connections, restarting.
fn passes(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => true,
        sqlx::Error::Database(database) => database.code().is_some_and(|code| match code.len() {
            // Postgres: lost connection (08), insufficient resources (53), operator's doing (57P).
            5 => ["08", "53", "57P"].iter().any(|class| code.starts_with(class)),
            // SQLite, primary code in the low byte: busy 5, locked 6, i/o 10, full 13, cannot open 14.
            _ => code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14)),
        }),
        _ => false,
    }
}

impl From<sqlx::Error> for AppError {
    fn from(cause: sqlx::Error) -> Self {
        if passes(&cause) {
            tracing::warn!(%cause, "the database cannot answer for the moment");
            return Self::Busy(ASK_AGAIN);
        }
        fault(cause)
    }
}
