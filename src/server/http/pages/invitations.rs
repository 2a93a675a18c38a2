//! The page behind an invitation's link.

use super::{
    Answer, PageError, PageResult, Path, Person, SmallForm, error::sign_in_for, sign_in::open_session,
    signed::put_flash,
};
use crate::{
    model::error::AppError,
    server::{
        domain::invitations,
        env::Env,
        http::{render, source::Source, theme},
    },
    ui::{
        components::Errors,
        invitation::{InvitationPage, Visitor},
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
use tower_sessions::Session;

/// `/invitations/{token}`.
pub fn routes() -> Router<Env> {
    Router::new().route("/invitations/{token}", get(show).post(accept))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    name: String,
    password: String,
}

async fn show(
    State(env): State<Env>,
    Path(token): Path<String>,
    headers: HeaderMap,
    person: Result<Person, PageError>,
) -> PageResult {
    Ok(page(&env, &headers, token, person, String::new(), Errors::default()).await?.into_response())
}

async fn page(
    env: &Env,
    headers: &HeaderMap,
    token: String,
    person: Result<Person, PageError>,
    name: String,
    errors: Errors,
) -> Result<Html<String>, PageError> {
    let (invitation, organization) = invitations::by_token(env, &token).await?;
    let visitor = match person {
        Ok(person) if person.user.email == invitation.email => Visitor::Invited,
        Ok(person) => Visitor::SomebodyElse(person.user.email),
        Err(PageError(AppError::NotSignedIn)) if invitations::has_account(env, &invitation).await? => {
            Visitor::SignedOut { sign_in: sign_in_for(&format!("/invitations/{token}")) }
        }
        Err(PageError(AppError::NotSignedIn)) => Visitor::New { name },
        Err(error) => return Err(error),
    };
    let title = format!("Join {} · Switchhook", organization.name);
    let view = move || view! { <InvitationPage token invitation organization visitor errors/> };
    Ok(render::document(title, theme::look(env, headers), view))
}

async fn accept(
    State(env): State<Env>,
    Path(token): Path<String>,
    session: Session,
    Source(source): Source,
    headers: HeaderMap,
    person: Result<Person, PageError>,
    SmallForm(fields): SmallForm<Fields>,
) -> PageResult {
    let source = source.as_deref();
    let organization = match person {
        Ok(person) => invitations::accept_as(&env, &token, &person.user, source).await?,
        Err(_) => match invitations::accept_as_new(&env, &token, &fields.name, &fields.password, source).await {
            Ok((user, organization)) => {
                open_session(&session, user.id, &headers).await?;
                organization
            }
            Err(error @ (AppError::Invalid(_) | AppError::TooMany(_))) => {
                let nobody = Err(PageError(AppError::NotSignedIn));
                let page = page(&env, &headers, token, nobody, fields.name, Errors::from(&error)).await?;
                return Ok(Answer::again(&error, page));
            }
            Err(error) => return Err(error.into()),
        },
    };
    put_flash(&session, true, &format!("You are a member of {} now.", organization.name)).await;
    Ok(Redirect::to(&format!("/o/{}/webhooks", organization.slug)).into_response())
}
