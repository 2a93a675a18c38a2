//! A browser without scripts, as far as a test needs one: cookies, forms, an `Origin` header, and no
//! redirect followed unless it is asked to.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Mutex, OnceLock, PoisonError},
};

/// An answer, read to its end.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: String,
}

impl Page {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
    /// Where a redirect leads; empty if it is none.
    pub fn location(&self) -> &str {
        self.header("location")
    }
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON ({}): {}", self.status, self.body))
    }
    /// Fails with the page's words if the status is another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} {}", self.location(), self.body);
        self
    }
    /// Fails with the page's words if `text` is not in it; the markers that Leptos leaves do not count.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        let plain = self.body.replace("<!>", "");
        assert!(plain.contains(text), "“{text}” is not on the page:\n{}", self.body);
        self
    }
}

/// The one HTTP client of the tests; without a pool, so that it can serve many runtimes.
fn http_client() -> &'static reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
        #[expect(clippy::disallowed_methods, reason = "asks the installation under test, not a receiver")]
        let builder = reqwest::Client::builder();
        builder
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .tls_certs_only([])
            .build()
            .expect("a client")
    })
}

/// A request of the test's own making, for [`Browser::carry`].
pub fn request(method: &str, url: &str) -> reqwest::RequestBuilder {
    http_client().request(method.parse().expect("a method"), url)
}

async fn send(request: reqwest::RequestBuilder) -> Page {
    let response = super::within("an answer", request.send()).await.expect("the installation answers");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Page { status, headers, body: response.text().await.expect("the body is text") }
}

/// A person at a browser; keeps cookies.
pub struct Browser {
    base: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    pub fn new(base: &str) -> Self {
        Self { base: base.into(), cookies: Mutex::default() }
    }
    pub async fn get(&self, path: &str) -> Page {
        self.carry(http_client().get(self.address(path)).header("sec-fetch-site", "same-origin")).await
    }
    /// Submits a form; the answer is not followed.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = http_client()
            .post(self.address(path))
            .header("origin", &self.base)
            .header("content-type", "application/x-www-form-urlencoded");
        self.carry(request.body(body)).await
    }
    /// Submits a form that must succeed, and looks at the page it leads to.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let answer = self.post(path, fields).await.expect(303);
        self.get(answer.location()).await
    }
    /// A request of the test's own making, with this browser's cookies.
    pub async fn carry(&self, request: reqwest::RequestBuilder) -> Page {
        let cookies = self.cookies().iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
        let page = send(if cookies.is_empty() { request } else { request.header("cookie", cookies) }).await;
        for set in page.headers.get_all("set-cookie") {
            let text = set.to_str().unwrap_or_default();
            let (name, value) = text.split(';').next().and_then(|p| p.split_once('=')).unwrap_or_default();
            let gone = value.is_empty() || text.to_ascii_lowercase().contains("max-age=0");
            if gone {
                self.cookies().remove(name);
            } else {
                self.cookies().insert(name.into(), value.into());
            }
        }
        page
    }
    pub fn cookies(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn address(&self, path: &str) -> String {
        if path.starts_with("http") { path.into() } else { format!("{}{path}", self.base) }
    }
}

/// A program with an API key.
pub struct Program {
    base: String,
    key: String,
}

impl Program {
    pub fn new(base: &str, key: &str) -> Self {
        Self { base: base.into(), key: key.into() }
    }
    pub async fn get(&self, path: &str) -> Page {
        self.call("GET", path, None, &[]).await
    }
    pub async fn post(&self, path: &str, body: Value) -> Page {
        self.call("POST", path, Some(body), &[]).await
    }
    pub async fn put(&self, path: &str, body: Value) -> Page {
        self.call("PUT", path, Some(body), &[]).await
    }
    pub async fn patch(&self, path: &str, body: Value) -> Page {
        self.call("PATCH", path, Some(body), &[]).await
    }
    pub async fn delete(&self, path: &str) -> Page {
        self.call("DELETE", path, None, &[]).await
    }
    /// A body as it stands, without a content type.
    pub async fn post_text(&self, path: &str, body: &str) -> Page {
        self.send_text("POST", path, body).await
    }
    /// The same by any method.
    pub async fn send_text(&self, method: &str, path: &str, body: &str) -> Page {
        let method = method.parse().expect("a method");
        let request = http_client().request(method, format!("{}{path}", self.base)).bearer_auth(&self.key);
        send(request.body(body.to_owned())).await
    }
    /// Any method, with further headers.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Page {
        let method = method.parse().expect("a method");
        let mut request = http_client().request(method, format!("{}{path}", self.base)).bearer_auth(&self.key);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        send(request).await
    }
}
