//! Delivering: claim → attempt → record.
