//! Sending a test to one webhook: its page, and what the island on it calls.

use super::{
    Answer, Form, PageError, PageResult, Query, Signed,
    webhook::{head, id},
};
use crate::{
    model::{
        error::AppError,
        event::system_types,
        id::{DeliveryId, WebhookId},
        organization::Organization,
    },
    server::{
        access::{Identity, TestWebhooks},
        domain::{catalogue, deliveries, log_detail},
        env::Env,
        http::render,
    },
    ui::{
        components::Errors,
        webhooks::{page::WebhookHead, test::*},
    },
};
use axum::{
    Router,
    extract::Path,
    response::{Html, IntoResponse, Redirect},
    routing::get,
};
use leptos::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;

/// `…/webhooks/{id}/test`.
pub fn routes() -> Router<Env> {
    Router::new().route("/o/{slug}/webhooks/{id}/test", get(show).post(submit))
}

/// The example of a type, pretty; a small one for a type that the catalogue does not know.
pub fn example(env: &Env, organization: &Organization, event_type: &str) -> String {
    let known = catalogue::types(env, organization).into_iter().chain(system_types()).find(|t| t.name == event_type);
    let value = known.map_or_else(|| serde_json::json!({"message": "This is a test."}), |t| t.example);
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

/// Sends, and answers what came of it as a fragment of the page.
pub async fn send(env: &Env, who: &Identity, webhook: &str, event_type: &str, data: &str) -> Result<String, AppError> {
    let (delivery, attempt) = sent(env, who, id(webhook)?, event_type, data).await?;
    let base = format!("/o/{}", who.organization.slug);
    Ok(render::fragment(move || view! { <TestResult base delivery attempt/> }))
}

async fn sent(
    env: &Env,
    who: &Identity,
    webhook: WebhookId,
    event_type: &str,
    data: &str,
) -> Result<(crate::model::delivery::Delivery, crate::model::delivery::Attempt), AppError> {
    let permit = who.permit::<TestWebhooks>()?;
    let data: Box<RawValue> = serde_json::from_str(data).map_err(|error| {
        AppError::field("data", format!("This is no JSON: {error}. Mend it, or load the example again."))
    })?;
    deliveries::send_test(env, &permit, webhook, Some(event_type.to_owned()), Some(data)).await
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    event_type: String,
    /// The test that was just sent.
    #[serde(default)]
    pub delivery: String,
}

async fn show(signed: Signed, Path((_, text)): Path<(String, String)>, Query(asked): Query<Asked>) -> PageResult {
    let head = head(&signed.env, &signed.identity, id(&text)?).await?;
    let result = result(&signed, &asked.delivery).await?;
    let chosen = if asked.event_type.is_empty() { first_type(&signed, &head) } else { asked.event_type };
    let data = example(&signed.env, &signed.identity.organization, &chosen);
    Ok(page(signed, head, chosen, data, Errors::default(), result).into_response())
}

/// The first type that the webhook takes.
fn first_type(signed: &Signed, head: &WebhookHead) -> String {
    let types = catalogue::types(&signed.env, &signed.identity.organization);
    head.webhook.events.first(&types).unwrap_or_default().to_owned()
}

/// Every type that can be chosen: the catalogue's, and what the webhook names besides.
fn names(signed: &Signed, head: &WebhookHead) -> Vec<String> {
    let types = catalogue::types(&signed.env, &signed.identity.organization);
    let mut names: Vec<String> = types.into_iter().map(|t| t.name).collect();
    if let crate::model::webhook::EventSelection::Only(own) = &head.webhook.events {
        own.iter()
            .filter(|name| !names.contains(name))
            .cloned()
            .collect::<Vec<_>>()
            .into_iter()
            .for_each(|n| names.push(n));
    }
    names
}

/// The outcome of a test that was sent before, for the page that follows; empty for none.
pub async fn result(signed: &Signed, delivery: &str) -> Result<String, PageError> {
    let Ok(id) = delivery.parse::<DeliveryId>() else { return Ok(String::new()) };
    let detail = log_detail::detail(&signed.env, &signed.identity.permit()?, id).await?;
    let (delivery, base) = (detail.delivery, format!("/o/{}", signed.frame.organization.slug));
    let last = detail.attempts.into_iter().next_back();
    Ok(last.map(|attempt| render::fragment(move || view! { <TestResult base delivery attempt/> })).unwrap_or_default())
}

fn page(
    signed: Signed,
    head: WebhookHead,
    event_type: String,
    data: String,
    errors: Errors,
    result: String,
) -> Html<String> {
    let result = if result.is_empty() { render::fragment(|| view! { <NoResult/> }) } else { result };
    let convention = catalogue::convention(&signed.env, &signed.identity.organization);
    let marked = convention.is_ok_and(|convention| convention.marks_tests(&event_type));
    let view = TestView { types: names(&signed, &head), event_type, data, marked, errors, result };
    let frame = signed.frame;
    let (title, theme) = (frame.title(&format!("Test · {}", head.webhook.name())), frame.theme);
    render::document(title, theme, move || view! { <TestPage frame head view/> })
}

#[derive(Deserialize)]
struct Fields {
    event_type: String,
    data: String,
    /// Given by the button that only loads the example.
    load: Option<String>,
}

async fn submit(signed: Signed, Path((_, text)): Path<(String, String)>, Form(fields): Form<Fields>) -> PageResult {
    let id = id(&text)?;
    let at = signed.frame.path(&format!("webhooks/{id}/test"));
    let query = |name: &str, value: &str| {
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .append_pair("event_type", &fields.event_type)
            .finish()
    };
    if fields.load.is_some() {
        return Ok(Redirect::to(&format!("{at}?{}", query("load", "1"))).into_response());
    }
    match sent(&signed.env, &signed.identity, id, &fields.event_type, &fields.data).await {
        Ok((delivery, _)) => {
            Ok(Redirect::to(&format!("{at}?{}", query("delivery", &delivery.id.to_string()))).into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            let head = head(&signed.env, &signed.identity, id).await?;
            let errors = Errors::from(&error);
            Ok(Answer::again(&error, page(signed, head, fields.event_type, fields.data, errors, String::new())))
        }
        Err(error) => Err(error.into()),
    }
}
