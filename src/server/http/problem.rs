//! What a program is told when something cannot be done: problem documents (RFC 9457).

use super::status::status;
use crate::model::error::{AppError, FieldError};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// A problem document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// What kind of problem it is; leads to its explanation in the API reference.
    #[serde(rename = "type")]
    #[schema(example = "/docs#problem-invalid")]
    pub kind: String,
    /// The kind in words.
    #[schema(example = "Something in the request is not right")]
    pub title: String,
    /// The HTTP status code.
    #[schema(example = 422)]
    pub status: u16,
    /// What went wrong here, and what to do.
    #[schema(example = "Give an address that starts with https://.")]
    pub detail: String,
    /// What is wrong with which field; empty where no field is to blame.
    pub errors: Vec<Blame>,
    /// Seconds after which to try again; also in `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<u32>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Blame {
    /// The field's path, as `url` or `retry_policy.max_attempts`.
    #[schema(example = "url")]
    pub field: String,
    /// What is wrong with it, and what to give instead.
    pub message: String,
}

impl From<FieldError> for Blame {
    fn from(error: FieldError) -> Self {
        Self { field: error.field, message: error.message }
    }
}

/// The kinds of problems: status, word in `type`, title.
pub const KINDS: [(u16, &str, &str); 11] = [
    (400, "unreadable", "The request cannot be read"),
    (401, "unauthorized", "An API key is needed"),
    (403, "forbidden", "The API key lacks a scope"),
    (404, "not-found", "Nothing here"),
    (405, "method-not-allowed", "This address does not take this method"),
    (409, "conflict", "Not in a state for this"),
    (413, "too-large", "The request is too large"),
    (422, "invalid", "Something in the request is not right"),
    (429, "too-many", "Too many requests"),
    (500, "internal", "Something went wrong on our side"),
    (503, "busy", "Not possible for the moment"),
];

impl Problem {
    /// A problem of a status in [`KINDS`].
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let known = KINDS.iter().find(|(code, ..)| *code == status.as_u16());
        let (_, word, title) = known.copied().unwrap_or((500, "internal", "Something went wrong on our side"));
        Self {
            kind: format!("/docs#problem-{word}"),
            title: title.into(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let status = status(&error);
        let detail = match &error {
            AppError::NotSignedIn => "Send an API key of your organization as Authorization: Bearer <key>; \
                a key that is unknown, expired or revoked does not do."
                .into(),
            error => error.to_string(),
        };
        let mut problem = Self::new(status, detail);
        match error {
            AppError::Invalid(errors) => problem.errors = errors.into_iter().map(Blame::from).collect(),
            AppError::Busy(seconds) | AppError::Away(seconds) | AppError::TooMany(seconds) => {
                problem.retry_after = Some(seconds)
            }
            _ => {}
        }
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Switchhook\""));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_every_field_that_is_wrong() {
        let problem = Problem::from(AppError::field("url", "Give an address."));
        assert_eq!((problem.status, problem.kind.as_str()), (422, "/docs#problem-invalid"));
        assert_eq!(problem.errors, [Blame { field: "url".into(), message: "Give an address.".into() }]);
    }

    #[test]
    fn who_must_wait_is_told_how_long_and_who_has_no_key_how_to_send_one() {
        let busy = Problem::from(AppError::Busy(3)).into_response();
        assert_eq!((busy.status().as_u16(), &busy.headers()["retry-after"]), (503, &HeaderValue::from_static("3")));
        let nobody = Problem::from(AppError::NotSignedIn).into_response();
        assert!(nobody.headers()["www-authenticate"].to_str().is_ok_and(|v| v.starts_with("Bearer")));
    }
}
