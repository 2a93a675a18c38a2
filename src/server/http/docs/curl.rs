//! An example of each call, as a line for the shell.

use serde_json::{Map, Value};

/// The call as curl would make it.
pub fn command(base: &str, method: &str, path: &str, body: Option<&Value>) -> String {
    let path = path.replace("{id}", "ID").replace("{delivery_id}", "ID");
    let mut lines = vec![match method {
        "GET" => format!("curl {base}{path}"),
        _ => format!("curl -X {method} {base}{path}"),
    }];
    lines.push("-H \"Authorization: Bearer $SWITCHHOOK_KEY\"".into());
    if let Some(body) = body {
        let json = serde_json::to_string_pretty(body).unwrap_or_default();
        // Within single quotes a shell leaves all but the single quote as it is.
        lines.push(format!("-d '{}'", json.replace('\'', "'\\''")));
    }
    lines.join(" \\\n  ")
}

/// An example of a schema: its own, else put together from those of its members. None where there is nothing to show.
pub fn example(document: &Value, schema: &Value) -> Option<Value> {
    let schema = super::read::resolved(document, schema);
    if let Some(own) = schema.get("example") {
        return Some(own.clone());
    }
    if let Some(items) = schema.get("items") {
        return example(document, items).map(|one| Value::Array(vec![one]));
    }
    let mut members = Map::new();
    for (name, member) in schema.get("properties")?.as_object()? {
        members.extend(example(document, member).map(|value| (name.clone(), value)));
    }
    (!members.is_empty()).then_some(Value::Object(members))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_command_can_be_pasted_into_a_shell() {
        let made = command("http://x", "POST", "/v1/webhooks/{id}/test", Some(&json!({"a": "it's"})));
        let wanted = "curl -X POST http://x/v1/webhooks/ID/test \\\n  -H \"Authorization: Bearer $SWITCHHOOK_KEY\" \\\n  \
             -d '{\n  \"a\": \"it'\\''s\"\n}'";
        assert_eq!(made, wanted);
    }
}
