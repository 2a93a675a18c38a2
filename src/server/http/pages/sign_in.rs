//! Signing in and out.

use super::{Answer, PageResult, Person, Query, SmallForm};
use crate::{
    model::{error::AppError, id::UserId},
    server::{
        access::sessions::{USER, USER_AGENT},
        domain::{audit, people, sign_in, sign_up},
        env::Env,
        fault::fault,
        http::{render, source::Source, theme},
    },
    ui::{
        components::Errors,
        sign_in::{Done, SignIn},
    },
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use leptos::prelude::*;
use serde::Deserialize;
use tower_sessions::Session;

/// `/sign-in` and `/sign-out`.
pub fn routes() -> Router<Env> {
    Router::new().route("/sign-in", get(show).post(submit)).route("/sign-out", post(sign_out))
}

#[derive(Deserialize, Default)]
struct Where {
    #[serde(default)]
    next: String,
    /// What was just done: a known word, never a text.
    #[serde(default)]
    done: String,
}

#[derive(Deserialize)]
struct Fields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

async fn show(
    State(env): State<Env>,
    Query(at): Query<Where>,
    headers: HeaderMap,
    person: Result<Person, super::PageError>,
) -> PageResult {
    if person.is_ok() {
        return Ok(Redirect::to(own_path(&at.next)).into_response());
    }
    let done = Done::parse(&at.done);
    Ok(page(&env, &headers, String::new(), at.next, Errors::default(), done).await?.into_response())
}

async fn page(
    env: &Env,
    headers: &HeaderMap,
    email: String,
    next: String,
    errors: Errors,
    done: Option<Done>,
) -> Result<axum::response::Html<String>, AppError> {
    let may_sign_up = sign_up::door(env).await? != sign_up::Door::Closed;
    let view = move || view! { <SignIn email next errors done may_sign_up/> };
    Ok(render::document("Sign in · Switchhook".into(), theme::look(env, headers), view))
}

async fn submit(
    State(env): State<Env>,
    session: Session,
    Source(source): Source,
    headers: HeaderMap,
    SmallForm(fields): SmallForm<Fields>,
) -> PageResult {
    match sign_in::by_password(&env, &fields.email, &fields.password, source.as_deref()).await {
        Ok(user) => {
            open_session(&session, user.id, &headers).await?;
            Ok(Redirect::to(own_path(&fields.next)).into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            let page = page(&env, &headers, fields.email, fields.next, Errors::from(&error), None).await?;
            Ok(Answer::again(&error, page))
        }
        Err(error) => Err(error.into()),
    }
}

/// Begins a person's session under a new id: one that was planted before sign-in is worth nothing.
pub async fn open_session(session: &Session, user: UserId, headers: &HeaderMap) -> Result<(), AppError> {
    session.clear().await;
    session.cycle_id().await.map_err(fault)?;
    session.insert(USER, user).await.map_err(fault)?;
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let agent: String = agent.chars().take(300).collect();
    session.insert(USER_AGENT, agent).await.map_err(fault)
}

/// Where to go after sign-in: a path of this installation, else the start page.
fn own_path(next: &str) -> &str {
    let plain = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t']);
    if plain { next } else { "/" }
}

async fn sign_out(State(env): State<Env>, session: Session, Source(source): Source) -> PageResult {
    // Signing out works whether or not there is still somebody to write down.
    if let Ok(Some(id)) = session.get::<UserId>(USER).await
        && let Ok(person) = people::by_id(&env, id).await
    {
        audit::note(&env, &person, source.as_deref(), "account.signed_out").await?;
    }
    session.flush().await.map_err(fault)?;
    Ok(signed_out("/sign-in?done=signed-out"))
}

/// Leads on, and tells the browser to forget what it kept of the pages.
pub fn signed_out(to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    let forget = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert("clear-site-data", forget);
    response
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn after_sign_in_one_stays_on_this_installation() {
        assert_eq!(own_path("/o/acme/webhooks?state=failing"), "/o/acme/webhooks?state=failing");
        for elsewhere in ["https://evil.test/", "//evil.test", "/\\evil.test", "\\\\evil.test", "", "/\t/evil.test"] {
            assert_eq!(own_path(elsewhere), "/", "{elsewhere}");
        }
    }
}
