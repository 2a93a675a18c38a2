//! The status code of an error, the same for people and for programs.

use crate::model::error::AppError;
use axum::http::StatusCode;

/// What an error is answered with.
pub fn status(error: &AppError) -> StatusCode {
    match error {
        AppError::NotSignedIn => StatusCode::UNAUTHORIZED,
        AppError::NotAllowed(_) => StatusCode::FORBIDDEN,
        AppError::NotFound => StatusCode::NOT_FOUND,
        AppError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        AppError::Conflict(_) => StatusCode::CONFLICT,
        AppError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        AppError::Busy(_) | AppError::Away(_) | AppError::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
        AppError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        AppError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
