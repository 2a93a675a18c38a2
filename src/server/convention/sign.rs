//! Signatures. `webhook-signature` is Standard Webhooks': HMAC-SHA256 over `id.timestamp.body`, in base64,
//! one `v1,…` for each live key. A convention's own header signs what its file says, usually the body with the
//! whole secret as shown.

use super::{
    header::{HeaderFacts, HeaderName, HeaderValue},
    placeholders::{self, Part},
};
use crate::model::convention::OwnSignature;
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signed {
    Body,
    Id,
    Timestamp,
}

const SIGNED: [(&str, Signed); 3] = [("body", Signed::Body), ("id", Signed::Id), ("timestamp", Signed::Timestamp)];

/// What a convention's own header signs, as `{{timestamp}}.{{body}}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct SignedText(Vec<Part<Signed>>);

impl Default for SignedText {
    fn default() -> Self {
        Self(vec![Part::Value(Signed::Body)])
    }
}

impl TryFrom<String> for SignedText {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let parts = placeholders::parts(&text, &SIGNED)?;
        if parts.contains(&Part::Value(Signed::Body)) {
            return Ok(Self(parts));
        }
        Err("what is signed must have {{body}} in it, or anybody could put another body under it".into())
    }
}

/// A convention's own signature header.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnHeader {
    header: HeaderName,
    encoding: Encoding,
    #[serde(default)]
    signed: SignedText,
    #[serde(default)]
    key: KeyForm,
    /// What is written around the signature, as `sha256={{signature}}`.
    #[serde(default = "HeaderValue::signature")]
    pub value: HeaderValue,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Encoding {
    Hex,
    Base64,
}

/// How the secret becomes the HMAC's key.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeyForm {
    /// Its bytes as it is shown, `whsec_` included.
    #[default]
    Whole,
    /// What `whsec_…` encodes, as Standard Webhooks has it.
    Decoded,
}

impl OwnHeader {
    /// In lower case.
    pub fn name(&self) -> String {
        self.header.as_str().into()
    }
    /// As much of it as a receiver must know.
    pub fn shown(&self) -> OwnSignature {
        OwnSignature {
            header: self.name(),
            is_hex: matches!(self.encoding, Encoding::Hex),
            signed: placeholders::text(&self.signed.0, &SIGNED),
            has_decoded_key: matches!(self.key, KeyForm::Decoded),
            value: self.value.text(),
        }
    }
    /// Name and value for a body; `key` is the oldest that lives, so that no receiver breaks before it
    /// has been given the newer one.
    pub fn header(&self, facts: &HeaderFacts<'_>, body: &[u8], key: &SigningKey) -> (String, String) {
        let seconds = facts.seconds.to_string();
        let mut signed: Vec<&[u8]> = Vec::new();
        for part in &self.signed.0 {
            signed.push(match part {
                Part::Text(text) => text.as_bytes(),
                Part::Value(Signed::Id) => facts.shown_id.as_bytes(),
                Part::Value(Signed::Timestamp) => seconds.as_bytes(),
                Part::Value(Signed::Body) => body,
            });
        }
        let key = match self.key {
            KeyForm::Whole => &key.whole,
            KeyForm::Decoded => &key.standard,
        };
        let mac = hmac(key, &signed);
        let signature = match self.encoding {
            Encoding::Hex => hex::encode(mac),
            Encoding::Base64 => BASE64_STANDARD.encode(mac),
        };
        (self.name(), self.value.write(&HeaderFacts { signature: &signature, ..*facts }))
    }
}
