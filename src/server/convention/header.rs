//! Names and values of the headers that a convention sets.

use super::placeholders::{self, Part};
use serde::Deserialize;

/// Names that the sender sets for every convention, or that steer the connection.
const TAKEN: [&str; 8] =
    ["host", "connection", "transfer-encoding", "user-agent", "te", "trailer", "upgrade", "keep-alive"];
const TAKEN_PREFIXES: [&str; 3] = ["content-", "webhook-", "proxy-"];

/// A header's name, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct HeaderName(String);

impl HeaderName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HeaderName {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let name = text.to_ascii_lowercase();
        if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
            return Err(format!(
                "“{text}” is no header's name; write letters, digits and hyphens, as x-acme-signature"
            ));
        }
        if TAKEN.contains(&name.as_str()) || TAKEN_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            return Err(format!("“{text}” is set for every convention; choose another header"));
        }
        Ok(Self(name))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placeholder {
    Type,
    Id,
    Timestamp,
    Signature,
}

const PLACEHOLDERS: [(&str, Placeholder); 4] = [
    ("type", Placeholder::Type),
    ("id", Placeholder::Id),
    ("timestamp", Placeholder::Timestamp),
    ("signature", Placeholder::Signature),
];

/// What a header's value is made of.
#[derive(Debug, Clone, Copy, Default)]
pub struct HeaderFacts<'a> {
    pub event_type: &'a str,
    pub shown_id: &'a str,
    /// Of the attempt, in seconds.
    pub seconds: i64,
    /// Only known in the signature's own header.
    pub signature: &'a str,
}

/// A header's value with placeholders, as `t={{timestamp}},v1={{signature}}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HeaderValue(Vec<Part<Placeholder>>);

impl TryFrom<String> for HeaderValue {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if text.trim() != text || text.is_empty() || !text.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return Err("a header's value has visible ASCII characters, with no space at either end".into());
        }
        placeholders::parts(&text, &PLACEHOLDERS).map(Self)
    }
}

impl HeaderValue {
    /// The signature alone.
    pub fn signature() -> Self {
        Self(vec![Part::Value(Placeholder::Signature)])
    }
    /// As it stands in the file.
    pub fn text(&self) -> String {
        placeholders::text(&self.0, &PLACEHOLDERS)
    }
    pub fn has_signature(&self) -> bool {
        self.0.contains(&Part::Value(Placeholder::Signature))
    }
    pub fn write(&self, facts: &HeaderFacts<'_>) -> String {
        let text = |part: &Part<Placeholder>| match part {
            Part::Text(text) => text.clone(),
            Part::Value(Placeholder::Type) => facts.event_type.into(),
            Part::Value(Placeholder::Id) => facts.shown_id.into(),
            Part::Value(Placeholder::Timestamp) => facts.seconds.to_string(),
            Part::Value(Placeholder::Signature) => facts.signature.into(),
        };
        self.0.iter().map(text).collect()
    }
}
