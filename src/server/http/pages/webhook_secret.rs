//! One webhook's signing secrets.

use super::{
    Answer, Form, PageError, PageResult, Signed,
    webhook::{head, id, once},
};
use crate::{
    model::{
        error::AppError,
        id::{SecretId, WebhookId},
        signing_secret::SigningSecret,
    },
    server::{
        access::WriteWebhooks,
        domain::{catalogue, webhook_rotation as rotation, webhooks},
        env::Env,
        http::render,
    },
    ui::{components::Errors, webhooks::secret::*},
};
use axum::{
    Router,
    extract::Path,
    response::{Html, IntoResponse, Redirect},
    routing::get,
};
use leptos::prelude::*;
use serde::Deserialize;

/// `…/webhooks/{id}/secret` and the end of an old one.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/o/{slug}/webhooks/{id}/secret", get(show).post(rotate))
        .route("/o/{slug}/webhooks/{id}/secret/{secret}/end", get(ask).post(end))
}

async fn show(signed: Signed, Path((_, text)): Path<(String, String)>) -> PageResult {
    let id = id(&text)?;
    Ok(page(signed, id, String::new(), Errors::default()).await?.into_response())
}

async fn page(signed: Signed, id: WebhookId, overlap: String, errors: Errors) -> Result<Html<String>, PageError> {
    let head = head(&signed.env, &signed.identity, id).await?;
    let fresh = signed.take_once(&once(id)).await;
    let Signed { env, identity, frame, .. } = signed;
    let view = SecretView {
        live: rotation::live(&env, &identity.permit()?, id).await?,
        fresh,
        wire: catalogue::convention(&env, &identity.organization)?.wire(),
        overlap,
        errors,
        now: env.now(),
    };
    let (title, theme) = (frame.title(&format!("Secret · {}", head.webhook.name())), frame.theme);
    Ok(render::document(title, theme, move || view! { <SecretPage frame head view/> }))
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    overlap_seconds: String,
    #[serde(default)]
    secret: String,
}

async fn rotate(signed: Signed, Path((_, text)): Path<(String, String)>, Form(fields): Form<Fields>) -> PageResult {
    let id = id(&text)?;
    let permit = signed.identity.permit::<WriteWebhooks>()?;
    let overlap = fields.overlap_seconds.parse().map_err(|_| AppError::field("overlap_seconds", "Choose how long."));
    let own = Some(fields.secret.trim().to_owned()).filter(|own| !own.is_empty());
    let done = match overlap {
        Ok(seconds) => rotation::rotate(&signed.env, &permit, id, Some(seconds), own).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(secret) => {
            signed.put_once(&once(id), &secret).await;
            Ok(Redirect::to(&signed.frame.path(&format!("webhooks/{id}/secret"))).into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            let errors = Errors::from(&error);
            Ok(Answer::again(&error, page(signed, id, fields.overlap_seconds, errors).await?))
        }
        Err(error) => Err(error.into()),
    }
}

async fn ask(signed: Signed, Path((_, text, secret)): Path<(String, String, String)>) -> PageResult {
    signed.identity.permit::<WriteWebhooks>()?;
    let (id, old) = (id(&text)?, secret_id(&secret)?);
    let permit = signed.identity.permit()?;
    let webhook = webhooks::get(&signed.env, &permit, id).await?;
    let live = rotation::live(&signed.env, &permit, id).await?;
    let is_it = |one: &SigningSecret| one.id == old && one.expires_at.is_some();
    let secret = live.into_iter().find(is_it).ok_or(AppError::NotFound)?;
    let (frame, name, webhook) = (signed.frame, webhook.name().to_owned(), webhook.id.to_string());
    let (title, theme) = (frame.title("End a secret"), frame.theme);
    let page = move || view! { <EndSecretPage frame name webhook secret/> };
    Ok(render::document(title, theme, page).into_response())
}

async fn end(signed: Signed, Path((_, text, secret)): Path<(String, String, String)>) -> PageResult {
    let id = id(&text)?;
    let permit = signed.identity.permit::<WriteWebhooks>()?;
    rotation::end(&signed.env, &permit, id, secret_id(&secret)?).await?;
    signed.flash(true, "The old secret has ended. Only the current one signs from the next delivery on.").await;
    Ok(Redirect::to(&signed.frame.path(&format!("webhooks/{id}/secret"))).into_response())
}

fn secret_id(text: &str) -> Result<SecretId, AppError> {
    text.parse().map_err(|_| AppError::NotFound)
}
