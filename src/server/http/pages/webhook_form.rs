//! The form of a webhook: a new one, and the settings of one that is there.

use super::{
    Answer, PageError, PageResult, Signed,
    webhook::{defaults, head, id, off, once},
};
use crate::{
    model::{
        error::{AppError, FieldError},
        webhook::RetryPolicy,
        webhook_form::WebhookForm,
    },
    server::{
        access::{Identity, WriteWebhooks},
        domain::{
            catalogue, inbox, webhook_fields,
            webhooks::{self, NewWebhook, WebhookChange},
        },
        env::Env,
        http::render,
    },
    ui::{
        components::Errors,
        webhooks::{form::*, settings::*},
    },
};
use axum::{
    Form, Router,
    extract::{Path, Query},
    response::{Html, IntoResponse, Redirect},
    routing::get,
};
use leptos::prelude::*;

/// What a browser posts: names may come several times.
type Pairs = Form<Vec<(String, String)>>;

/// `…/webhooks/new` and `…/webhooks/{id}/edit`.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/o/{slug}/webhooks/new", get(new).post(create))
        .route("/o/{slug}/webhooks/{id}/edit", get(edit).post(save))
}

fn form_view(env: &Env, who: &Identity, form: WebhookForm, errors: Errors) -> Result<FormView, AppError> {
    let convention = catalogue::convention(env, &who.organization)?;
    Ok(FormView {
        form,
        errors,
        catalogue: Catalogue { types: convention.types.clone(), open: convention.open_catalogue },
        defaults: defaults(env, who)?,
        off: off::<WriteWebhooks>(who),
    })
}

/// Timeout and retry policy as they were typed; where they cannot be read, the address is told about as well.
fn timing(env: &Env, form: &WebhookForm) -> Result<(Option<u32>, Option<RetryPolicy>), AppError> {
    form.timing().map_err(|error| match (error, webhook_fields::url(env, &form.url)) {
        (AppError::Invalid(mut errors), Err(message)) => {
            errors.insert(0, FieldError { field: "url".into(), message });
            AppError::Invalid(errors)
        }
        (error, _) => error,
    })
}

fn chosen(view: &FormView) -> Option<Vec<String>> {
    view.form.chosen_events(|group| view.catalogue.names_in(group))
}

/// `?url=` fills in the address, as that of a test inbox.
async fn new(signed: Signed, Query(start): Query<Start>) -> PageResult {
    let form = WebhookForm { url: start.url, ..WebhookForm::blank() };
    Ok(new_page(&signed, form, Errors::default())?.into_response())
}

#[derive(serde::Deserialize)]
struct Start {
    #[serde(default)]
    url: String,
}

fn new_page(signed: &Signed, form: WebhookForm, errors: Errors) -> Result<Html<String>, PageError> {
    let view = form_view(&signed.env, &signed.identity, form, errors)?;
    let frame = signed.frame.clone();
    let (title, theme) = (frame.title("Add webhook"), frame.theme);
    Ok(render::document(title, theme, move || view! { <NewWebhookPage frame view/> }))
}

async fn create(signed: Signed, Form(pairs): Pairs) -> PageResult {
    let permit = signed.identity.permit::<WriteWebhooks>()?;
    let wants_inbox = pairs.iter().any(|(name, _)| name == "use_inbox");
    let mut form = WebhookForm::from_pairs(pairs);
    if wants_inbox {
        form.url = inbox::create(&signed.env, &permit).await?.url;
        return Ok(new_page(&signed, form, Errors::default())?.into_response());
    }
    let view = form_view(&signed.env, &signed.identity, form.clone(), Errors::default())?;
    let new = timing(&signed.env, &form).map(|(timeout_seconds, retry_policy)| NewWebhook {
        url: form.url.clone(),
        description: form.description.clone(),
        events: chosen(&view),
        headers: form.chosen_headers(),
        retry_policy,
        timeout_seconds,
        inactive: !form.active,
        ..NewWebhook::default()
    });
    let made = match new {
        Ok(new) => webhooks::create(&signed.env, &permit, new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok((webhook, secret)) => {
            signed.put_once(&once(webhook.id), &secret).await;
            Ok(Redirect::to(&signed.frame.path(&format!("webhooks/{}/created", webhook.id))).into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            Ok(Answer::again(&error, new_page(&signed, form, Errors::from(&error))?))
        }
        Err(error) => Err(error.into()),
    }
}

async fn edit(signed: Signed, Path((_, text)): Path<(String, String)>) -> PageResult {
    let id = id(&text)?;
    let webhook = webhooks::get(&signed.env, &signed.identity.permit()?, id).await?;
    Ok(edit_page(&signed, id, WebhookForm::of(&webhook), Errors::default()).await?.into_response())
}

async fn edit_page(
    signed: &Signed,
    id: crate::model::id::WebhookId,
    form: WebhookForm,
    errors: Errors,
) -> Result<Html<String>, PageError> {
    let head = head(&signed.env, &signed.identity, id).await?;
    let view = form_view(&signed.env, &signed.identity, form, errors)?;
    let frame = signed.frame.clone();
    let (title, theme) = (frame.title(&format!("Settings · {}", head.webhook.name())), frame.theme);
    Ok(render::document(title, theme, move || view! { <SettingsPage frame head view/> }))
}

async fn save(signed: Signed, Path((_, text)): Path<(String, String)>, Form(pairs): Pairs) -> PageResult {
    let id = id(&text)?;
    let permit = signed.identity.permit::<WriteWebhooks>()?;
    let form = WebhookForm::from_pairs(pairs);
    let view = form_view(&signed.env, &signed.identity, form.clone(), Errors::default())?;
    let change = timing(&signed.env, &form).map(|(timeout_seconds, retry_policy)| WebhookChange {
        url: Some(form.url.clone()),
        description: Some(form.description.clone()),
        events: Some(chosen(&view)),
        headers: Some(form.chosen_headers()),
        filters: None,
        retry_policy: Some(retry_policy),
        timeout_seconds: Some(timeout_seconds),
        active: Some(form.active),
    });
    let saved = match change {
        Ok(change) => webhooks::update(&signed.env, &permit, id, change).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => {
            signed.flash(true, "Saved. It holds from the next delivery on.").await;
            Ok(Redirect::to(&signed.frame.path(&format!("webhooks/{id}/edit"))).into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            Ok(Answer::again(&error, edit_page(&signed, id, form, Errors::from(&error)).await?))
        }
        Err(error) => Err(error.into()),
    }
}
