//! `/` and `/o/{slug}`: to the webhooks of the organization that was open last.

use super::{PageError, PageResult, Person, error::sign_in_for, signed::take_flash};
use crate::{
    model::error::AppError,
    server::{domain::sign_up, env::Env, http::render},
    ui::{organizations::NoOrganization, shell::Look},
};
use axum::{
    Router,
    extract::State,
    http::Uri,
    response::{IntoResponse, Redirect},
    routing::get,
};
use leptos::prelude::*;

/// The start page and the organizations' own.
pub fn routes() -> Router<Env> {
    Router::new().route("/", get(home)).route("/o/{slug}", get(organization))
}

async fn home(State(env): State<Env>, person: Result<Person, PageError>) -> PageResult {
    let person = match person {
        Ok(person) => person,
        Err(PageError(AppError::NotSignedIn)) => {
            let first = sign_up::door(&env).await? == sign_up::Door::First;
            let to = if first { "/sign-up".into() } else { sign_in_for("/") };
            return Ok(Redirect::to(&to).into_response());
        }
        Err(error) => return Err(error),
    };
    match person.in_last_organization().await? {
        Ok(signed) => {
            // What was to be told is told where this leads.
            if let Some(flash) = &signed.frame.flash {
                signed.flash(flash.good, &flash.text).await;
            }
            Ok(Redirect::to(&signed.frame.path("webhooks")).into_response())
        }
        Err(person) => {
            let may_found = env.settings.open_sign_up;
            let flash = take_flash(&person.session).await?;
            let Person { theme, user, .. } = person;
            let look = Look { theme, open_targets: env.settings.has_open_targets() };
            let page = move || view! { <NoOrganization email=user.email may_found flash/> };
            Ok(render::document("No organization · Switchhook".into(), look, page).into_response())
        }
    }
}

/// As it was asked for, with what is encoded still encoded: whatever it names, the next page says so.
async fn organization(asked: Uri) -> Redirect {
    Redirect::to(&format!("{}/webhooks", asked.path()))
}
