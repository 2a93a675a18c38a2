//! Where people reach the pages by https: the cookie is bound to the host, and browsers are told to stay.

use crate::support::{
    TestApp,
    app::PASSWORD,
    browser::{Browser, Page, request},
    database::Kind,
};
use switchhook::model::organization::Role;

const PUBLIC: &str = "https://hooks.example.com";

async fn house(kind: Kind) -> TestApp {
    let app = TestApp::with(kind, &["--public-url", PUBLIC]).await;
    app.person(&app.organization("acme").await, "ada@example.com", Role::Owner).await;
    app
}

async fn sign_in(browser: &Browser, app: &TestApp, origin: &str) -> Page {
    let body = format!("email=ada%40example.com&password={}", PASSWORD.replace(' ', "+"));
    let request = request("POST", &format!("{}/sign-in", app.base))
        .header("origin", origin)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    browser.carry(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cookie_is_for_this_host_alone_and_never_travels_in_the_clear() {
    let app = house(Kind::Sqlite).await;
    let browser = app.browser();
    let page = sign_in(&browser, &app, PUBLIC).await.expect(303);
    let cookie = page.header("set-cookie").to_string();
    assert!(cookie.starts_with("__Host-switchhook="), "{cookie}");
    for part in ["Secure", "HttpOnly", "Path=/", "SameSite=Lax"] {
        assert!(cookie.contains(part), "{part} is missing in {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    browser.get("/o/acme/webhooks").await.expect(200);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn browsers_are_told_to_stay_with_https() {
    let app = house(Kind::Sqlite).await;
    let page = app.browser().get("/sign-in").await.expect(200);
    let seconds: u64 = page
        .header("strict-transport-security")
        .split(';')
        .find_map(|part| part.trim().strip_prefix("max-age=")?.parse().ok())
        .unwrap_or(0);
    assert!(seconds >= 31_536_000, "a year at least: {seconds}");
    app.close().await;
    let plain = TestApp::on(Kind::Sqlite).await;
    assert_eq!(plain.browser().get("/sign-in").await.header("strict-transport-security"), "");
    plain.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_from_the_same_host_without_https_is_refused() {
    let app = house(Kind::Sqlite).await;
    let browser = app.browser();
    sign_in(&browser, &app, PUBLIC).await.expect(303);
    let request = request("POST", &format!("{}/sign-out", app.base)).header("origin", "http://hooks.example.com");
    browser.carry(request.body("")).await.expect(403);
    browser.get("/o/acme/webhooks").await.expect(200);
    app.close().await;
}
