//! A browser in which a person is signed in.

use super::time::Time;

/// One of a person's own sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// Hex of the stored hash: tells sessions apart, opens none.
    pub id: String,
    /// The browser in words, as `Firefox on Linux`.
    pub browser: String,
    pub signed_in_at: Time,
    pub last_seen_at: Time,
    /// The one that asks.
    pub is_this: bool,
}

/// What a user agent calls itself, in words that people use.
pub fn browser_in_words(user_agent: &str) -> String {
    let find = |names: &[(&str, &'static str)]| names.iter().find(|(sign, _)| user_agent.contains(sign)).map(|n| n.1);
    // Order matters: Edge and Opera also say Chrome, Chrome also says Safari.
    let browser = find(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.into(),
        (None, None) => "Unknown browser".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_people_know_it() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0";
        assert_eq!(browser_in_words(edge), "Edge on Windows");
        assert_eq!(browser_in_words("Mozilla/5.0 (X11; Linux x86_64; rv:1) Gecko Firefox/144.0"), "Firefox on Linux");
        assert_eq!(browser_in_words(""), "Unknown browser");
    }
}
