//! Light or dark: kept in a cookie, so that the page arrives in the right colours.

use super::{came_from::came_from, pages::SmallForm};
use crate::{
    server::env::Env,
    ui::shell::{Look, Theme},
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use serde::Deserialize;

const COOKIE: &str = "theme";
const YEAR_SECONDS: u32 = 31_536_000;

/// The person's choice, or the system's where none was made.
pub fn of(headers: &HeaderMap) -> Theme {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map_or(Theme::System, |(_, value)| Theme::parse(value))
}

/// How a page looks that no layout surrounds.
pub fn look(env: &Env, headers: &HeaderMap) -> Look {
    Look { theme: of(headers), open_targets: env.settings.has_open_targets() }
}

/// `POST /theme`.
pub fn routes() -> Router<Env> {
    Router::new().route("/theme", post(choose))
}

#[derive(Deserialize)]
struct Choice {
    theme: String,
}

async fn choose(State(env): State<Env>, headers: HeaderMap, SmallForm(choice): SmallForm<Choice>) -> Response {
    let secure = if env.settings.is_https() { "; Secure" } else { "" };
    let theme = Theme::parse(&choice.theme).as_str();
    let cookie = format!("{COOKIE}={theme}; Path=/; Max-Age={YEAR_SECONDS}; HttpOnly; SameSite=Lax{secure}");
    ([(header::SET_COOKIE, cookie)], Redirect::to(&came_from(&headers).unwrap_or_else(|| "/".into()))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, header::HeaderValue::from_static(value))])
    }

    #[test]
    fn the_choice_is_read_from_among_other_cookies() {
        assert_eq!(of(&with(header::COOKIE, "a=b; theme=dark; c=d")), Theme::Dark);
        assert_eq!(of(&with(header::COOKIE, "xtheme=dark")), Theme::System);
    }
}
