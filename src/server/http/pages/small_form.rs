//! Forms that anybody may send, signed in or not: little is read of them, so that strangers cost little.

use super::PageError;
use crate::{
    model::error::AppError,
    server::{env::Env, http::drain::drain},
};
use axum::{
    Form,
    body::Body,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use bytes::BytesMut;
use futures::StreamExt;
use serde::de::DeserializeOwned;

/// More than the longest name, address and password need, in bytes.
pub const MOST: usize = 16 * 1024;
/// What is read past that and thrown away.
const MOST_DRAINED: usize = 2 * 1024 * 1024;

/// A form's fields, from at most [`MOST`] bytes; 413 with a page where there are more.
pub struct SmallForm<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Env> for SmallForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, env: &Env) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let mut chunks = body.into_data_stream();
        let mut read = BytesMut::new();
        while let Some(chunk) = chunks.next().await {
            let chunk =
                chunk.map_err(|_| refused(AppError::field("", "The form did not arrive whole. Send it again.")))?;
            if read.len() + chunk.len() > MOST {
                drain(chunks, MOST_DRAINED).await;
                return Err(refused(too_large()));
            }
            read.extend_from_slice(&chunk);
        }
        let request = Request::from_parts(parts, Body::from(read.freeze()));
        let Form(fields) = Form::from_request(request, env).await.map_err(IntoResponse::into_response)?;
        Ok(Self(fields))
    }
}

fn too_large() -> AppError {
    AppError::TooLarge("This form takes 16 kB at most. Go back, and write less into its fields.".into())
}

fn refused(error: AppError) -> Response {
    PageError(error).into_response()
}
