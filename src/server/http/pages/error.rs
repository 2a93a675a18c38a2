//! What a person sees when a page cannot be shown: a whole document with plain words and a way on.

use crate::{
    model::error::AppError,
    server::{
        env::Env,
        http::{live, observe::RequestId, render, status::status, theme},
    },
    ui::error_page::ErrorPage,
};
use axum::{
    body::HttpBody,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;

/// Why a page cannot be shown. [`dress`] makes the document of it.
#[derive(Debug, Clone)]
pub struct PageError(pub AppError);

/// What a page's handler answers.
pub type PageResult = Result<Response, PageError>;

impl<E: Into<AppError>> From<E> for PageError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = status(&self.0).into_response();
        if let AppError::TooMany(seconds) | AppError::Busy(seconds) | AppError::Away(seconds) = self.0 {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// For an address that leads nowhere.
pub async fn nothing_here() -> PageError {
    PageError(AppError::NotFound)
}

/// Makes a document of a [`PageError`]; who must sign in is sent there, and back afterwards.
pub async fn dress(State(env): State<Env>, request: Request, next: Next) -> Response {
    let look = theme::look(&env, request.headers());
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let is_stream = request.headers().get(header::ACCEPT).is_some_and(|kind| kind == "text/event-stream");
    let id = request.extensions().get::<RequestId>().map(|RequestId(id)| id.clone()).unwrap_or_default();
    let here = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_string();
    let response = next.run(request).await;
    let Some(PageError(error)) = response.extensions().get::<PageError>().cloned().or_else(|| wrong_method(&response))
    else {
        return response;
    };
    if let Some(last_word) = live::over(&error).filter(|_| is_stream) {
        return last_word;
    }
    if error == AppError::NotSignedIn {
        return Redirect::to(&sign_in_for(if is_read { &here } else { "/" })).into_response();
    }
    let title = format!("{} · Switchhook", title(&error));
    let page = render::document(title, look, move || view! { <ErrorPage title=self::title(&error) error id/> });
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    (parts, page).into_response()
}

/// Who asks by GET for what a form is sent to, as by loading a refused form's address again.
fn wrong_method(response: &Response) -> Option<PageError> {
    let is_wrong = response.status() == StatusCode::METHOD_NOT_ALLOWED && response.body().is_end_stream();
    let why = "This address only takes what a form sends. Go back to the page with the form, and send it from there.";
    is_wrong.then(|| PageError(AppError::Conflict(why.into())))
}

/// The sign-in page that leads to `next` afterwards.
pub fn sign_in_for(next: &str) -> String {
    if next == "/" {
        return "/sign-in".into();
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("/sign-in?{query}")
}

fn title(error: &AppError) -> &'static str {
    match error {
        AppError::NotSignedIn => "Sign in first",
        AppError::NotAllowed(_) => "Not allowed",
        AppError::NotFound => "Nothing here",
        AppError::Invalid(_) => "Something is not right",
        AppError::Conflict(_) => "That cannot be done now",
        AppError::TooLarge(_) => "Too large",
        AppError::Busy(_) | AppError::Away(_) | AppError::TooMany(_) | AppError::Unreachable => "One moment",
        AppError::Internal(_) => "Something went wrong",
    }
}
