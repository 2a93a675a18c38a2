//! Light or dark: kept in a cookie, so that the page arrives in the right colours.

use super::pages::SmallForm;
use crate::{server::env::Env, ui::shell::Theme};
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
    ([(header::SET_COOKIE, cookie)], Redirect::to(&came_from(&headers))).into_response()
}

/// The path of the page that the form was on; the origin is left out, so that it leads nowhere else.
fn came_from(headers: &HeaderMap) -> String {
    let referer = headers.get(header::REFERER).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let path =
        url::Url::parse(referer).ok().map(|url| url[url::Position::BeforePath..url::Position::AfterQuery].to_owned());
    path.filter(|p| p.starts_with('/') && !p.starts_with("//")).unwrap_or_else(|| "/".into())
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

    #[test]
    fn after_the_choice_one_is_back_on_the_page_and_never_elsewhere() {
        let back = |referer| came_from(&with(header::REFERER, referer));
        assert_eq!(back("https://hooks.test/o/a/webhooks?state=failing"), "/o/a/webhooks?state=failing");
        assert_eq!(back("https://hooks.test//evil.test/"), "/");
        assert_eq!(back("nonsense"), "/");
    }
}
