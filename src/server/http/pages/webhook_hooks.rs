//! Adding webhooks by hook, where the platform names them.

use super::{Answer, Form, PageResult, Query, Signed, webhook::off};
use crate::{
    model::{
        error::AppError,
        hooks_form::{HooksForm, chosen_scope, chosen_secret},
        id::WebhookId,
    },
    server::{
        access::WriteWebhooks,
        domain::{
            catalogue,
            webhook_hooks::{self, NewHooks},
            webhooks::{self, NewWebhook},
        },
        env::Env,
        http::render,
    },
    ui::{
        components::Errors,
        webhooks::hooks::{HooksAddedPage, HooksPage, HooksView},
    },
};
use axum::{
    Router,
    response::{Html, IntoResponse, Redirect},
    routing::get,
};
use leptos::prelude::*;

/// `…/webhooks/hooks` and what follows it.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/o/{slug}/webhooks/hooks", get(show).post(create))
        .route("/o/{slug}/webhooks/hooks/added", get(added))
}

/// The name under which the secret waits for its one view.
const ONCE: &str = "secret-hooks";

fn page(signed: &Signed, form: HooksForm, errors: Errors) -> Result<Html<String>, AppError> {
    let convention = catalogue::convention(&signed.env, &signed.identity.organization)?;
    if convention.hooks.is_empty() {
        return Err(AppError::NotFound);
    }
    let view = HooksView {
        title: convention.title.clone(),
        hooks: convention.hooks.clone(),
        scope: convention.scope.clone(),
        form,
        errors,
        off: off::<WriteWebhooks>(&signed.identity),
    };
    let frame = signed.frame.clone();
    let (title, theme) = (frame.title("Add webhooks by hook"), frame.theme);
    Ok(render::document(title, theme, move || view! { <HooksPage frame view/> }))
}

async fn show(signed: Signed) -> PageResult {
    Ok(page(&signed, HooksForm::default(), Errors::default())?.into_response())
}

async fn create(signed: Signed, Form(pairs): Form<Vec<(String, String)>>) -> PageResult {
    let permit = signed.identity.permit::<WriteWebhooks>()?;
    let form = HooksForm::from_pairs(pairs);
    let common =
        NewWebhook { scope: chosen_scope(&form.scope), secret: chosen_secret(&form.secret), ..NewWebhook::default() };
    let new = NewHooks { urls: form.chosen_urls(), common };
    match webhook_hooks::create(&signed.env, &permit, new).await {
        Ok((made, secret)) => {
            signed.put_once(ONCE, &secret).await;
            let ids = made.iter().map(|one| one.webhook.id.to_string()).collect::<Vec<_>>().join(",");
            Ok(Redirect::to(&signed.frame.path(&format!("webhooks/hooks/added?ids={ids}"))).into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            Ok(Answer::again(&error, page(&signed, form, Errors::from(&error))?))
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(serde::Deserialize)]
struct Made {
    #[serde(default)]
    ids: String,
}

async fn added(signed: Signed, Query(made): Query<Made>) -> PageResult {
    let ids: Vec<WebhookId> = made.ids.split(',').filter_map(|id| id.parse().ok()).collect();
    let all = webhooks::list(&signed.env, &signed.identity.permit()?).await?;
    let webhooks = all.into_iter().filter(|webhook| ids.contains(&webhook.id)).collect();
    let secret = signed.take_once(ONCE).await;
    let frame = signed.frame;
    let (title, theme) = (frame.title("Webhooks added"), frame.theme);
    Ok(render::document(title, theme, move || view! { <HooksAddedPage frame webhooks secret/> }).into_response())
}
