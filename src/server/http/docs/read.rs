//! From the OpenAPI document to what the reference shows.

use super::curl;
use crate::{
    server::http::problem::KINDS,
    ui::reference::{CallText, Group, Reference, Row, Shape},
};
use serde_json::Value;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The reference of an installation that is reached at `base`.
pub fn reference(document: &Value, base: &str) -> Reference {
    let info = &document["info"];
    let tags = document["tags"].as_array().map(Vec::as_slice).unwrap_or_default();
    Reference {
        version: text(&info["version"]),
        about: text(&info["description"]).split("\n\n").map(str::to_owned).collect(),
        groups: tags.iter().map(|tag| group(document, base, tag)).collect(),
        shapes: shapes(document),
        problems: KINDS.iter().map(|(code, word, title)| (format!("problem-{word}"), *code, (*title).into())).collect(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn group(document: &Value, base: &str, tag: &Value) -> Group {
    let mut calls = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let operation = &item[method];
            if operation["tags"][0] == tag["name"] && operation.is_object() {
                calls.push(call(document, base, method, path, operation));
            }
        }
    }
    Group { name: text(&tag["name"]), about: text(&tag["description"]), calls }
}

fn call(document: &Value, base: &str, method: &str, path: &str, operation: &Value) -> CallText {
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let sample = body.is_object().then(|| curl::example(document, body)).flatten();
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let parameter = |parameter: &Value| Row {
        name: text(&parameter["name"]),
        required: parameter["required"] == true,
        about: text(&parameter["description"]),
        ..row(document, "", &parameter["schema"], false)
    };
    let method = method.to_uppercase();
    CallText {
        anchor: operation["operationId"].as_str().map_or_else(String::new, |id| format!("{id}-{}", anchor(path))),
        title: text(&operation["summary"]),
        about: text(&operation["description"]),
        scope: text(&operation["security"][0]["api_key"][0]),
        parameters: parameters.iter().map(parameter).collect(),
        body: rows(document, body),
        curl: curl::command(base, &method, path, sample.as_ref()),
        answers: answers(document, operation),
        method,
        path: path.to_owned(),
    }
}

fn anchor(path: &str) -> String {
    path.trim_start_matches('/').replace(['/', '{', '}'], "-")
}

fn answers(document: &Value, operation: &Value) -> Vec<(String, String, Option<String>)> {
    let mut out = Vec::new();
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        let schema = answer["content"].as_object().and_then(|content| content.values().next()).map(|c| &c["schema"]);
        let shape = schema.and_then(|schema| row(document, "", schema, false).shape);
        out.push((status.clone(), text(&answer["description"]), shape));
    }
    out
}

fn shapes(document: &Value) -> Vec<Shape> {
    let schemas = document["components"]["schemas"].as_object();
    let shape = |(name, schema): (&String, &Value)| {
        let mut rows = rows(document, schema);
        for (number, variant) in schema["oneOf"].as_array().into_iter().flatten().enumerate() {
            let either = super::read::rows(document, variant);
            rows.extend(
                either.into_iter().map(|row| Row { about: format!("Form {}. {}", number + 1, row.about), ..row }),
            );
        }
        Shape { name: name.clone(), about: text(&schema["description"]), rows }
    };
    schemas.into_iter().flatten().map(shape).collect()
}

/// A schema with its reference followed; of `X or null` the X.
pub fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(name) = referred(schema) {
        return &document["components"]["schemas"][name];
    }
    let parts = schema["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    match parts.iter().find(|part| part["type"] != "null") {
        Some(part) if parts.len() == 2 && parts.iter().any(|part| part["type"] == "null") => resolved(document, part),
        _ => schema,
    }
}

fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// The members of an object's schema, those of its parts included.
fn rows(document: &Value, schema: &Value) -> Vec<Row> {
    let schema = resolved(document, schema);
    let mut out = Vec::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        out.extend(rows(document, part));
    }
    let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let must = required.iter().any(|r| r == name.as_str());
        out.push(row(document, name, member, must));
    }
    out
}

fn row(document: &Value, name: &str, schema: &Value, required: bool) -> Row {
    let parts = schema["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    let inner = parts.iter().find(|part| part["type"] != "null").unwrap_or(schema);
    let shape = referred(inner).or_else(|| referred(&inner["items"]));
    let list = inner["type"] == "array" || inner["type"][0] == "array";
    let one = match shape {
        Some(shape) => shape.to_owned(),
        None => plain_kind(if list { &inner["items"] } else { inner }),
    };
    Row {
        name: name.into(),
        kind: if list { format!("list of {one}") } else { one },
        shape: shape.map(str::to_owned),
        required,
        about: described(document, schema, inner),
    }
}

fn described(document: &Value, schema: &Value, inner: &Value) -> String {
    let own = [schema, inner].iter().find_map(|s| s["description"].as_str());
    own.or_else(|| resolved(document, inner)["description"].as_str()).unwrap_or_default().to_owned()
}

fn plain_kind(schema: &Value) -> String {
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("any");
    match (kind, schema["format"].as_str()) {
        ("string", Some("date-time")) => "time",
        ("string", _) => "text",
        ("integer", _) => "whole number",
        ("boolean", _) => "true or false",
        (other, _) => other,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::http::rest::{calls, openapi};

    #[test]
    fn the_reference_explains_every_call_with_an_example_and_its_scope() {
        let document = serde_json::to_value(openapi::document("http://x")).unwrap();
        let reference = reference(&document, "http://x");
        let shown: Vec<_> = reference.groups.iter().flat_map(|group| &group.calls).collect();
        assert_eq!(shown.len(), calls().len());
        for call in &shown {
            assert!(!call.title.is_empty() && !call.scope.is_empty() && !call.answers.is_empty(), "{call:?}");
            assert!(call.curl.starts_with("curl "), "{}", call.curl);
        }
        let mut anchors: Vec<_> = shown.iter().map(|call| &call.anchor).collect();
        anchors.sort();
        anchors.dedup();
        assert_eq!(anchors.len(), shown.len(), "each has an address of its own");
    }

    #[test]
    fn every_shape_that_is_named_is_explained() {
        let document = serde_json::to_value(openapi::document("http://x")).unwrap();
        let reference = reference(&document, "http://x");
        let known: Vec<_> = reference.shapes.iter().map(|shape| shape.name.as_str()).collect();
        let calls = reference.groups.iter().flat_map(|group| &group.calls);
        let in_calls = calls.flat_map(|call| call.body.iter().chain(&call.parameters));
        let rows = reference.shapes.iter().flat_map(|shape| &shape.rows).chain(in_calls);
        for row in rows {
            assert!(row.shape.as_deref().is_none_or(|shape| known.contains(&shape)), "{row:?}");
        }
        let delivery = reference.shapes.iter().find(|shape| shape.name == "DeliveryDetail").unwrap();
        assert!(
            delivery.rows.iter().any(|row| row.name == "attempts" && row.kind == "list of Attempt"),
            "{delivery:?}"
        );
        assert!(delivery.rows.iter().any(|row| row.name == "event_id"), "{delivery:?}");
    }
}
