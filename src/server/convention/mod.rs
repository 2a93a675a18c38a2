//! The wire conventions: how a platform's webhooks look, sign, retry and count success. One TOML file
//! each (`files/`), and the code that renders them. `standard` is Standard Webhooks, and the default.

mod check;
mod codes;
mod envelope;
mod file;
mod folder;
mod header;
mod javascript;
mod json_text;
mod place;
mod placeholders;
mod sign;
mod values;

pub use check::parse;
pub use envelope::EventFacts;
pub use header::HeaderFacts;
pub use sign::{SigningKey, standard_key};
pub use values::value;

use crate::model::{
    convention::{Credential, FilterPlaces, Hook, ScopeKey, Wire},
    delivery::Outcome,
    event::EventType,
    webhook::RetryPolicy,
};
use bytes::Bytes;
use codes::Codes;
use envelope::Template;
use header::{HeaderName, HeaderValue};
use std::{collections::HashMap, sync::Arc};

/// The name of the default convention.
pub const STANDARD: &str = "standard";

/// How one platform's webhooks look on the wire.
#[derive(Debug)]
pub struct Convention {
    /// As in `organization create --convention`.
    pub name: String,
    /// For people.
    pub title: String,
    /// The catalogue, in the order of the file.
    pub types: Vec<EventType>,
    /// Whether well-formed types outside the catalogue are accepted too.
    pub open_catalogue: bool,
    /// Holds for webhooks without a policy of their own.
    pub retry_policy: RetryPolicy,
    /// Holds for webhooks without a timeout of their own.
    pub timeout_seconds: u32,
    /// Names under which URLs are given, each bound to one type.
    pub hooks: Vec<Hook>,
    /// What a webhook can be bound to as it is added.
    pub scope: Vec<ScopeKey>,
    /// A header that admins set in a field made for it.
    pub credential: Option<Credential>,
    /// Where a filter's key may stand besides its own place.
    pub filter_places: FilterPlaces,
    success: Codes,
    retried: Codes,
    /// Whether what is no answer at all (timeout, DNS …) is tried again.
    retries_failures: bool,
    envelope: Template,
    envelope_by_type: HashMap<String, Template>,
    /// Whether bodies are written as JavaScript would, whose receivers sign what they have parsed.
    as_javascript: bool,
    headers: Vec<(HeaderName, HeaderValue)>,
    signature: Option<sign::OwnHeader>,
}

impl Convention {
    /// Whether an event of this type can be published.
    pub fn takes(&self, event_type: &str) -> bool {
        self.open_catalogue || self.types.iter().any(|t| t.name == event_type)
    }
    /// Whether the receiver's code means that the event arrived.
    pub fn is_success(&self, code: u16) -> bool {
        self.success.contain(code)
    }
    /// Whether another attempt is worth making after what this one came to.
    pub fn is_worth_retrying(&self, outcome: Outcome, code: Option<u16>) -> bool {
        match (outcome, code) {
            (Outcome::Answered, Some(code)) => self.retried.contain(code),
            _ => self.retries_failures,
        }
    }
    /// Names of the headers beside Standard Webhooks' that no webhook may set itself, in lower case. Default
    /// headers are not among them: a webhook's own of that name goes out instead.
    pub fn header_names(&self) -> Vec<String> {
        self.signature.as_ref().map(sign::OwnHeader::name).into_iter().collect()
    }
    /// Whether the body of this type's events says that it is a test.
    pub fn marks_tests(&self, event_type: &str) -> bool {
        self.envelope_by_type.get(event_type).unwrap_or(&self.envelope).marks_tests()
    }
    /// What a receiver has to know to verify and to answer.
    pub fn wire(&self) -> Wire {
        let answer = [204, 200].into_iter().find(|code| self.is_success(*code)).unwrap_or(200);
        Wire { own: self.signature.as_ref().map(sign::OwnHeader::shown), credential: self.credential.clone(), answer }
    }
    /// The body of an event: the same bytes each time, so that retries send what the first attempt sent.
    pub fn body(&self, event: &EventFacts<'_>) -> Bytes {
        let template = self.envelope_by_type.get(event.event_type).unwrap_or(&self.envelope);
        let body = template.render(event);
        if self.as_javascript { Bytes::from(javascript::compact(&body)) } else { Bytes::from(body) }
    }
    /// The headers of one attempt that nothing replaces: content type, agent, Standard Webhooks, the
    /// convention's signature. `keys` oldest first.
    pub fn headers(&self, facts: &HeaderFacts<'_>, body: &[u8], keys: &[SigningKey]) -> Vec<(String, String)> {
        let agent = concat!("Switchhook/", env!("CARGO_PKG_VERSION"));
        let mut headers = vec![("content-type".into(), "application/json".into()), ("user-agent".into(), agent.into())];
        headers.extend(sign::standard(facts.shown_id, facts.seconds, body, keys));
        headers.extend(self.signature.as_ref().zip(keys.first()).map(|(own, key)| own.header(facts, body, key)));
        headers
    }
    /// Headers that go out unless the webhook has its own of that name.
    pub fn default_headers(&self, facts: &HeaderFacts<'_>) -> impl Iterator<Item = (String, String)> {
        self.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.write(facts)))
    }
}

/// The conventions that there are.
#[derive(Debug, Clone)]
pub struct Conventions(Arc<HashMap<String, Arc<Convention>>>);

impl Conventions {
    /// Those that come with the program. A fault in one of its own files is found by a test, not by a user.
    pub fn built_in() -> Self {
        let read = file::BUILT_IN.iter().filter_map(|text| check::parse(text).ok());
        Self(Arc::new(read.map(|c| (c.name.clone(), Arc::new(c))).collect()))
    }
    /// None where there is no such convention.
    pub fn get(&self, name: &str) -> Option<Arc<Convention>> {
        self.0.get(name).cloned()
    }
    /// Every name with its title, the default first and the rest by title.
    pub fn titles(&self) -> Vec<(String, String)> {
        let mut titles: Vec<_> = self.0.values().map(|c| (c.name.clone(), c.title.clone())).collect();
        titles.sort_by_key(|(name, title)| (name != STANDARD, title.to_lowercase()));
        titles
    }
    /// Every name, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.0.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

#[cfg(test)]
mod file_tests;
#[cfg(test)]
mod tests;
