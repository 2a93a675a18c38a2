//! What the pages and the API need to know of an organization's wire convention.

use std::collections::BTreeMap;

/// Further places in an event's data where a filter's key may stand, by key, in the order of looking.
pub type FilterPlaces = BTreeMap<String, Vec<String>>;

/// A name under which a platform's document asks for a URL, bound to one event type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// As `onBatchComplete`.
    pub name: String,
    pub event_type: String,
    /// For people: when it is called.
    pub description: String,
}

/// A key of the data that a webhook can be bound to as it is added, as one batch or one agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeKey {
    pub key: String,
    /// For people.
    pub label: String,
}

/// A header that receivers of this convention ask for, and admins set in a field made for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Lower case.
    pub header: String,
    /// The field's label.
    pub label: String,
    pub help: String,
    /// Put before a value that has no space in it, as `Bearer `.
    pub prefix: String,
}

impl Credential {
    /// The header's value for what was typed: a bare token gets the prefix, `Basic …` stays as it is.
    pub fn value(&self, typed: &str) -> String {
        let typed = typed.trim();
        if typed.is_empty() || typed.contains(' ') { typed.into() } else { format!("{}{typed}", self.prefix) }
    }
}

/// What a receiver has to know of a convention to verify and to answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wire {
    pub own: Option<OwnSignature>,
    /// A header that receivers compare, where admins set one.
    pub credential: Option<Credential>,
    /// A code that counts as success.
    pub answer: u16,
}

/// A convention's own signature header: HMAC-SHA256, as its file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSignature {
    /// Lower case.
    pub header: String,
    /// Hex rather than base64.
    pub is_hex: bool,
    /// What is signed, as `{{timestamp}}.{{body}}`.
    pub signed: String,
    /// Whether the key is what `whsec_…` encodes, rather than the secret's own bytes.
    pub has_decoded_key: bool,
    /// What stands in the header, as `sha256={{signature}}`.
    pub value: String,
}

impl OwnSignature {
    /// What stands before the signature of the body alone; none where more is signed or written than that.
    pub fn prefix(&self) -> Option<&str> {
        let plain = self.signed == "{{body}}" && !self.has_decoded_key;
        self.value.strip_suffix("{{signature}}").filter(|before| plain && !before.contains("{{"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_token_gets_the_prefix_and_whole_credentials_stay() {
        let field = Credential {
            header: "authorization".into(),
            label: "Bearer token".into(),
            help: String::new(),
            prefix: "Bearer ".into(),
        };
        for (typed, value) in
            [(" t0ken ", "Bearer t0ken"), ("Bearer x", "Bearer x"), ("Basic abc=", "Basic abc="), ("", "")]
        {
            assert_eq!(field.value(typed), value);
        }
    }

    #[test]
    fn only_a_signature_of_the_body_alone_has_a_prefix() {
        let own = |signed: &str, value: &str| OwnSignature {
            header: "x-acme-signature".into(),
            is_hex: true,
            signed: signed.into(),
            has_decoded_key: false,
            value: value.into(),
        };
        assert_eq!(own("{{body}}", "{{signature}}").prefix(), Some(""));
        assert_eq!(own("{{body}}", "sha256={{signature}}").prefix(), Some("sha256="));
        assert_eq!(own("{{timestamp}}.{{body}}", "{{signature}}").prefix(), None);
        assert_eq!(own("{{body}}", "t={{timestamp}},v1={{signature}}").prefix(), None);
    }
}
