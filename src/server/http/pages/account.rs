//! A person's own page: name, password, sessions, organizations.

use super::{
    Answer, Form, PageResult, Person,
    sign_in::signed_out,
    signed::{put_flash, take_flash},
};
use crate::{
    model::error::AppError,
    server::{
        access::sessions::id_hash,
        domain::{
            organizations::{self, Place},
            people, sessions,
        },
        env::Env,
        fault::fault,
        http::render,
    },
    ui::{
        account::{Account, AccountAlone},
        components::Errors,
        shell::Look,
    },
};
use axum::{
    Router,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use leptos::prelude::*;
use serde::Deserialize;
use tower_sessions::Session;

/// `/account` and its forms.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/account", get(show))
        .route("/account/name", post(rename))
        .route("/account/password", post(change_password))
        .route("/account/sessions/end", post(end_session))
        .route("/account/sessions/end-all", post(end_all))
}

async fn show(person: Person) -> PageResult {
    page(person, None, Errors::default(), None).await
}

/// `typed_name`: what was refused as a name. `failed`: the mistake that the page comes back with.
async fn page(person: Person, typed_name: Option<String>, errors: Errors, failed: Option<&AppError>) -> PageResult {
    let (env, user) = (person.env.clone(), person.user.clone());
    let signed = match person.in_last_organization().await? {
        Ok(signed) => signed,
        Err(person) => return alone(person, typed_name, errors, failed).await,
    };
    let open = sessions::list(&env, user.id, &this_session(&signed.session)).await?;
    let places = organizations::of_person(&env, user.id).await?;
    let places = places.into_iter().map(|Place { organization, role, .. }| (organization, role)).collect::<Vec<_>>();
    let may_found = organizations::may_found(&env, user.id).await?;
    let (frame, now) = (signed.frame, env.now());
    let (title, theme) = (frame.title("Account"), frame.theme);
    let html = render::document(title, theme, move || {
        view! { <Account frame typed_name sessions=open places may_found now errors/> }
    });
    Ok(answered(html, failed))
}

/// The page of somebody who belongs to no organization.
async fn alone(person: Person, typed_name: Option<String>, errors: Errors, failed: Option<&AppError>) -> PageResult {
    let Person { env, user, session, theme, .. } = person;
    let open = sessions::list(&env, user.id, &this_session(&session)).await?;
    let may_found = organizations::may_found(&env, user.id).await?;
    let flash = take_flash(&session).await?;
    let (now, look) = (env.now(), Look { theme, open_targets: env.settings.has_open_targets() });
    let html = render::document("Account · Switchhook".into(), look, move || {
        view! { <AccountAlone name=user.name typed_name email=user.email sessions=open may_found now errors flash/> }
    });
    Ok(answered(html, failed))
}

fn answered(html: Html<String>, failed: Option<&AppError>) -> Response {
    match failed {
        Some(error) => Answer::again(error, html),
        None => html.into_response(),
    }
}

fn this_session(session: &Session) -> Vec<u8> {
    session.id().map(|id| id_hash(&id).to_vec()).unwrap_or_default()
}

#[derive(Deserialize)]
struct Name {
    #[serde(default)]
    name: String,
}

async fn rename(person: Person, Form(fields): Form<Name>) -> PageResult {
    let result = people::rename(&person.env, &person.user, &fields.name, person.source.as_deref()).await;
    done(person, Some(fields.name), result, "Your name is changed.").await
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Passwords {
    current_password: String,
    new_password: String,
}

async fn change_password(person: Person, Form(fields): Form<Passwords>) -> PageResult {
    let this = this_session(&person.session);
    let Passwords { current_password, new_password } = fields;
    let source = person.source.as_deref();
    let result =
        people::change_password(&person.env, &person.user, &current_password, &new_password, &this, source).await;
    if result.is_ok() {
        // A new id for what stays: the old one may be known to whoever knew the old password.
        person.session.cycle_id().await.map_err(fault)?;
    }
    done(person, None, result, "Your password is changed. You are signed out everywhere else.").await
}

async fn done(person: Person, typed_name: Option<String>, result: Result<(), AppError>, said: &str) -> PageResult {
    match result {
        Ok(()) => {
            put_flash(&person.session, true, said).await;
            Ok(Redirect::to("/account").into_response())
        }
        Err(error) if Answer::is_mendable(&error) => page(person, typed_name, Errors::from(&error), Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
struct Which {
    session: String,
}

async fn end_session(person: Person, Form(which): Form<Which>) -> PageResult {
    sessions::end(&person.env, &person.user, &which.session, person.source.as_deref()).await?;
    if which.session == hex::encode(this_session(&person.session)) {
        return Ok(signed_out("/sign-in?done=signed-out"));
    }
    put_flash(&person.session, true, "That session is signed out.").await;
    Ok(Redirect::to("/account").into_response())
}

async fn end_all(person: Person) -> PageResult {
    sessions::end_all(&person.env, &person.user, person.source.as_deref()).await?;
    person.session.flush().await.map_err(fault)?;
    Ok(signed_out("/sign-in?done=signed-out-everywhere"))
}

/// After leaving an organization or the like: to the start page.
pub fn to_start() -> Response {
    Redirect::to("/").into_response()
}
