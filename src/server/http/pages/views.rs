//! Saved views: filters of the log under a name.

use super::{Answer, FormText, PageResult, Signed, log::read_query};
use crate::{
    model::{error::AppError, id::ViewId, log_filter::LogQuery},
    server::{
        access::{KeepViews, ReadLogs},
        domain::saved_views,
        env::Env,
        http::render,
    },
    ui::{
        components::Errors,
        saved_views::{ViewsPage, ViewsView},
    },
};
use axum::{
    Router,
    extract::{Path, RawQuery},
    response::{Html, IntoResponse, Redirect},
    routing::{get, post},
};
use leptos::prelude::*;

/// `/o/{slug}/views`.
pub fn routes() -> Router<Env> {
    Router::new().route("/o/{slug}/views", get(show).post(keep)).route("/o/{slug}/views/{id}/delete", post(delete))
}

fn filters(raw: &str) -> LogQuery {
    LogQuery { limit: String::new(), cursor: String::new(), ..read_query(raw) }
}

async fn show(signed: Signed, RawQuery(raw): RawQuery) -> PageResult {
    let query = filters(&raw.unwrap_or_default());
    Ok(page(signed, query, String::new(), Errors::default()).await?.into_response())
}

async fn page(signed: Signed, query: LogQuery, name: String, errors: Errors) -> Result<Html<String>, AppError> {
    let views = saved_views::list(&signed.env, &signed.identity.permit::<ReadLogs>()?).await?;
    let off = signed.identity.may::<KeepViews>().err().map(|error| error.to_string());
    let view = ViewsView { views, query, name, errors, off, now: signed.env.now() };
    let frame = signed.frame;
    let (title, theme) = (frame.title("Saved views"), frame.theme);
    Ok(render::document(title, theme, move || view! { <ViewsPage frame view/> }))
}

async fn keep(signed: Signed, FormText(raw): FormText) -> PageResult {
    let permit = signed.identity.permit::<KeepViews>()?;
    let query = filters(&raw);
    let named = url::form_urlencoded::parse(raw.as_bytes()).filter(|(field, _)| field == "name").last();
    let name = named.map(|(_, name)| name.into_owned()).unwrap_or_default();
    match saved_views::keep(&signed.env, &permit, &name, &query).await {
        Ok(()) => {
            signed.flash(true, &format!("The view “{}” is saved.", name.trim())).await;
            Ok(Redirect::to(&signed.frame.path(&format!("deliveries{}", query.link(None)))).into_response())
        }
        Err(error) if Answer::is_mendable(&error) => {
            let again = page(signed, query, name, Errors::from(&error)).await?;
            Ok(Answer::again(&error, again))
        }
        Err(error) => Err(error.into()),
    }
}

async fn delete(signed: Signed, Path((_, id)): Path<(String, String)>) -> PageResult {
    let permit = signed.identity.permit::<KeepViews>()?;
    let id: ViewId = id.parse().map_err(|_| AppError::NotFound)?;
    saved_views::remove(&signed.env, &permit, id).await?;
    signed.flash(true, "The view is deleted.").await;
    Ok(Redirect::to(&signed.frame.path("views")).into_response())
}
