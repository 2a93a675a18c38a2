//! Telling people: mail.
