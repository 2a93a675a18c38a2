//! A forgotten password: asking for a link, and setting a new one with it.

use super::{Answer, PageResult, Path, SmallForm};
use crate::{
    server::{
        domain::password_reset,
        env::Env,
        http::{render, source::Source, theme},
    },
    ui::{
        components::Errors,
        forgot::{Asked, Forgot, Reset, asked_title},
    },
};
use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    response::{Html, IntoResponse, Redirect},
    routing::get,
};
use leptos::prelude::*;
use serde::Deserialize;

/// `/forgot` and `/reset/{token}`.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/forgot", get(show).post(ask))
        .route("/forgot/sent", get(sent))
        .route("/reset/{token}", get(show_reset).post(reset))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    email: String,
    password: String,
}

async fn show(State(env): State<Env>, headers: HeaderMap) -> Html<String> {
    page(&env, &headers, String::new(), Errors::default())
}

fn page(env: &Env, headers: &HeaderMap, email: String, errors: Errors) -> Html<String> {
    let view = move || view! { <Forgot email errors/> };
    render::document("Forgot your password? · Switchhook".into(), theme::look(env, headers), view)
}

async fn ask(
    State(env): State<Env>,
    Source(source): Source,
    headers: HeaderMap,
    SmallForm(fields): SmallForm<Fields>,
) -> PageResult {
    match password_reset::ask(&env, &fields.email, source.as_deref()) {
        Ok(()) => Ok(Redirect::to("/forgot/sent").into_response()),
        Err(error) => Ok(Answer::again(&error, page(&env, &headers, fields.email, Errors::from(&error)))),
    }
}

async fn sent(State(env): State<Env>, headers: HeaderMap) -> Html<String> {
    let by_mail = env.mailer.reaches_people();
    render::document(
        format!("{} · Switchhook", asked_title(by_mail)),
        theme::look(&env, &headers),
        move || view! { <Asked by_mail/> },
    )
}

async fn show_reset(State(env): State<Env>, Path(token): Path<String>, headers: HeaderMap) -> PageResult {
    password_reset::check(&env, &token).await?;
    Ok(reset_page(&env, &headers, token, Errors::default()).into_response())
}

fn reset_page(env: &Env, headers: &HeaderMap, token: String, errors: Errors) -> Html<String> {
    let view = move || view! { <Reset token errors/> };
    render::document("Set a new password · Switchhook".into(), theme::look(env, headers), view)
}

async fn reset(
    State(env): State<Env>,
    Path(token): Path<String>,
    Source(source): Source,
    headers: HeaderMap,
    SmallForm(fields): SmallForm<Fields>,
) -> PageResult {
    use crate::model::error::AppError::{Invalid, TooMany};
    match password_reset::set(&env, &token, &fields.password, source.as_deref()).await {
        Ok(()) => Ok(Redirect::to("/sign-in?done=password-set").into_response()),
        Err(error @ (Invalid(_) | TooMany(_))) => {
            Ok(Answer::again(&error, reset_page(&env, &headers, token, Errors::from(&error))))
        }
        Err(error) => Err(error.into()),
    }
}
