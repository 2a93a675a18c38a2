//! Telling people: mail.

pub mod mail;
