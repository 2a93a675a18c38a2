//! What a person or a program is told when something cannot be done. Causes never cross: a fault of
//! ours is logged once with a reference, and only the reference is shown.

use serde::{Deserialize, Serialize};

/// What is wrong with one field, in a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The name of the field, as in the API and in the form.
    pub field: String,
    pub message: String,
}

/// Why a request was not carried out. Every variant's text is safe to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    #[error("Sign in first.")]
    NotSignedIn,
    /// Says which role or scope is needed.
    #[error("{0}")]
    NotAllowed(String),
    /// Also for what belongs to another organization.
    #[error("There is nothing here, or it belongs to another organization.")]
    NotFound,
    #[error("{}", .0.first().map_or("Something in the form is not right.", |e| e.message.as_str()))]
    Invalid(Vec<FieldError>),
    /// The thing is in no state for this; says why and what to do.
    #[error("{0}")]
    Conflict(String),
    #[error("{0}")]
    TooLarge(String),
    /// Full for the moment; try again after so many seconds.
    #[error("Switchhook is busy. Try again in {0} s.")]
    Busy(u32),
    /// Nothing can be stored or read; try again after so many seconds.
    #[error("The database is away, full or locked for the moment. Try again in {0} s.")]
    Away(u32),
    /// Too many tries; wait so many seconds.
    #[error("Too many tries. Wait {0} s, then try again.")]
    TooMany(u32),
    /// Only in the browser: the call did not get through.
    #[error("The server cannot be reached. Check your connection, then try again.")]
    Unreachable,
    /// Our own fault; the reference is in the operator's log.
    #[error("Something went wrong on our side. Try again; if it stays, give your operator the reference {0}.")]
    Internal(String),
}

/// What a form of a page and what its island calls say alike.
pub const FORM_TOO_LARGE: &str = "This form takes 2 MB at most. Send less; the API takes events up to 10 MiB.";

impl AppError {
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }
}

/// What the library between browser and server can say, in our words; a call that makes no sense is the caller's fault.
impl server_fn::error::FromServerFnError for AppError {
    type Encoder = server_fn::codec::JsonEncoding;

    fn from_server_fn_error(error: server_fn::error::ServerFnErrorErr) -> Self {
        use server_fn::error::ServerFnErrorErr as E;
        match error {
            E::Deserialization(why) if why == "length limit exceeded" => Self::TooLarge(FORM_TOO_LARGE.into()),
            E::Args(_) | E::MissingArg(_) | E::Deserialization(_) => Self::field("", "The request cannot be read."),
            _ => Self::Unreachable,
        }
    }
}

/// Collects what is wrong with several fields, so that all are told at once.
#[derive(Debug, Default)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), message: message.into() });
    }
    /// Keeps a parsed value, or its sentence under the field's name.
    pub fn take<T>(&mut self, field: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|message| self.add(field, message)).ok()
    }
    pub fn extend(&mut self, others: FieldErrors) {
        self.0.extend(others.0);
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub fn finish(self) -> Result<(), AppError> {
        if self.0.is_empty() { Ok(()) } else { Err(AppError::Invalid(self.0)) }
    }
}
