//! Headers that carry credentials: what is kept shows that they came, not what they were.

const WORDS: [&str; 5] = ["token", "secret", "password", "api-key", "apikey"];

/// The headers with `mask` for each value that could let somebody in; names are in lower case.
pub fn masked(headers: Vec<(String, String)>, mask: &str) -> Vec<(String, String)> {
    let shown = |(name, value): (String, String)| {
        let value = if is_credential(&name) { mask.to_owned() } else { value };
        (name, value)
    };
    headers.into_iter().map(shown).collect()
}

/// What a server asks for (`www-authenticate`) is no credential, and says why it answered 401.
fn is_credential(name: &str) -> bool {
    let is_named = matches!(
        name,
        "authorization"
            | "proxy-authorization"
            | "authentication-info"
            | "proxy-authentication-info"
            | "cookie"
            | "cookie2"
            | "set-cookie"
            | "set-cookie2"
    );
    is_named || WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_masked_in_both_directions_and_nothing_else() {
        for name in ["authorization", "cookie", "set-cookie", "x-csrf-token", "x-amz-security-token", "x-api-key"] {
            assert_eq!(masked(vec![(name.into(), "canary".into())], "•"), [(name.to_string(), "•".to_string())]);
        }
        for name in ["www-authenticate", "retry-after", "location", "content-type", "x-request-id"] {
            let plain = [(name.to_string(), "plain".to_string())];
            assert_eq!(masked(plain.to_vec(), "•"), plain);
        }
    }
}
