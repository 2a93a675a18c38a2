//! Who is told when webhooks fail.

use super::{Answer, Form, PageError, PageResult, Signed};
use crate::{
    model::alert::AlertForm,
    server::{
        access::{ManageAlerts, ReadMembers},
        domain::{alerts::settings, catalogue, members},
        env::Env,
        http::render,
    },
    ui::{alerts::*, components::Errors},
};
use axum::{
    Router,
    response::{Html, IntoResponse, Redirect},
    routing::{get, post},
};
use leptos::prelude::*;

/// `/o/{slug}/alerts`.
pub fn routes() -> Router<Env> {
    Router::new().route("/o/{slug}/alerts", get(show).post(save)).route("/o/{slug}/alerts/test", post(test))
}

async fn show(signed: Signed) -> PageResult {
    let in_force = settings::get(&signed.env, &signed.identity.permit()?).await?;
    Ok(page(signed, AlertForm::of(&in_force), Errors::default()).await?.into_response())
}

async fn page(signed: Signed, form: AlertForm, errors: Errors) -> Result<Html<String>, PageError> {
    let Signed { env, identity, frame, .. } = signed;
    let permit = identity.permit::<ManageAlerts>()?;
    let types = catalogue::types(&env, &identity.organization);
    let view = AlertsView {
        members: members::list(&env, &identity.permit::<ReadMembers>()?).await?,
        chat_hint: settings::get(&env, &permit).await?.chat_hint,
        types: types.into_iter().map(|one| one.name).collect(),
        by_mail: env.mailer.reaches_people(),
        form,
        errors,
    };
    let (title, theme) = (frame.title("Alerts"), frame.theme);
    Ok(render::document(title, theme, move || view! { <AlertsPage frame view/> }))
}

async fn save(signed: Signed, Form(pairs): Form<Vec<(String, String)>>) -> PageResult {
    let permit = signed.identity.permit::<ManageAlerts>()?;
    let form = AlertForm::from_pairs(pairs);
    match settings::put(&signed.env, &permit, &form).await {
        Ok(()) => {
            signed.flash(true, "Saved. It holds from the next minute on.").await;
            Ok(Redirect::to(&signed.frame.path("alerts")).into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            Ok(Answer::again(&error, page(signed, form, Errors::from(&error)).await?))
        }
        Err(error) => Err(error.into()),
    }
}

async fn test(signed: Signed) -> PageResult {
    let permit = signed.identity.permit::<ManageAlerts>()?;
    let (good, said) = match settings::test(&signed.env, &permit).await {
        Ok(said) => (true, said),
        Err(error) if Answer::is_mendable(&error) => (false, error.to_string()),
        Err(error) => return Err(error.into()),
    };
    signed.flash(good, &said).await;
    Ok(Redirect::to(&signed.frame.path("alerts")).into_response())
}
