//! Our own faults: the cause goes to the operator's log once, with a reference; whoever asked is given
//! the reference alone.

use crate::{
    model::error::AppError,
    server::store::{
        db::{is_away, said},
        writer::Unwritten,
    },
};
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
pub const ASK_AGAIN: u32 = 2;

impl From<sqlx::Error> for AppError {
    fn from(cause: sqlx::Error) -> Self {
        if is_away(&cause) {
            tracing::warn!(cause = said(&cause), "the database cannot answer for the moment");
            return Self::Away(ASK_AGAIN);
        }
        fault(cause)
    }
}

impl From<Unwritten> for AppError {
    fn from(why: Unwritten) -> Self {
        match why {
            // The writer has logged the cause.
            Unwritten::Away => Self::Away(ASK_AGAIN),
            Unwritten::Refused(cause) => cause.into(),
        }
    }
}
