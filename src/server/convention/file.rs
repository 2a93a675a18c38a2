//! A convention's file: its TOML, as it is written. What each key means stands in `docs/CONVENTIONS.md`.

use super::{
    codes::Codes,
    envelope::Template,
    header::{HeaderName, HeaderValue},
    sign::OwnHeader,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

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
pub struct File {
    pub name: Spanned<String>,
    pub title: String,
    /// Whether types that are not listed can be published too.
    #[serde(default)]
    pub open_catalogue: bool,
    pub delivery: Delivery,
    pub envelope: Envelope,
    pub signature: Option<Spanned<OwnHeader>>,
    /// Sent with every delivery, unless the webhook has its own of that name.
    #[serde(default)]
    pub headers: BTreeMap<HeaderName, Spanned<HeaderValue>>,
    pub credential: Option<CredentialField>,
    #[serde(default)]
    pub hooks: Vec<HookName>,
    #[serde(default)]
    pub scope: Vec<Scope>,
    /// Further places of a filter's key in the data.
    #[serde(default)]
    pub filters: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub types: Vec<Type>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    pub timeout_seconds: Spanned<u32>,
    /// Delays between attempts, in seconds.
    pub schedule_seconds: Spanned<Vec<u32>>,
    pub success: Spanned<Codes>,
    pub retried: Codes,
    /// Whether what is no answer at all (timeout, DNS …) is tried again.
    pub retries_failures: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    pub template: Template,
    #[serde(default)]
    pub by_type: BTreeMap<String, Spanned<Template>>,
    /// Whether the body is written as JavaScript would, rather than with the data as it was posted.
    #[serde(default)]
    pub as_javascript: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialField {
    pub header: HeaderName,
    pub label: String,
    #[serde(default)]
    pub help: String,
    #[serde(default)]
    pub prefix: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookName {
    pub name: Spanned<String>,
    pub event_type: Spanned<String>,
    #[serde(default)]
    pub description: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    pub key: Spanned<String>,
    pub label: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Type {
    pub name: Spanned<String>,
    pub group: String,
    pub description: String,
    /// JSON.
    pub example: Spanned<String>,
    /// A JSON Schema of the data, as JSON.
    pub schema: Option<Spanned<String>>,
}
