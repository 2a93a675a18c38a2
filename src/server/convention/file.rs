//! A convention's file: TOML, checked as it is read.

use super::{Convention, codes::Codes, envelope::Template, sign::OwnHeader};
use crate::model::{
    event::{EventType, parse_event_type},
    webhook::{RetryPolicy, TIMEOUT_SECONDS},
};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// The files that come with the program.
pub const BUILT_IN: [&str; 6] = [
    include_str!("files/standard.toml"),
    include_str!("files/callintel.toml"),
    include_str!("files/dialgen.toml"),
    include_str!("files/ello.toml"),
    include_str!("files/portal.toml"),
    include_str!("files/salpre.toml"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: String,
    #[serde(default)]
    open_catalogue: bool,
    delivery: Delivery,
    envelope: Envelope,
    signature: Option<OwnHeader>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    types: Vec<Type>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delivery {
    timeout_seconds: u32,
    /// Delays between attempts, in seconds.
    schedule_seconds: Vec<u32>,
    success: Codes,
    retried: Codes,
    retries_failures: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    template: Template,
    #[serde(default)]
    by_type: HashMap<String, Template>,
    /// Whether the body is written as JavaScript would, rather than with the data as it was posted.
    #[serde(default)]
    as_javascript: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Type {
    name: String,
    group: String,
    description: String,
    /// JSON.
    example: String,
}

impl Type {
    fn read(self) -> Result<EventType, String> {
        parse_event_type(&self.name)?;
        let example = serde_json::from_str(&self.example).map_err(|e| format!("the example of {}: {e}", self.name))?;
        Ok(EventType { name: self.name, group: self.group, description: self.description, example })
    }
}

/// Reads a convention; the error names line and key.
pub fn parse(text: &str) -> Result<Convention, String> {
    let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
    if !TIMEOUT_SECONDS.contains(&file.delivery.timeout_seconds) {
        return Err(format!("timeout_seconds is {} to {}", TIMEOUT_SECONDS.start(), TIMEOUT_SECONDS.end()));
    }
    Ok(Convention {
        types: file.types.into_iter().map(Type::read).collect::<Result<_, _>>()?,
        name: file.name,
        title: file.title,
        open_catalogue: file.open_catalogue,
        retry_policy: RetryPolicy::Schedule { schedule_seconds: file.delivery.schedule_seconds },
        timeout_seconds: file.delivery.timeout_seconds,
        success: file.delivery.success,
        retried: file.delivery.retried,
        retries_failures: file.delivery.retries_failures,
        envelope: file.envelope.template,
        envelope_by_type: file.envelope.by_type,
        as_javascript: file.envelope.as_javascript,
        headers: file.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
        signature: file.signature,
    })
}
