//! Signing up without an invitation.

use super::{Answer, PageResult, SmallForm, sign_in::open_session};
use crate::{
    server::{
        domain::{people::NewPerson, sign_up},
        env::Env,
        http::{render, source::Source, theme},
    },
    ui::{components::Errors, sign_up::SignUp},
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
use tower_sessions::Session;

/// `/sign-up`.
pub fn routes() -> Router<Env> {
    Router::new().route("/sign-up", get(show).post(submit))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    organization: String,
    name: String,
    email: String,
    password: String,
}

async fn show(State(env): State<Env>, headers: HeaderMap) -> PageResult {
    let door = sign_up::door(&env).await?;
    if door == sign_up::Door::Closed {
        return Err(sign_up::closed().into());
    }
    let first = door == sign_up::Door::First;
    Ok(page(&env, &headers, Fields::default(), first, Errors::default()).into_response())
}

fn page(env: &Env, headers: &HeaderMap, fields: Fields, first: bool, errors: Errors) -> Html<String> {
    let Fields { organization, name, email, .. } = fields;
    let view = move || view! { <SignUp organization name email first errors/> };
    render::document("Create your account · Switchhook".into(), theme::look(env, headers), view)
}

async fn submit(
    State(env): State<Env>,
    session: Session,
    Source(source): Source,
    headers: HeaderMap,
    SmallForm(fields): SmallForm<Fields>,
) -> PageResult {
    let new = NewPerson { email: fields.email.clone(), name: fields.name.clone(), password: fields.password.clone() };
    match sign_up::sign_up(&env, &new, &fields.organization, source.as_deref()).await {
        Ok(user) => {
            open_session(&session, user.id, &headers).await?;
            Ok(Redirect::to("/").into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            let first = sign_up::door(&env).await? == sign_up::Door::First;
            Ok(Answer::again(&error, page(&env, &headers, fields, first, Errors::from(&error))))
        }
        Err(error) => Err(error.into()),
    }
}
