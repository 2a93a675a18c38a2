//! Settings: each is a flag and a variable, shown by `--help` with its default.

use clap::Args;
use std::{net::SocketAddr, path::PathBuf};

/// The settings in force. Wrong values end the start with one sentence and exit code 2.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// sqlite://path or postgres://…; the SQLite file and its folder are made if missing
    #[arg(long, global = true, env = "DATABASE_URL", default_value = "sqlite://data/switchhook.db", hide_env_values = true, value_parser = database_url)]
    pub database_url: String,

    /// Address to listen on; port 0 picks a free one
    #[arg(long, global = true, env = "SWITCHHOOK_LISTEN", default_value = "127.0.0.1:3000", value_parser = listen)]
    pub listen: SocketAddr,

    /// Base of links in mails, and origin for cross-site checks [default: from listen]
    #[arg(long, global = true, env = "SWITCHHOOK_PUBLIC_URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// 64 hex digits; encrypts webhook secrets at rest [default: file secret.key beside the SQLite file]
    #[arg(long, global = true, env = "SWITCHHOOK_SECRET_KEY", hide_env_values = true, value_parser = secret_key)]
    pub secret_key: Option<SecretKey>,

    /// CIDRs that webhooks may reach although private or loopback, http included
    #[arg(long, global = true, env = "SWITCHHOOK_ALLOW_TARGETS", value_delimiter = ',', value_parser = cidr)]
    pub allow_targets: Vec<Cidr>,

    /// A folder of further convention files
    #[arg(long, global = true, env = "SWITCHHOOK_CONVENTIONS_DIR", value_parser = folder)]
    pub conventions_dir: Option<PathBuf>,

    /// Mail server, as smtps://user:password@host; without it mails are logged, links included
    #[arg(long, global = true, env = "SWITCHHOOK_SMTP_URL", hide_env_values = true, value_parser = smtp_url)]
    pub smtp_url: Option<String>,

    /// Sender of mails
    #[arg(long, global = true, env = "SWITCHHOOK_MAIL_FROM", value_parser = mail_from)]
    pub mail_from: Option<String>,

    /// Addresses shown to admins for their firewalls
    #[arg(long, global = true, env = "SWITCHHOOK_EGRESS_IPS", value_delimiter = ',', value_parser = egress_ip)]
    pub egress_ips: Vec<std::net::IpAddr>,

    /// CIDRs of proxies in front; from them the last address of X-Forwarded-For is believed
    #[arg(long, global = true, env = "SWITCHHOOK_TRUSTED_PROXIES", value_delimiter = ',', value_parser = cidr)]
    pub trusted_proxies: Vec<Cidr>,

    /// Whether people may sign up without an invitation once there is somebody
    #[arg(long, global = true, env = "SWITCHHOOK_OPEN_SIGN_UP", default_value_t = false, action = clap::ArgAction::Set)]
    pub open_sign_up: bool,

    /// Most connections to the database; on Postgres the writer has two more of its own
    #[arg(long, global = true, env = "SWITCHHOOK_DATABASE_CONNECTIONS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=500))]
    pub database_connections: u32,

    /// Tracing filter; JSON lines when standard output is no terminal
    #[arg(long, global = true, env = "SWITCHHOOK_LOG", default_value = "info", value_parser = log_filter)]
    pub log: String,
}

/// Every `SWITCHHOOK_` variable there is.
pub const VARIABLES: [&str; 12] = [
    "SWITCHHOOK_LISTEN",
    "SWITCHHOOK_PUBLIC_URL",
    "SWITCHHOOK_SECRET_KEY",
    "SWITCHHOOK_ALLOW_TARGETS",
    "SWITCHHOOK_CONVENTIONS_DIR",
    "SWITCHHOOK_SMTP_URL",
    "SWITCHHOOK_MAIL_FROM",
    "SWITCHHOOK_EGRESS_IPS",
    "SWITCHHOOK_TRUSTED_PROXIES",
    "SWITCHHOOK_OPEN_SIGN_UP",
    "SWITCHHOOK_DATABASE_CONNECTIONS",
    "SWITCHHOOK_LOG",
];

/// 32 bytes that never show themselves.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(pub [u8; 32]);

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Reads 64 hex digits.
pub fn secret_key(text: &str) -> Result<SecretKey, String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.trim(), &mut bytes)
        .map_err(|_| "give 64 hex digits, as `openssl rand -hex 32` prints".to_string())?;
    Ok(SecretKey(bytes))
}

/// A network: an address and how many leading bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    address: std::net::IpAddr,
    bits: u8,
}

impl std::fmt::Display for Cidr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl Cidr {
    /// This machine alone.
    pub const LOOPBACK: Self = Self { address: std::net::IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 0)), bits: 8 };

    pub fn contains(&self, ip: std::net::IpAddr) -> bool {
        use std::net::IpAddr::{V4, V6};
        match (self.address, ip) {
            (V4(net), V4(ip)) => self.bits == 0 || (u32::from(net) ^ u32::from(ip)) >> (32 - u32::from(self.bits)) == 0,
            (V6(net), V6(ip)) => {
                self.bits == 0 || (u128::from(net) ^ u128::from(ip)) >> (128 - u32::from(self.bits)) == 0
            }
            _ => false,
        }
    }
}

/// Reads `127.0.0.0/8`, `::1/128` or a single address.
pub fn cidr(text: &str) -> Result<Cidr, String> {
    let wrong = || format!("“{text}” is no network; give one like 127.0.0.0/8 or ::1/128");
    let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(a, b)| (a, Some(b)));
    let address: std::net::IpAddr = address.parse().map_err(|_| wrong())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Ok(most), |b| b.parse().map_err(|_| wrong()))?;
    if bits > most { Err(wrong()) } else { Ok(Cidr { address, bits }) }
}

fn database_url(text: &str) -> Result<String, String> {
    let known = ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
    if known { Ok(text.into()) } else { Err("give sqlite://path or postgres://user@host/database".into()) }
}

fn egress_ip(text: &str) -> Result<std::net::IpAddr, String> {
    text.trim().parse().map_err(|_| "give addresses like 203.0.113.7,2001:db8::7".into())
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "give an address and a port, as 127.0.0.1:3000".into())
}

fn folder(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_dir() { Ok(path) } else { Err("there is no such folder".into()) }
}

fn smtp_url(text: &str) -> Result<String, String> {
    let known = ["smtp://", "smtps://"].iter().any(|scheme| text.starts_with(scheme));
    if known && url::Url::parse(text).is_ok_and(|url| url.has_host()) {
        Ok(text.into())
    } else {
        Err("give an address like smtps://user:password@mail.example.com".into())
    }
}

fn mail_from(text: &str) -> Result<String, String> {
    let read: Result<lettre::message::Mailbox, _> = text.parse();
    read.map(|_| text.into()).map_err(|_| "give an address like Switchhook <hooks@example.com>".into())
}

fn log_filter(text: &str) -> Result<String, String> {
    let read = tracing_subscriber::EnvFilter::try_new(text);
    read.map(|_| text.into()).map_err(|_| "give a level like info, or a filter like switchhook=debug".into())
}

fn public_url(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).map_err(|_| "give an address like https://hooks.example.com".to_string())?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    // Pages and their links begin at the root of a host.
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    match (is_web, is_bare && is_anonymous) {
        // As URLs are written everywhere else: the host in lower case, without the port that the scheme implies.
        (true, true) => Ok(url.origin().ascii_serialization()),
        (true, false) => Err("give scheme, host and port alone, as https://hooks.example.com".into()),
        _ => Err("give an address like https://hooks.example.com".into()),
    }
}

/// The token, where this is the URL of one of our own inboxes, which begin with `inboxes`: those are reached in the
/// process.
pub fn inbox_token<'a>(inboxes: &str, url: &'a str) -> Option<&'a str> {
    url.strip_prefix(inboxes).filter(|token| !token.is_empty() && !token.contains(['/', '?', '#']))
}

impl Settings {
    /// The public base address, without a slash at the end.
    pub fn public_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.listen))
    }
    /// What the URLs of this installation's inboxes begin with.
    pub fn inboxes(&self) -> String {
        format!("{}/inbox/", self.public_url())
    }
    /// The file of the SQLite database; none on Postgres.
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        let rest = self.database_url.strip_prefix("sqlite:")?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        Some(PathBuf::from(rest.split('?').next().unwrap_or_default()))
    }
    /// What is wrong with settings that go together, in one sentence.
    pub fn check_together(&self) -> Result<(), String> {
        if self.smtp_url.is_some() && self.mail_from.is_none() {
            return Err(
                "SWITCHHOOK_SMTP_URL needs SWITCHHOOK_MAIL_FROM beside it: the address that mails come from.".into()
            );
        }
        if self.sqlite_path().is_some_and(|path| path.as_os_str().is_empty() || path.as_os_str() == ":memory:") {
            return Err("DATABASE_URL must name a file, as sqlite://data/switchhook.db.".into());
        }
        Ok(())
    }
    /// Whether webhooks may reach addresses that they must not otherwise: every page says so.
    pub fn has_open_targets(&self) -> bool {
        !self.allow_targets.is_empty()
    }
    /// The addresses that deliveries come from, as the operator has said them.
    pub fn egress(&self) -> Vec<String> {
        self.egress_ips.iter().map(ToString::to_string).collect()
    }
    /// Whether people reach the pages by https (then cookies are `__Host-` and `Secure`).
    pub fn is_https(&self) -> bool {
        self.public_url().starts_with("https://")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_address_is_kept_as_urls_are_written_everywhere_else() {
        for (typed, kept) in [
            ("https://Hooks.Example.com", "https://hooks.example.com"),
            ("HTTPS://hooks.example.com:443/", "https://hooks.example.com"),
            ("http://hooks.example.com:80", "http://hooks.example.com"),
            ("http://127.1:3000/", "http://127.0.0.1:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(public_url(typed).as_deref(), Ok(kept), "{typed}");
        }
    }

    #[test]
    fn an_inbox_is_known_by_its_whole_address() {
        let token = |url| inbox_token("https://hooks.example.com/inbox/", url);
        assert_eq!(token("https://hooks.example.com/inbox/t0k-en_"), Some("t0k-en_"));
        for other in ["", "t0ken/x", "t0ken?x", "t0ken#x"] {
            let url = format!("https://hooks.example.com/inbox/{other}");
            assert_eq!(inbox_token("https://hooks.example.com/inbox/", &url), None, "{other}");
        }
        assert_eq!(token("https://example.com/inbox/t0ken"), None);
    }

    #[test]
    fn a_network_contains_its_own_addresses_only() {
        let net = cidr("10.1.0.0/16").unwrap();
        assert!(net.contains("10.1.255.1".parse().unwrap()));
        assert!(!net.contains("10.2.0.1".parse().unwrap()));
        assert!(cidr("::1").unwrap().contains("::1".parse().unwrap()));
        assert!(cidr("10.0.0.0/33").is_err() && cidr("ten").is_err());
    }
}
