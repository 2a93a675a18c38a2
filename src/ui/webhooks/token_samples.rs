//! Samples for a credential that receivers compare, as a bearer token: a header that the admin sets in a field made
//! for it. The token itself is never shown; receivers read it from their surroundings.

use super::samples::Sample;
use crate::model::convention::Credential;

/// Language, what is installed, the code; `{prefix}`, `{header}` and `{environment}` are filled in.
const LANGUAGES: [(&str, &str, &str); 6] = [
    ("Node", "npm install express", include_str!("samples/token.js")),
    ("Python", "pip install flask", include_str!("samples/token.py")),
    ("Go", "", include_str!("samples/token.go")),
    ("Rust", "cargo add axum subtle && cargo add tokio --features full", include_str!("samples/token.rs.txt")),
    ("PHP", "", include_str!("samples/token.php")),
    ("Ruby", "gem install sinatra rackup puma", include_str!("samples/token.rb")),
];

/// A sample in each language.
pub fn token_samples(credential: &Credential) -> Vec<Sample> {
    let Credential { header, prefix, .. } = credential;
    // As Rack names a header.
    let environment = format!("HTTP_{}", header.to_uppercase().replace('-', "_"));
    let filled = |(name, install, code): (&'static str, &'static str, &str)| {
        let code = code.replace("{prefix}", prefix).replace("{header}", header).replace("{environment}", &environment);
        // Nothing is put before some tokens.
        Sample { name, install, code: code.replace("\"\" + ", "").replace("\"\" . ", "") }
    };
    LANGUAGES.into_iter().map(filled).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(prefix: &str) -> Credential {
        let (label, help) = ("Token".into(), String::new());
        Credential { header: "x-acme-token".into(), label, help, prefix: prefix.into() }
    }

    #[test]
    fn every_mark_is_filled_in_and_no_receiver_starts_without_its_token() {
        for prefix in ["Bearer ", ""] {
            for Sample { name, code, .. } in token_samples(&credential(prefix)) {
                for mark in ["{prefix}", "{header}", "{environment}", "\"\" + ", "\"\" . "] {
                    assert!(!code.contains(mark), "{mark} in {name}");
                }
                assert!(code.contains("x-acme-token") || code.contains("HTTP_X_ACME_TOKEN"), "{name}");
                assert_eq!(code.contains("Bearer "), !prefix.is_empty(), "{name}");
                let stops =
                    ["os.environ[", "is not set", "ENV.fetch(", "is set\")"].iter().any(|way| code.contains(way));
                assert!(stops, "{name}");
            }
        }
    }
}
