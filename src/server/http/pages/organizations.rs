//! Founding a further organization, and the settings of one.

use super::{Answer, Form, PageResult, Person, Signed, signed::put_flash};
use crate::{
    model::error::AppError,
    server::{
        access::{ManageOrganization, ReadMembers},
        convention::STANDARD,
        domain::{
            organizations::{self, NewOrganization},
            retention::{self, Choice},
        },
        env::Env,
        http::{render, theme},
    },
    ui::{
        components::Errors,
        organizations::NewOrganizationPage,
        settings::{About, KeepShorter, Settings},
    },
};
use axum::{
    Router,
    http::HeaderMap,
    response::{Html, IntoResponse, Redirect},
    routing::{get, post},
};
use leptos::prelude::*;
use serde::Deserialize;

/// `/organizations/new` and `/o/{slug}/settings`.
pub fn routes() -> Router<Env> {
    Router::new()
        .route("/organizations/new", get(show_new).post(create))
        .route("/o/{slug}/settings", get(settings).post(rename))
        .route("/o/{slug}/settings/retention", post(keep))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    name: String,
    slug: String,
    convention: String,
}

async fn show_new(person: Person, headers: HeaderMap) -> PageResult {
    if !organizations::may_found(&person.env, person.user.id).await? {
        return Err(organizations::may_not_found().into());
    }
    Ok(new_page(&person.env, &headers, Fields::default(), Errors::default()).into_response())
}

fn new_page(env: &Env, headers: &HeaderMap, fields: Fields, errors: Errors) -> Html<String> {
    let Fields { name, slug, convention } = fields;
    let conventions = env.conventions.titles();
    let chosen = if convention.is_empty() { STANDARD.to_owned() } else { convention };
    let view = move || view! { <NewOrganizationPage name slug conventions chosen errors/> };
    render::document("Add an organization · Switchhook".into(), theme::look(env, headers), view)
}

async fn create(person: Person, headers: HeaderMap, Form(fields): Form<Fields>) -> PageResult {
    let new =
        NewOrganization { slug: fields.slug.clone(), name: fields.name.clone(), convention: fields.convention.clone() };
    let Person { env, user, source, .. } = &person;
    match organizations::create_as_person(env, user.id, &user.name, source.as_deref(), &new).await {
        Ok(organization) => {
            put_flash(&person.session, true, &format!("“{}” is there, and you are its owner.", organization.name))
                .await;
            Ok(Redirect::to(&format!("/o/{}/webhooks", organization.slug)).into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            Ok(Answer::again(&error, new_page(env, &headers, fields, Errors::from(&error))))
        }
        Err(error) => Err(error.into()),
    }
}

async fn settings(signed: Signed) -> PageResult {
    let name = signed.identity.organization.name.clone();
    Ok(settings_page(signed, name, None, Errors::default()).await?.into_response())
}

async fn settings_page(
    signed: Signed,
    name: String,
    typed_days: Option<String>,
    errors: Errors,
) -> Result<Html<String>, AppError> {
    let Signed { env, identity, frame, .. } = signed;
    let off = identity.may::<ManageOrganization>().err().map(|error| error.to_string());
    let convention = env.conventions.get(&identity.organization.convention);
    let about = About {
        retention_days: organizations::retention_days(&env, &identity.permit::<ReadMembers>()?).await?,
        typed_days,
        egress_ips: env.settings.egress(),
        allowed_targets: env.settings.allow_targets.iter().map(ToString::to_string).collect(),
        base_url: env.settings.public_url(),
        convention: convention.map_or_else(|| identity.organization.convention.clone(), |known| known.title.clone()),
    };
    let (title, theme) = (frame.title("Settings"), frame.theme);
    Ok(render::document(title, theme, move || view! { <Settings frame name about off errors/> }))
}

async fn rename(signed: Signed, Form(fields): Form<Fields>) -> PageResult {
    let permit = signed.identity.permit::<ManageOrganization>()?;
    match organizations::rename(&signed.env, &permit, &fields.name).await {
        Ok(()) => {
            signed.flash(true, "The organization has its new name.").await;
            Ok(Redirect::to(&signed.frame.path("settings")).into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            let page = settings_page(signed, fields.name, None, Errors::from(&error)).await?;
            Ok(Answer::again(&error, page))
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Days {
    retention_days: String,
    /// Anything where the page that asks has been read.
    confirmed: String,
}

async fn keep(signed: Signed, Form(Days { retention_days: days, confirmed }): Form<Days>) -> PageResult {
    let permit = signed.identity.permit::<ManageOrganization>()?;
    match retention::keep_for(&signed.env, &permit, &days, !confirmed.is_empty()).await {
        Ok(Choice::Shorter { kept, wanted }) => {
            let frame = signed.frame;
            let (title, theme) = (frame.title("Keep less"), frame.theme);
            let page = render::document(title, theme, move || view! { <KeepShorter frame kept wanted/> });
            Ok(page.into_response())
        }
        Ok(Choice::Saved) => {
            signed.flash(true, "Saved. What is older is removed within the hour.").await;
            Ok(Redirect::to(&signed.frame.path("settings")).into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            let name = signed.identity.organization.name.clone();
            let page = settings_page(signed, name, Some(days), Errors::from(&error)).await?;
            Ok(Answer::again(&error, page))
        }
        Err(error) => Err(error.into()),
    }
}
