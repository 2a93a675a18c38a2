//! What an API key looks like: `swh_`, 43 characters that carry 256 random bits, and six that check
//! them, so that a mistyped or made-up key costs no look at the database and scanners know one when
//! they see it.

use super::env::Random;
use sha2::{Digest, Sha256};

const PREFIX: &str = "swh_";
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BODY: usize = 43;
const CHECK: usize = 6;

/// A new key.
pub fn generate(random: &dyn Random) -> String {
    let body = random_text(random, BODY);
    let check = checksum(&body);
    format!("{PREFIX}{body}{check}")
}

/// `length` characters of letters and digits, each equally likely.
pub fn random_text(random: &dyn Random, length: usize) -> String {
    let mut text = String::with_capacity(length);
    let mut bytes = [0; 64];
    while text.len() < length {
        random.fill(&mut bytes);
        // 248 is the largest multiple of 62 in a byte: what is above would favour the first letters.
        let fair = bytes.iter().filter(|byte| **byte < 248).map(|byte| ALPHABET[usize::from(byte % 62)] as char);
        text.extend(fair.take(length - text.len()));
    }
    text
}

fn checksum(body: &str) -> String {
    let digest = Sha256::digest(body.as_bytes());
    digest.iter().take(CHECK).map(|byte| ALPHABET[usize::from(byte % 62)] as char).collect()
}

/// Whether the text has a key's form and its check fits.
pub fn is_well_formed(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(PREFIX) else { return false };
    rest.len() == BODY + CHECK && rest.is_ascii() && checksum(&rest[..BODY]) == rest[BODY..]
}

/// What is kept in place of a key or token.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// First and last characters, for telling keys apart in a list.
pub fn hint(key: &str) -> String {
    format!("{}…{}", &key[..PREFIX.len() + 4], &key[key.len() - 4..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::env::SystemRandom;

    #[test]
    fn a_key_is_known_by_its_form_and_a_changed_letter_shows() {
        let key = generate(&SystemRandom);
        assert!(is_well_formed(&key), "{key}");
        assert_ne!(key, generate(&SystemRandom));
        let other = if key.as_bytes()[10] == b'a' { "b" } else { "a" };
        let mistyped = format!("{}{other}{}", &key[..10], &key[11..]);
        assert!(!is_well_formed(&mistyped) && !is_well_formed("swh_") && !is_well_formed(&key[1..]));
        assert!(hint(&key).len() < 20 && key.starts_with(&hint(&key)[..8]));
    }
}
