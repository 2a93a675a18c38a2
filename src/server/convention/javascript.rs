//! JSON as JavaScript's `JSON.stringify(JSON.parse(text))` writes it, for conventions whose receivers sign
//! what they have parsed and written again.

use serde_json::Value;

/// Compact; key order kept but for integer-like keys, which JavaScript puts first; 85.0 as 85;
/// nothing escaped that need not be. What is no JSON stays as it is.
pub fn compact(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => {
            let mut out = String::with_capacity(text.len());
            write(&mut out, &value);
            out
        }
        Err(_) => text.into(),
    }
}

fn write(out: &mut String, value: &Value) {
    match value {
        Value::Number(number) => out.push_str(&number.as_f64().map_or_else(|| number.to_string(), number_text)),
        Value::Array(items) => list(out, '[', ']', items.iter(), write),
        Value::Object(members) => {
            let mut keys: Vec<(Option<u32>, &String)> = members.keys().map(|key| (array_index(key), key)).collect();
            keys.sort_by_key(|(index, _)| index.map_or((1, 0), |i| (0, i)));
            list(out, '{', '}', keys.into_iter(), |out, (_, key)| {
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(out, &members[key]);
            });
        }
        other => out.push_str(&other.to_string()),
    }
}

fn list<T>(out: &mut String, open: char, close: char, items: impl Iterator<Item = T>, one: impl Fn(&mut String, T)) {
    out.push(open);
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        one(out, item);
    }
    out.push(close);
}

/// The integer that a key is in JavaScript, where it orders keys by: `0` to `4294967294`, written plainly.
fn array_index(key: &str) -> Option<u32> {
    let index: u32 = key.parse().ok()?;
    (index != u32::MAX && index.to_string() == key).then_some(index)
}

/// `Number.prototype.toString`: the shortest digits that read back, with an exponent from 1e21 and under 1e-6.
fn number_text(number: f64) -> String {
    if number == 0.0 {
        return "0".into();
    }
    let size = number.abs();
    if (1e-6..1e21).contains(&size) {
        return format!("{number}");
    }
    let text = format!("{number:e}");
    match text.split_once("e-") {
        Some(_) => text,
        None => text.replace('e', "e+"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_writes_what_node_writes() {
        // Right-hand sides: node -p 'JSON.stringify(JSON.parse(…))'.
        for (posted, node) in [
            (
                r#"{ "b": 85.0, "a": [ 1.50, -0.0, 1e21, 1e-7, 0.000001 ] }"#,
                r#"{"b":85,"a":[1.5,0,1e+21,1e-7,0.000001]}"#,
            ),
            (r#"{"z":1,"2":"b","10":"c","01":0}"#, r#"{"2":"b","10":"c","z":1,"01":0}"#),
            (r#"{"n":12345678901234567890}"#, r#"{"n":12345678901234567000}"#),
            (r#""\u00e9\u0001\/\u2028""#, "\"é\\u0001/\u{2028}\""),
        ] {
            assert_eq!(compact(posted), node);
        }
    }
}
