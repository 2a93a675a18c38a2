//! An event's data as values, for those who look into it: whatever JSON allows is read, also what has no exact
//! value here, so that one odd text in the data does not hide the rest from filters.

use super::{javascript, json_text::Reader};
use serde_json::{Map, Value};

/// Deeper data is not taken by the API.
const MAX_DEPTH: usize = 128;

/// The value of a text. Half a surrogate pair is read as U+FFFD; a number that is too large, and what is no
/// JSON at all, as null.
pub fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| read(&mut Reader::new(text), 0).unwrap_or_default())
}

fn read(reader: &mut Reader<'_>, depth: usize) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    match reader.peek()? {
        b'"' => string(reader.string()?).map(Value::from),
        b'[' => {
            reader.take(b'[');
            let mut items = Vec::new();
            while !reader.take(b']') {
                if !items.is_empty() && !reader.take(b',') {
                    return None;
                }
                items.push(read(reader, depth + 1)?);
            }
            Some(Value::Array(items))
        }
        b'{' => {
            reader.take(b'{');
            let mut members = Map::new();
            let mut is_first = true;
            while !reader.take(b'}') {
                if !is_first && !reader.take(b',') {
                    return None;
                }
                is_first = false;
                reader.peek()?;
                let key = string(reader.string()?)?;
                if !reader.take(b':') {
                    return None;
                }
                members.insert(key, read(reader, depth + 1)?);
            }
            Some(Value::Object(members))
        }
        _ => Some(serde_json::from_str(reader.word()?).unwrap_or_default()),
    }
}

fn string(written: &str) -> Option<String> {
    let exact = serde_json::from_str(written).ok();
    exact.or_else(|| Some(String::from_utf16_lossy(&javascript::units(written)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_has_no_exact_value_does_not_hide_the_rest() {
        let odd = r#" {"direction": "outbound", "n": [1e400, -1, {}], "cut\ud83d": "a\ud83d", "x": "\ud83d\ude00"} "#;
        let read = value(odd);
        assert_eq!(read, json!({"direction": "outbound", "n": [null, -1, {}], "cut\u{fffd}": "a\u{fffd}", "x": "😀"}));
        assert_eq!(value(r#"{"a": 1}"#), json!({"a": 1}));
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        for none in ["", "{", "[1", "{\"a\":1e400", "{\"a\" 1e400}", "[1e400 1]", deep.as_str()] {
            assert_eq!(value(none), Value::Null, "{none}");
        }
    }
}
