//! `config print`: the settings in force, one a line, secrets masked.

use super::Refusal;
use crate::server::config::Settings;

/// `NAME=value`, as an environment file would have it; secrets as `***`.
pub fn settings(settings: &Settings) -> Result<(), Refusal> {
    for (name, value) in lines(settings) {
        println!("{name}={value}");
    }
    Ok(())
}

fn joined<T: ToString>(parts: &[T]) -> String {
    parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn lines(s: &Settings) -> Vec<(&'static str, String)> {
    let masked_key = match (&s.secret_key, super::secret_key::file(s)) {
        (Some(_), _) => "***".into(),
        (None, Some(file)) => format!("*** (from {})", file.display()),
        (None, None) => String::new(),
    };
    vec![
        ("DATABASE_URL", without_password(&s.database_url)),
        ("SWITCHHOOK_LISTEN", s.listen.to_string()),
        ("SWITCHHOOK_PUBLIC_URL", s.public_url()),
        ("SWITCHHOOK_SECRET_KEY", masked_key),
        ("SWITCHHOOK_ALLOW_TARGETS", joined(&s.allow_targets)),
        ("SWITCHHOOK_CONVENTIONS_DIR", s.conventions_dir.as_ref().map_or(String::new(), |d| d.display().to_string())),
        ("SWITCHHOOK_SMTP_URL", s.smtp_url.as_deref().map_or(String::new(), without_password)),
        ("SWITCHHOOK_MAIL_FROM", s.mail_from.clone().unwrap_or_default()),
        ("SWITCHHOOK_EGRESS_IPS", joined(&s.egress_ips)),
        ("SWITCHHOOK_TRUSTED_PROXIES", joined(&s.trusted_proxies)),
        ("SWITCHHOOK_OPEN_SIGN_UP", s.open_sign_up.to_string()),
        ("SWITCHHOOK_DATABASE_CONNECTIONS", s.database_connections.to_string()),
        ("SWITCHHOOK_LOG", s.log.clone()),
    ]
}

/// A URL with its password, and any parameter that carries one, as `***`.
pub fn without_password(text: &str) -> String {
    let Ok(mut url) = url::Url::parse(text) else { return text.into() };
    if url.password().is_some() && url.set_password(Some("***")).is_err() {
        return "***".into();
    }
    if url.query().is_some_and(|query| query.contains("password")) {
        url.set_query(Some("***"));
    }
    if url.scheme() == "sqlite" { text.into() } else { url.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_masked() {
        assert_eq!(without_password("postgres://a:geheim@h/db"), "postgres://a:***@h/db");
        assert!(!without_password("postgres:///db?user=a&password=geheim").contains("geheim"));
        assert_eq!(without_password("sqlite://data/switchhook.db"), "sqlite://data/switchhook.db");
    }
}
