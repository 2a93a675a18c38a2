//! What browsers load besides pages: inside the binary in a release build, from `target/site` in a
//! development build. Names carry the content's hash and never change their meaning.

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;
use std::{collections::HashMap, sync::OnceLock};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/target/site"]
#[allow_missing = true]
struct Site;

/// The address of an asset by its plain name, as `/assets/app-1a2b3c.css` for `app.css`.
pub fn url(plain: &str) -> String {
    static NAMES: OnceLock<HashMap<String, String>> = OnceLock::new();
    let read = || {
        let list =
            Site::get("names.txt").map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default();
        list.lines().filter_map(|l| l.split_once(' ')).map(|(a, b)| (a.into(), b.into())).collect::<HashMap<_, _>>()
    };
    // A development build reads the list each time, so that a rebuilt style sheet shows at once.
    let served =
        if cfg!(debug_assertions) { read().get(plain).cloned() } else { NAMES.get_or_init(read).get(plain).cloned() };
    format!("/assets/{}", served.as_deref().unwrap_or(plain))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// Serves one asset in the best form that the browser takes.
pub async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    if name == "names.txt" || name.ends_with(".br") || name.ends_with(".gz") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let takes =
        |encoding: &str| accepted.split(',').any(|part| part.split(';').next().unwrap_or_default().trim() == encoding);
    let forms = [("br", "br"), ("gzip", "gz")];
    let compressed = forms
        .iter()
        .filter(|(encoding, _)| takes(encoding))
        .find_map(|(encoding, ending)| Some((*encoding, Site::get(&format!("{name}.{ending}"))?)));
    let (encoding, file) = match compressed {
        Some((encoding, file)) => (Some(encoding), file),
        None => match Site::get(&name) {
            Some(file) => (None, file),
            None => return StatusCode::NOT_FOUND.into_response(),
        },
    };
    let mut response = file.data.into_owned().into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type(&name)));
    out.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("public, max-age=31536000, immutable"));
    out.insert(header::VARY, header::HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        out.insert(header::CONTENT_ENCODING, header::HeaderValue::from_static(encoding));
    }
    response
}
