//! The form of named hooks as it was typed.

use serde_json::{Map, Value};

/// What stands in the form's fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HooksForm {
    /// Names and URLs.
    pub urls: Vec<(String, String)>,
    /// Keys and values.
    pub scope: Vec<(String, String)>,
    pub secret: String,
}

impl HooksForm {
    /// Reads what a browser posted; names that are not of this form are passed over.
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            match name.split_once('.') {
                Some(("hooks", hook)) => form.urls.push((hook.into(), value)),
                Some(("scope", key)) => form.scope.push((key.into(), value)),
                _ if name == "secret" => form.secret = value,
                _ => {}
            }
        }
        form
    }
    /// The URL of a hook, as it was typed.
    pub fn url(&self, hook: &str) -> String {
        self.urls.iter().find(|(name, _)| name == hook).map(|(_, url)| url.clone()).unwrap_or_default()
    }
    /// The hooks that were given a URL.
    pub fn chosen_urls(&self) -> Vec<(String, String)> {
        self.urls.iter().filter(|(_, url)| !url.trim().is_empty()).cloned().collect()
    }
}

/// The scope as the API has it: what was left empty is left out.
pub fn chosen_scope(typed: &[(String, String)]) -> Map<String, Value> {
    let given = typed.iter().map(|(key, value)| (key, value.trim())).filter(|(_, value)| !value.is_empty());
    given.map(|(key, value)| (key.clone(), Value::from(value))).collect()
}

/// A secret as the API has it: none where the field was left empty.
pub fn chosen_secret(typed: &str) -> Option<String> {
    Some(typed.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_empty_is_left_out() {
        let typed = [
            ("hooks.onA", "https://a"),
            ("hooks.onB", " "),
            ("scope.batchId", " b1 "),
            ("scope.agentId", ""),
            ("x", "1"),
        ];
        let form = HooksForm::from_pairs(typed.map(|(n, v)| (n.to_string(), v.to_string())).into());
        assert_eq!(form.chosen_urls(), [("onA".to_string(), "https://a".to_string())]);
        assert_eq!(Value::Object(chosen_scope(&form.scope)), serde_json::json!({"batchId": "b1"}));
        assert_eq!((form.url("onB"), chosen_secret(&form.secret)), (" ".to_string(), None));
    }
}
