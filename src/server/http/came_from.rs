//! Back to the page that a form was on, by the browser's word.

use axum::http::{HeaderMap, header};

/// Path and query of that page; the origin is left out, so that it leads nowhere else. None where the browser says
/// nothing, or nothing that makes sense.
pub fn came_from(headers: &HeaderMap) -> Option<String> {
    let referer = headers.get(header::REFERER)?.to_str().ok()?;
    let url = url::Url::parse(referer).ok()?;
    let path = url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
    Some(path).filter(|path| path.starts_with('/') && !path.starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn one_is_back_on_the_page_and_never_elsewhere() {
        let back = |referer| came_from(&HeaderMap::from_iter([(header::REFERER, HeaderValue::from_static(referer))]));
        assert_eq!(back("https://hooks.test/o/a/webhooks?state=failing").unwrap(), "/o/a/webhooks?state=failing");
        assert_eq!(back("https://evil.test/o/a/webhooks").unwrap(), "/o/a/webhooks", "the path, here");
        assert_eq!(back("https://hooks.test//evil.test/"), None);
        assert_eq!(back("nonsense"), None);
        assert_eq!(came_from(&HeaderMap::new()), None);
    }
}
