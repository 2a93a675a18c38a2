//! Who calls, and what the call's signature says they must be allowed to do: a handler that takes
//! `Allowed<ReadLogs>` is only reached with a key that has the scope.

use crate::{
    model::error::AppError,
    server::{
        access::{self, Identity, Permission, Permit},
        env::Env,
        http::{problem::Problem, source::Source},
    },
};
use axum::{
    extract::{FromRequestParts, Path},
    http::{StatusCode, header, request::Parts},
};
use std::str::FromStr;

/// The right to do `P`, from the API key in the `Authorization` header.
pub struct Allowed<P: Permission> {
    pub env: Env,
    pub permit: Permit<P>,
}

impl<P: Permission> FromRequestParts<Env> for Allowed<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, env: &Env) -> Result<Self, Problem> {
        let mut identity = identity(parts, env).await?;
        let Ok(Source(source)) = Source::from_request_parts(parts, env).await;
        identity.source = source;
        let span = tracing::Span::current();
        span.record("organization", tracing::field::display(identity.organization.id));
        span.record("actor", identity.actor.name());
        Ok(Self { env: env.clone(), permit: identity.permit()? })
    }
}

async fn identity(parts: &Parts, env: &Env) -> Result<Identity, AppError> {
    let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, key) = header.and_then(|text| text.trim().split_once(' ')).ok_or(AppError::NotSignedIn)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(AppError::NotSignedIn);
    }
    access::by_key(env, key.trim()).await
}

/// An id in the address. What is no id of its kind names nothing: 404, as for an unknown one.
pub struct Named<T>(pub T);

impl<T: FromStr> FromRequestParts<Env> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, env: &Env) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, env).await.ok();
        text.and_then(|Path(text)| text.parse().ok())
            .map(Self)
            .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, AppError::NotFound.to_string()))
    }
}
