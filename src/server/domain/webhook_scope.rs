//! What a webhook is bound to as it is added: one batch, one agent. A scope is a filter by another name, and
//! its keys are the convention's.

use crate::{model::error::FieldErrors, server::convention::Convention};
use serde_json::{Map, Value};

/// The filters with the scope before them. Errors are named `scope` and `scope.<key>`.
pub fn joined(
    convention: &Convention,
    scope: Map<String, Value>,
    filters: Map<String, Value>,
    errors: &mut FieldErrors,
) -> Map<String, Value> {
    let known = || convention.scope.iter().map(|k| k.key.as_str()).collect::<Vec<_>>().join(", ");
    if convention.scope.is_empty() && !scope.is_empty() {
        let title = &convention.title;
        errors.add("scope", format!("Webhooks of {title} are bound to nothing; give `filters` instead."));
        return filters;
    }
    let mut all = Map::new();
    for (key, value) in scope {
        let is_plain = value.is_number() || value.as_str().is_some_and(|text| !text.is_empty());
        if !convention.scope.iter().any(|k| k.key == key) {
            errors.add(format!("scope.{key}"), format!("A webhook cannot be bound to this; it can to {}.", known()));
        } else if !is_plain {
            errors.add(format!("scope.{key}"), "Give a text or a number.");
        } else if filters.get(&key).is_some_and(|other| *other != value) {
            errors.add(format!("scope.{key}"), "The filters ask for another value of this; give it once.");
        } else {
            all.insert(key, value);
        }
    }
    all.extend(filters);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::error::AppError, server::convention::Conventions};
    use serde_json::json;

    fn join(convention: &str, scope: Value, filters: Value) -> Result<Value, Vec<String>> {
        let convention = Conventions::built_in().get(convention).unwrap();
        let mut errors = FieldErrors::default();
        let object = |value: Value| value.as_object().unwrap().clone();
        let joined = joined(&convention, object(scope), object(filters), &mut errors);
        match errors.finish() {
            Err(AppError::Invalid(errors)) => Err(errors.into_iter().map(|e| e.field).collect()),
            _ => Ok(joined.into()),
        }
    }

    #[test]
    fn a_scope_is_a_filter_whose_keys_the_convention_names() {
        let all = join("dialgen", json!({"batchId": "b1"}), json!({"min_duration": 60}));
        assert_eq!(all, Ok(json!({"batchId": "b1", "min_duration": 60})));
        assert_eq!(join("ello", json!({"agent_id": 7}), json!({"agent_id": 7})), Ok(json!({"agent_id": 7})));
        assert_eq!(join("standard", json!({}), json!({"a": 1})), Ok(json!({"a": 1})));
        for (convention, scope, filters, field) in [
            ("standard", json!({"batchId": "b1"}), json!({}), "scope"),
            ("ello", json!({"batchId": "b1"}), json!({}), "scope.batchId"),
            ("ello", json!({"agent_id": null}), json!({}), "scope.agent_id"),
            ("ello", json!({"agent_id": ""}), json!({}), "scope.agent_id"),
            ("ello", json!({"agent_id": ["a"]}), json!({}), "scope.agent_id"),
            ("ello", json!({"agent_id": "a"}), json!({"agent_id": "b"}), "scope.agent_id"),
        ] {
            assert_eq!(join(convention, scope.clone(), filters), Err(vec![field.to_string()]), "{convention} {scope}");
        }
    }
}
