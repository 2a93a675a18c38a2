//! Who is in the organization: roles, invitations, leaving.

use super::{Answer, Form, PageResult, Signed, account::to_start};
use crate::{
    model::{
        error::{AppError, FieldErrors},
        id::{InvitationId, UserId},
        organization::Role,
    },
    server::{
        access::{ManageMembers, ManageOwners, ReadMembers},
        domain::{invitations, members},
        env::Env,
        http::render,
    },
    ui::{
        components::Errors,
        members::{Draft, Members, Rights},
    },
};
use axum::{
    Router,
    extract::Path,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use leptos::prelude::*;
use serde::Deserialize;

/// Where the link of a new invitation waits for its one view.
const LINK: &str = "invitation-link";

/// `/o/{slug}/members` and its forms.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/o/{slug}/members", get(show).post(invite))
        .route("/o/{slug}/members/leave", get(ask_leave).post(leave))
        .route("/o/{slug}/members/{user}/role", post(change_role))
        .route("/o/{slug}/members/{user}/remove", get(ask_remove).post(remove))
        .route("/o/{slug}/invitations/{invitation}/resend", post(resend))
        .route("/o/{slug}/invitations/{invitation}/withdraw", post(withdraw))
}

async fn show(signed: Signed) -> PageResult {
    Ok(page(signed, Draft::default(), Errors::default()).await?.into_response())
}

async fn page(signed: Signed, draft: Draft, errors: Errors) -> Result<Html<String>, AppError> {
    let list = members::list(&signed.env, &signed.identity.permit::<ReadMembers>()?).await?;
    let pending = match signed.identity.permit::<ManageMembers>() {
        Ok(permit) => invitations::list(&signed.env, &permit).await?,
        Err(_) => Vec::new(),
    };
    let rights = Rights {
        manage: signed.identity.may::<ManageMembers>().err().map(|error| error.to_string()),
        owners: signed.identity.may::<ManageOwners>().err().map(|error| error.to_string()),
    };
    let link = signed.take_once(LINK).await;
    let (now, by_mail) = (signed.env.now(), signed.env.mailer.reaches_people());
    let (frame, this) = (signed.frame, signed.identity.user_id());
    let (title, theme) = (frame.title("Members"), frame.theme);
    Ok(render::document(title, theme, move || {
        view! { <Members frame members=list invitations=pending rights this link by_mail now draft errors/> }
    }))
}

async fn back(signed: &Signed, said: &str) -> Response {
    signed.flash(true, said).await;
    Redirect::to(&signed.frame.path("members")).into_response()
}

/// The page again where the person can mend it, else a page of its own.
async fn failed(signed: Signed, draft: Draft, error: AppError) -> PageResult {
    if !Answer::is_mendable(&error) {
        return Err(error.into());
    }
    let page = page(signed, draft, Errors::from(&error)).await?;
    Ok(Answer::again(&error, page))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    email: String,
    role: String,
}

fn role(text: &str) -> Result<Role, AppError> {
    let mut errors = FieldErrors::default();
    let role = errors.take("role", Role::try_from(text.to_string()));
    errors.finish()?;
    role.ok_or(AppError::NotFound)
}

async fn invite(signed: Signed, Form(fields): Form<Fields>) -> PageResult {
    let permit = signed.identity.permit::<ManageMembers>()?;
    let owners = signed.identity.permit::<ManageOwners>().ok();
    let draft = Draft { email: fields.email.clone(), role: fields.role.clone() };
    let role = match role(&fields.role) {
        Ok(role) => role,
        Err(error) => return failed(signed, draft, error).await,
    };
    match invitations::invite(&signed.env, &permit, owners.as_ref(), &fields.email, role).await {
        Ok((invitation, link)) => {
            signed.put_once(LINK, &link).await;
            Ok(back(&signed, &format!("{} is invited.", invitation.email)).await)
        }
        Err(error) => failed(signed, draft, error).await,
    }
}

async fn resend(signed: Signed, Path((_, id)): Path<(String, String)>) -> PageResult {
    let permit = signed.identity.permit::<ManageMembers>()?;
    let owners = signed.identity.permit::<ManageOwners>().ok();
    let id: InvitationId = id.parse().map_err(|_| AppError::NotFound)?;
    match invitations::resend(&signed.env, &permit, owners.as_ref(), id).await {
        Ok((invitation, link)) => {
            signed.put_once(LINK, &link).await;
            Ok(back(&signed, &format!("{} has a new invitation; the old link works no more.", invitation.email)).await)
        }
        Err(error) => failed(signed, Draft::default(), error).await,
    }
}

async fn withdraw(signed: Signed, Path((_, id)): Path<(String, String)>) -> PageResult {
    let permit = signed.identity.permit::<ManageMembers>()?;
    let id: InvitationId = id.parse().map_err(|_| AppError::NotFound)?;
    let invitation = invitations::withdraw(&signed.env, &permit, id).await?;
    Ok(back(&signed, &format!("The invitation for {} is withdrawn.", invitation.email)).await)
}

async fn change_role(
    signed: Signed,
    Path((_, user)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> PageResult {
    let permit = signed.identity.permit::<ManageMembers>()?;
    let owners = signed.identity.permit::<ManageOwners>().ok();
    let user: UserId = user.parse().map_err(|_| AppError::NotFound)?;
    let to = role(&fields.role)?;
    match members::change_role(&signed.env, &permit, owners.as_ref(), user, to).await {
        Ok(member) => Ok(back(&signed, &format!("{} is {} now.", member.name, with_article(to))).await),
        Err(error) => failed(signed, Draft::default(), error).await,
    }
}

fn with_article(role: Role) -> String {
    let article = if matches!(role, Role::Owner | Role::Admin) { "an" } else { "a" };
    format!("{article} {}", role.as_str())
}

async fn ask_remove(signed: Signed, Path((_, user)): Path<(String, String)>) -> PageResult {
    signed.identity.permit::<ManageMembers>()?;
    let user: UserId = user.parse().map_err(|_| AppError::NotFound)?;
    let all = members::list(&signed.env, &signed.identity.permit::<ReadMembers>()?).await?;
    let member = all.into_iter().find(|member| member.user_id == user).ok_or(AppError::NotFound)?;
    let (title, theme, frame) = (signed.frame.title("Remove a member"), signed.frame.theme, signed.frame);
    let view = move || view! { <crate::ui::members::RemoveMember frame member/> };
    Ok(render::document(title, theme, view).into_response())
}

async fn remove(signed: Signed, Path((_, user)): Path<(String, String)>) -> PageResult {
    let permit = signed.identity.permit::<ManageMembers>()?;
    let owners = signed.identity.permit::<ManageOwners>().ok();
    let user: UserId = user.parse().map_err(|_| AppError::NotFound)?;
    match members::remove(&signed.env, &permit, owners.as_ref(), user).await {
        Ok(member) => Ok(back(&signed, &format!("{} is no longer a member.", member.name)).await),
        Err(error) => failed(signed, Draft::default(), error).await,
    }
}

async fn ask_leave(signed: Signed) -> PageResult {
    let (title, theme, frame) = (signed.frame.title("Leave"), signed.frame.theme, signed.frame);
    let view = move || view! { <crate::ui::members::LeaveOrganization frame/> };
    Ok(render::document(title, theme, view).into_response())
}

async fn leave(signed: Signed) -> PageResult {
    match members::leave(&signed.env, &signed.identity.permit::<ReadMembers>()?).await {
        Ok(()) => {
            signed.flash(true, &format!("You have left {}.", signed.identity.organization.name)).await;
            Ok(to_start())
        }
        Err(error) => failed(signed, Draft::default(), error).await,
    }
}
