//! The cookie of a session.

use crate::server::{
    access::sessions::{LONGEST, Sessions},
    env::Env,
};
use tower_sessions::{
    Expiry, SessionManagerLayer,
    cookie::{SameSite, time},
};

/// The layer that reads the cookie. Over https the name's `__Host-` makes browsers refuse a cookie that
/// another host, or plain http, tries to plant.
pub fn layer(env: &Env) -> SessionManagerLayer<Sessions> {
    let https = env.settings.is_https();
    let longest = time::Duration::seconds(i64::try_from(LONGEST.as_secs()).unwrap_or(i64::MAX));
    SessionManagerLayer::new(Sessions(env.clone()))
        .with_name(cookie_name(https))
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(longest))
}

/// The cookie's name.
pub fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-switchhook" } else { "switchhook" }
}
