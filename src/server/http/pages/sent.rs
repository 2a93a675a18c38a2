//! What a browser sends: forms, and queries in addresses. What cannot be read is answered with a page that says why.

use super::PageError;
use crate::{
    model::error::{AppError, FORM_TOO_LARGE},
    server::{env::Env, http::drain::drain},
};
use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Request, rejection::PathRejection},
    http::{StatusCode, request::Parts},
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use serde::de::DeserializeOwned;

/// More than the longest name, address and password need, in bytes.
const SMALL: usize = 16 * 1024;
/// Of who has signed in, in bytes: room for a large example in a test.
const LARGE: usize = 2 * 1024 * 1024;
/// What is read past that and thrown away.
const MOST_DRAINED: usize = 2 * 1024 * 1024;

const AGAIN: &str = "Go back, load the page again, and send its form";

/// The fields of a form that anybody may send, signed in or not, from at most [`SMALL`] bytes: little is read, so that
/// strangers cost little.
pub struct SmallForm<T>(pub T);

/// The fields of a form of who has signed in, from at most [`LARGE`] bytes.
pub struct Form<T>(pub T);

/// The same as it was sent, for who reads it like the query of an address.
pub struct FormText(pub String);

/// The query of an address.
pub struct Query<T>(pub T);

/// Parts of an address, where nobody has looked at them before; one that is no text leads nowhere.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Env> for SmallForm<T> {
    type Rejection = PageError;
    async fn from_request(request: Request, env: &Env) -> Result<Self, PageError> {
        let too_large = "This form takes 16 kB at most. Go back, and write less into its fields.";
        fields(request, env, SMALL, too_large).await.map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<Env> for Form<T> {
    type Rejection = PageError;
    async fn from_request(request: Request, env: &Env) -> Result<Self, PageError> {
        fields(request, env, LARGE, FORM_TOO_LARGE).await.map(Self)
    }
}

impl FromRequest<Env> for FormText {
    type Rejection = PageError;
    async fn from_request(request: Request, _env: &Env) -> Result<Self, PageError> {
        let (_, bytes) = read(request, LARGE, FORM_TOO_LARGE).await?;
        // What is not ASCII is written as `%` and digits in a form.
        String::from_utf8(bytes.into()).map(Self).map_err(|_| PageError(unreadable("", "form", AGAIN)))
    }
}

impl<T: DeserializeOwned> FromRequestParts<Env> for Query<T> {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, env: &Env) -> Result<Self, PageError> {
        let read = axum::extract::Query::from_request_parts(parts, env).await;
        let axum::extract::Query(query) = read.map_err(|refused| {
            PageError(unreadable(&refused.body_text(), "address", "Follow the link again, or mend the address"))
        })?;
        Ok(Self(query))
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<Env> for Path<T> {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, env: &Env) -> Result<Self, PageError> {
        let read: Result<_, PathRejection> = axum::extract::Path::from_request_parts(parts, env).await;
        read.map(|axum::extract::Path(path)| Self(path)).map_err(|_| PageError(AppError::NotFound))
    }
}

/// A body of at most `most` bytes, and what came before it.
async fn read(request: Request, most: usize, too_large: &str) -> Result<(Parts, Bytes), PageError> {
    let (parts, body) = request.into_parts();
    let mut chunks = body.into_data_stream();
    let mut read = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| AppError::field("", "The form did not arrive whole. Send it again."))?;
        if read.len() + chunk.len() > most {
            drain(chunks, MOST_DRAINED).await;
            return Err(PageError(AppError::TooLarge(too_large.into())));
        }
        read.extend_from_slice(&chunk);
    }
    Ok((parts, read.freeze()))
}

async fn fields<T: DeserializeOwned>(
    request: Request,
    env: &Env,
    most: usize,
    too_large: &str,
) -> Result<T, PageError> {
    let (parts, bytes) = read(request, most, too_large).await?;
    let request = Request::from_parts(parts, Body::from(bytes));
    let axum::Form(fields) = axum::Form::from_request(request, env).await.map_err(|refused| {
        if refused.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            return AppError::field("", "This was not sent as a form. Open the page, and send the form that is on it.");
        }
        unreadable(&refused.body_text(), "form", AGAIN)
    })?;
    Ok(fields)
}

/// In our words, from the library's: a field that is missing or given twice stands there between backticks.
fn unreadable(told: &str, what: &str, advice: &str) -> AppError {
    let name = told.split('`').nth(1).unwrap_or_default();
    let why = if told.contains("missing field") {
        format!("“{name}” is missing in this {what}.")
    } else if told.contains("duplicate field") {
        format!("“{name}” is given twice in this {what}.")
    } else {
        format!("This {what} cannot be read.")
    };
    AppError::field(name, format!("{why} {advice}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_named_with_what_to_do() {
        let told = |text| unreadable(text, "form", "Send it again").to_string();
        assert_eq!(told("Failed: missing field `name`"), "“name” is missing in this form. Send it again.");
        assert_eq!(told("Failed: duplicate field `state`"), "“state” is given twice in this form. Send it again.");
        assert_eq!(told("Failed: invalid digit"), "This form cannot be read. Send it again.");
    }
}
