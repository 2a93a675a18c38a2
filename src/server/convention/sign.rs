//! Signatures. `webhook-signature` is Standard Webhooks': HMAC-SHA256 over `id.timestamp.body`, in base64,
//! one `v1,…` for each live key. A convention's own header signs the body with the whole secret as shown.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use zeroize::Zeroizing;

/// A live secret of a webhook, ready to sign with.
#[derive(Clone)]
pub struct SigningKey {
    standard: Zeroizing<Vec<u8>>,
    whole: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl SigningKey {
    /// From the secret as it is shown to the admin.
    pub fn new(secret: &str) -> Self {
        Self { standard: Zeroizing::new(standard_key(secret)), whole: Zeroizing::new(secret.as_bytes().to_vec()) }
    }
}

/// The HMAC key of `webhook-signature`: the bytes that `whsec_…` encodes, or a secret of another form itself.
pub fn standard_key(secret: &str) -> Vec<u8> {
    let decoded = secret.strip_prefix("whsec_").and_then(|text| BASE64_STANDARD.decode(text).ok());
    decoded.unwrap_or_else(|| secret.as_bytes().to_vec())
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of every length, so that there is always a mac.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// The three Standard Webhooks headers; `seconds` is the time of this attempt.
pub fn standard(id: &str, seconds: i64, body: &[u8], keys: &[SigningKey]) -> [(String, String); 3] {
    let seconds = seconds.to_string();
    let sign = |key: &SigningKey| {
        let mac = hmac(&key.standard, &[id.as_bytes(), b".", seconds.as_bytes(), b".", body]);
        format!("v1,{}", BASE64_STANDARD.encode(mac))
    };
    // The newest first: receivers that look at one signature only have most likely been given that key.
    let signature = keys.iter().rev().map(sign).collect::<Vec<_>>().join(" ");
    [
        ("webhook-id".into(), id.into()),
        ("webhook-timestamp".into(), seconds.clone()),
        ("webhook-signature".into(), signature),
    ]
}

/// A convention's own signature header.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnHeader {
    /// Lower case.
    header: String,
    encoding: Encoding,
    /// What stands before the signature, as `sha256=`.
    #[serde(default)]
    prefix: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Encoding {
    Hex,
    Base64,
}

impl OwnHeader {
    /// In lower case.
    pub fn name(&self) -> String {
        self.header.to_ascii_lowercase()
    }
    /// Name and value for a body; `key` is the oldest that lives, so that no receiver breaks before it
    /// has been given the newer one.
    pub fn header(&self, body: &[u8], key: &SigningKey) -> (String, String) {
        let mac = hmac(&key.whole, &[body]);
        let text = match self.encoding {
            Encoding::Hex => hex::encode(mac),
            Encoding::Base64 => BASE64_STANDARD.encode(mac),
        };
        (self.header.to_ascii_lowercase(), format!("{}{text}", self.prefix))
    }
}
