//! The keys of programs.

use super::{Answer, Form, PageResult, Signed};
use crate::{
    model::{error::AppError, id::ApiKeyId, organization::Scope, time::Time},
    server::{
        access::ManageKeys,
        domain::{
            api_keys::{self, NewKey},
            catalogue,
        },
        env::Env,
        http::render,
    },
    ui::{
        api_keys::{ApiKeys, Draft, RevokeKey},
        components::Errors,
    },
};
use axum::{
    Router,
    extract::Path,
    response::{Html, IntoResponse, Redirect},
    routing::get,
};
use leptos::prelude::*;
use std::time::Duration;

/// Where a new key waits for its one view.
const KEY: &str = "api-key";
const DAY: Duration = Duration::from_secs(86_400);

/// `/o/{slug}/api-keys` and its forms.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/o/{slug}/api-keys", get(show).post(create))
        .route("/o/{slug}/api-keys/{key}/revoke", get(ask_revoke).post(revoke))
}

async fn show(signed: Signed) -> PageResult {
    Ok(page(signed, Draft::default(), Errors::default()).await?.into_response())
}

async fn page(signed: Signed, draft: Draft, errors: Errors) -> Result<Html<String>, AppError> {
    let permit = signed.identity.permit::<ManageKeys>();
    let off = permit.as_ref().err().map(ToString::to_string);
    let keys = match permit {
        Ok(permit) => api_keys::list(&signed.env, &permit).await?,
        Err(_) => Vec::new(),
    };
    let types = catalogue::types(&signed.env, &signed.identity.organization).into_iter();
    let event_type = types.map(|one| one.name).next().unwrap_or_else(|| "order.created".into());
    let new_key = signed.take_once(KEY).await;
    let (now, frame, base_url) = (signed.env.now(), signed.frame, signed.env.settings.public_url());
    let (title, theme) = (frame.title("API keys"), frame.theme);
    Ok(render::document(title, theme, move || {
        view! { <ApiKeys frame keys new_key base_url event_type off now draft errors/> }
    }))
}

/// Reads the form's pairs, since `scopes` stands once for each box that is ticked.
fn read(pairs: Vec<(String, String)>) -> Draft {
    let mut draft = Draft { scopes: Vec::new(), ..Draft::default() };
    for (name, value) in pairs {
        match name.as_str() {
            "name" => draft.name = value,
            "scopes" => draft.scopes.extend(Scope::parse(&value)),
            "expires" => draft.expires = value,
            _ => {}
        }
    }
    draft
}

/// In so many days, on a day, or never.
fn expiry(text: &str, now: Time) -> Result<Option<Time>, AppError> {
    match text {
        "" | "never" => Ok(None),
        days => match days.parse::<u32>() {
            Ok(days @ 1..=3_650) => Ok(Some(now.plus(DAY * days))),
            _ => Err(AppError::field("expires", "Choose how long the key is to work.")),
        },
    }
}

async fn create(signed: Signed, Form(pairs): Form<Vec<(String, String)>>) -> PageResult {
    let permit = signed.identity.permit::<ManageKeys>()?;
    let draft = read(pairs);
    let made = match expiry(&draft.expires, signed.env.now()) {
        Ok(expires_at) => {
            let new = NewKey { name: draft.name.clone(), scopes: draft.scopes.clone(), expires_at };
            api_keys::create(&signed.env, &permit, new).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok((_, text)) => {
            signed.put_once(KEY, &text).await;
            Ok(Redirect::to(&signed.frame.path("api-keys")).into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            let page = page(signed, draft, Errors::from(&error)).await?;
            Ok(Answer::again(&error, page))
        }
        Err(error) => Err(error.into()),
    }
}

async fn ask_revoke(signed: Signed, Path((_, key)): Path<(String, String)>) -> PageResult {
    let permit = signed.identity.permit::<ManageKeys>()?;
    let id: ApiKeyId = key.parse().map_err(|_| AppError::NotFound)?;
    let key = api_keys::get(&signed.env, &permit, id).await?;
    let (title, theme, frame, now) =
        (signed.frame.title("Revoke an API key"), signed.frame.theme, signed.frame, signed.env.now());
    Ok(render::document(title, theme, move || view! { <RevokeKey frame key now/> }).into_response())
}

async fn revoke(signed: Signed, Path((_, key)): Path<(String, String)>) -> PageResult {
    let permit = signed.identity.permit::<ManageKeys>()?;
    let id: ApiKeyId = key.parse().map_err(|_| AppError::NotFound)?;
    let key = api_keys::revoke(&signed.env, &permit, id).await?;
    signed.flash(true, &format!("The key “{}” works no more.", key.name)).await;
    Ok(Redirect::to(&signed.frame.path("api-keys")).into_response())
}
