//! Signing secrets: making them, reading a caller's own, keeping them sealed.

use crate::{
    model::{id::*, time::Time},
    server::{env::Env, store::webhooks::SecretRow},
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// What the secrets of Standard Webhooks start with.
pub const PREFIX: &str = "whsec_";

/// What secrets and header values of a webhook are sealed for: they open nowhere else.
pub fn bound_to(organization: OrganizationId, webhook: WebhookId) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&organization.bytes());
    bytes[16..].copy_from_slice(&webhook.bytes());
    bytes
}

/// A new secret: `whsec_` and 32 random bytes in base64.
pub fn generate(env: &Env) -> String {
    format!("{PREFIX}{}", STANDARD.encode(env.random::<32>()))
}

/// Checks a secret of the caller's own: `whsec_` and base64 of 24–64 bytes, or 16–128 printable characters.
pub fn check(secret: &str) -> Result<(), String> {
    if let Some(encoded) = secret.strip_prefix(PREFIX) {
        // Receivers decode what follows; a slip here would make signatures that nobody can verify.
        let bytes = STANDARD.decode(encoded).map_err(|_| {
            "After “whsec_” a secret goes on in base64, with its “=” at the end; this one does not.".to_string()
        })?;
        return match bytes.len() {
            24..=64 => Ok(()),
            n => Err(format!("After “whsec_” give base64 of 24 to 64 bytes; this is {n}.")),
        };
    }
    let printable = secret.bytes().all(|b| matches!(b, b' '..=b'~')) && secret.trim() == secret;
    match secret.chars().count() {
        16..=128 if printable => Ok(()),
        16..=128 => Err("Give printable ASCII characters, with no space at either end.".into()),
        n => Err(format!("Give “whsec_” and base64 of 24 to 64 bytes, or 16 to 128 characters; this has {n}.")),
    }
}

/// Its last four characters, to tell one secret from another.
pub fn hint(secret: &str) -> String {
    secret.get(secret.len().saturating_sub(4)..).unwrap_or_default().into()
}

/// The row of a secret that is current from now.
pub fn row(env: &Env, organization: OrganizationId, webhook_id: WebhookId, secret: &str, now: Time) -> SecretRow {
    let sealed = env.seal.seal(secret.as_bytes(), &bound_to(organization, webhook_id), &*env.random);
    SecretRow {
        webhook_id,
        id: env.new_id(SecretId::from_bytes),
        secret: sealed,
        hint: hint(secret),
        created_at: now,
        expires_at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_the_callers_own_is_whsec_of_24_to_64_bytes_or_16_to_128_printable_characters() {
        let whsec = |n: usize| format!("{PREFIX}{}", STANDARD.encode(vec![7; n]));
        for good in [whsec(24), whsec(64), "sixteen letters!".into(), "x".repeat(128)] {
            assert_eq!(check(&good), Ok(()), "{good}");
        }
        let short = "x".repeat(15);
        let long = "x".repeat(129);
        for bad in
            [whsec(23), whsec(65), short, long, format!("{PREFIX}not base64 at all"), "ünd so weiter aaaa".into()]
        {
            assert!(check(&bad).is_err(), "{bad}");
        }
        assert!(check("a line\nof its own and more").is_err());
        assert!(check("").is_err());
    }

    #[test]
    fn a_hint_is_the_last_four_characters() {
        assert_eq!(hint("whsec_abcdEFGH"), "EFGH");
    }
}
