//! Answers to forms: on success a redirect, else the page again with what was typed and what is wrong.

use crate::model::error::AppError;
use crate::server::http::status::status;
use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};

/// The form again; the status code says what kind of mistake it is.
pub struct Answer;

impl Answer {
    /// The page with its mistakes.
    pub fn again(error: &AppError, page: Html<String>) -> Response {
        let mut response = (status(error), page).into_response();
        if let AppError::TooMany(seconds) | AppError::Busy(seconds) | AppError::Away(seconds) = error {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
        }
        response
    }
    /// Whether the person can mend it in the form; what they cannot mend gets a page of its own.
    pub fn is_mendable(error: &AppError) -> bool {
        matches!(
            error,
            AppError::Invalid(_) | AppError::Conflict(_) | AppError::TooMany(_) | AppError::Busy(_) | AppError::Away(_)
        )
    }
}
