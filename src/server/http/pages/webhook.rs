//! One webhook: overview, verification, its first secret, deletion.

use super::{Answer, Form, PageError, PageResult, Query, Signed, health::Asked, test};
use crate::{
    model::{error::AppError, health_report::HealthRange, id::WebhookId},
    server::{
        access::{Identity, Permission, ReadWebhooks, TestWebhooks, WriteWebhooks},
        domain::{catalogue, health, health_report, inbox, switched_off, webhooks},
        env::Env,
        http::render,
    },
    ui::{
        components::Errors,
        webhooks::{created::*, delete::*, form::Defaults, overview::*, page::WebhookHead, verify::*},
    },
};
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use leptos::prelude::*;
use serde::Deserialize;

/// `/o/{slug}/webhooks/{id}` and below, but for the form and the test.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/o/{slug}/webhooks/{id}", get(overview))
        .route("/o/{slug}/webhooks/{id}/verify", get(verify))
        .route("/o/{slug}/webhooks/{id}/created", get(created))
        .route("/o/{slug}/webhooks/{id}/delete", get(ask).post(delete))
}

/// The id in an address; what is none leads nowhere.
pub fn id(text: &str) -> Result<WebhookId, AppError> {
    text.parse().map_err(|_| AppError::NotFound)
}

/// Why the person may not do `P`, for showing its control as off.
pub fn off<P: Permission>(who: &Identity) -> Option<String> {
    who.may::<P>().err().map(|refusal| refusal.to_string())
}

/// What every page of one webhook shows at its top.
pub async fn head(env: &Env, who: &Identity, id: WebhookId) -> Result<WebhookHead, PageError> {
    let permit = who.permit::<ReadWebhooks>()?;
    let webhook = webhooks::get(env, &permit, id).await?;
    Ok(WebhookHead {
        inbox: inbox::at_url(env, &permit, &webhook.url).await?,
        webhook,
        health: health::of(env, &permit, id).await?,
        off: off::<WriteWebhooks>(who),
        test_off: off::<TestWebhooks>(who),
        now: env.now(),
    })
}

/// What holds where a webhook says nothing of its own.
pub fn defaults(env: &Env, who: &Identity) -> Result<Defaults, AppError> {
    let convention = catalogue::convention(env, &who.organization)?;
    Ok(Defaults { policy: convention.retry_policy.clone(), timeout_seconds: convention.timeout_seconds })
}

async fn overview(signed: Signed, Path((_, text)): Path<(String, String)>, Query(asked): Query<Asked>) -> PageResult {
    let Signed { env, identity, frame, .. } = signed;
    let id = id(&text)?;
    let head = head(&env, &identity, id).await?;
    let range = HealthRange::parse(&asked.range);
    let view = OverviewView {
        report: health_report::report(&env, &identity.permit()?, Some(id), range).await?,
        range,
        egress_ips: env.settings.egress(),
        defaults: defaults(&env, &identity)?,
        switched_off: switched_off::of(&env, &identity.permit()?, &head.webhook).await?,
        now: env.now(),
    };
    let (title, theme) = (frame.title(head.webhook.name()), frame.theme);
    Ok(render::document(title, theme, move || view! { <OverviewPage frame head view/> }).into_response())
}

async fn verify(signed: Signed, Path((_, text)): Path<(String, String)>) -> PageResult {
    let head = head(&signed.env, &signed.identity, id(&text)?).await?;
    let wire = catalogue::convention(&signed.env, &signed.identity.organization)?.wire();
    let frame = signed.frame;
    let (title, theme) = (frame.title(&format!("Verify · {}", head.webhook.name())), frame.theme);
    Ok(render::document(title, theme, move || view! { <VerifyPage frame head wire/> }).into_response())
}

/// The name under which a webhook's secret waits for its one view.
pub fn once(id: WebhookId) -> String {
    format!("secret-{id}")
}

/// The secret, once; and what came of the test, where one was sent right away.
async fn created(
    signed: Signed,
    Path((_, text)): Path<(String, String)>,
    Query(asked): Query<test::Asked>,
) -> PageResult {
    let id = id(&text)?;
    let result = test::result(&signed, &asked.delivery).await?;
    let webhook = webhooks::get(&signed.env, &signed.identity.permit()?, id).await?;
    let secret = signed.take_once(&once(id)).await;
    let wire = catalogue::convention(&signed.env, &signed.identity.organization)?.wire();
    let frame = signed.frame;
    let (title, theme) = (frame.title("Signing secret"), frame.theme);
    let page = move || view! { <CreatedPage frame webhook wire secret result/> };
    Ok(render::document(title, theme, page).into_response())
}

async fn ask(signed: Signed, Path((_, text)): Path<(String, String)>) -> PageResult {
    signed.identity.permit::<WriteWebhooks>()?;
    delete_page(signed, id(&text)?, None).await
}

async fn delete_page(signed: Signed, id: WebhookId, error: Option<AppError>) -> PageResult {
    let WebhookHead { webhook, health, .. } = head(&signed.env, &signed.identity, id).await?;
    let errors = error.as_ref().map(Errors::from).unwrap_or_default();
    let frame = signed.frame;
    let (title, theme) = (frame.title("Delete webhook"), frame.theme);
    let page = render::document(title, theme, move || view! { <DeletePage frame webhook health errors/> });
    Ok(error.map_or_else(|| page.clone().into_response(), |error| Answer::again(&error, page.clone())))
}

#[derive(Deserialize)]
struct Confirmation {
    name: String,
}

async fn delete(
    signed: Signed,
    Path((_, text)): Path<(String, String)>,
    Form(typed): Form<Confirmation>,
) -> PageResult {
    let id = id(&text)?;
    let permit = signed.identity.permit::<WriteWebhooks>()?;
    let webhook = webhooks::get(&signed.env, &signed.identity.permit()?, id).await?;
    if typed.name.trim() != webhook.name() {
        let error = AppError::field("name", "This is not its name. Type it as it stands above.");
        return delete_page(signed, id, Some(error)).await;
    }
    webhooks::delete(&signed.env, &permit, id).await?;
    signed.flash(true, &format!("“{}” is deleted.", webhook.name())).await;
    Ok::<Response, PageError>(Redirect::to(&signed.frame.path("webhooks")).into_response())
}
