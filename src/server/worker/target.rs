//! Which URLs a webhook may have, by themselves: scheme, port, name, literal address. Says so kindly when a
//! webhook is saved; `resolve.rs` holds each connection to it.

use super::address::{is_allowed, refusal};
use crate::{
    model::webhook::MAX_URL,
    server::config::{Cidr, Settings, inbox_token},
};
use std::net::IpAddr;
use url::{Host, Url};

/// Names of machines that never are a receiver.
const REFUSED_NAMES: [&str; 6] = [
    "localhost",
    "localhost.localdomain",
    "metadata.google.internal",
    "metadata.goog",
    "instance-data",
    "instance-data.ec2.internal",
];

/// What the operator has settled about targets.
#[derive(Debug, Clone)]
pub struct Rules {
    pub allowed: Vec<Cidr>,
    /// Ours: requests to it would go round in circles.
    pub own_port: u16,
    pub(super) inboxes: String,
}

impl Rules {
    pub fn new(settings: &Settings) -> Self {
        let inboxes = settings.inboxes();
        Self { allowed: settings.allow_targets.clone(), own_port: settings.listen.port(), inboxes }
    }

    /// Reads a webhook's URL; a sentence that says why it can never be sent to, and what would do.
    pub fn check(&self, text: &str) -> Result<Url, String> {
        if text.chars().count() > MAX_URL {
            return Err(format!("A URL has at most {MAX_URL} characters."));
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err("A URL has no spaces, line breaks or backslashes.".into());
        }
        let url = Url::parse(text).map_err(|_| "Give a whole URL, as in https://example.com/webhooks.".to_string())?;
        if inbox_token(&self.inboxes, text).is_some() {
            return Ok(url);
        }
        if !matches!(url.scheme(), "http" | "https") {
            return Err("A URL begins with https://.".into());
        }
        if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
            return Err("A URL has no user name or password in it; put credentials into a header.".into());
        }
        let allowed = self.check_host(&url)?;
        self.check_scheme_and_port(&url, allowed)?;
        Ok(url)
    }

    /// Whether the operator allows this host although it is private; for a name it is known when it is resolved.
    fn check_host(&self, url: &Url) -> Result<bool, String> {
        let ip = match url.host() {
            None => return Err("The URL names no host.".into()),
            Some(Host::Domain(name)) => return self.check_name(name),
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
        };
        match refusal(ip, &self.allowed) {
            Some(what) => Err(format!("Webhooks cannot be sent to {what}. {OPERATOR}")),
            None => Ok(is_allowed(ip, &self.allowed)),
        }
    }

    fn check_name(&self, name: &str) -> Result<bool, String> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        if name == "localhost" || name.ends_with(".localhost") {
            let loopback = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
            if loopback.into_iter().any(|ip| is_allowed(ip, &self.allowed)) {
                return Ok(true);
            }
            return Err(format!("Webhooks cannot be sent to this machine itself. {OPERATOR}"));
        }
        // RFC 1035, section 2.3.4.
        if name.len() > 253 || name.split('.').any(|label| label.is_empty() || label.len() > 63) {
            return Err("The URL's host is no name that can exist; check what was pasted.".into());
        }
        if REFUSED_NAMES.contains(&name.as_str()) {
            return Err(format!("Webhooks cannot be sent to {name}."));
        }
        Ok(!self.allowed.is_empty())
    }

    fn check_scheme_and_port(&self, url: &Url, allowed: bool) -> Result<(), String> {
        let http = url.scheme() == "http";
        if http && !allowed {
            return Err("Webhooks are sent by https only; begin the URL with https://.".into());
        }
        match url.port_or_known_default() {
            Some(443) | Some(1024..) => Ok(()),
            Some(80) if allowed => Ok(()),
            _ => Err("Webhooks are sent to port 443, or to a port from 1024 up.".into()),
        }
    }
}

/// What an operator can do about a refused address.
const OPERATOR: &str = "The operator of this installation can allow it with SWITCHHOOK_ALLOW_TARGETS.";

fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::cidr;

    fn rules(allowed: &[&str]) -> Rules {
        let allowed = allowed.iter().map(|text| cidr(text).unwrap()).collect();
        Rules { allowed, own_port: 3000, inboxes: "https://hooks.example.com/inbox/".into() }
    }

    #[test]
    fn a_public_https_url_is_accepted_even_if_its_name_is_not_there_yet() {
        for good in [
            "https://example.com/hook?x=1#y",
            "https://no-such-name.example/hook",
            "https://example.com:8443/",
            "https://8.8.8.8/",
            "https://[2606:4700:4700::1111]/",
            "https://bücher.example/",
            "https://hooks.example.com/inbox/abc",
        ] {
            assert!(rules(&[]).check(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn every_spelling_of_a_forbidden_target_is_refused_with_a_reason() {
        for bad in [
            "",
            "example.com",
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://x/",
            "javascript:alert(1)",
            "data:,x",
            "ws://example.com/",
            "http://example.com/",
            "https://user@example.com/",
            "https://user:pass@example.com/",
            "https://@example.com/",
            "https://./",
            "https://exam..ple.com/",
            "https://a-label-of-more-than-sixty-three-letters-which-no-name-server-could-ever-know.example/",
            "https://example.com:22/",
            "https://example.com:25/",
            "https://example.com:80/",
            "https://example.com:0/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://2130706433/",
            "https://１２７.0.0.1/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[::7f00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://169.254.169.254/",
            "https://metadata.google.internal/",
            "https://10.0.0.1:8443/",
            "https://168.63.129.16/",
            "https://exa mple.com/",
            "https://example.com\\@evil.example/",
            "https://example.com/a\nb",
            "https://",
        ] {
            let refused = rules(&[]).check(bad);
            assert!(refused.as_ref().is_err_and(|why| why.ends_with('.')), "{bad}: {refused:?}");
        }
        assert!(rules(&[]).check(&format!("https://example.com/{}", "x".repeat(2_048))).is_err());
    }

    #[test]
    fn an_allowed_target_may_be_http_at_any_port_from_1024_and_80() {
        let rules = rules(&["127.0.0.0/8"]);
        for good in ["http://127.0.0.1:9000/", "http://127.0.0.1/", "http://localhost:8000/x", "https://example.com/"] {
            assert!(rules.check(good).is_ok(), "{good}");
        }
        for bad in ["http://127.0.0.1:22/", "http://10.0.0.1:9000/", "http://[::1]:9000/", "http://8.8.8.8:9000/"] {
            assert!(rules.check(bad).is_err(), "{bad}");
        }
    }
}
