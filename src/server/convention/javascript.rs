//! JSON as JavaScript's `JSON.stringify(JSON.parse(text))` writes it, for conventions whose receivers sign
//! what they have parsed and written again. Held against Node itself in `tests/it/convention_bytes.rs`.

use super::json_text::Reader;
use std::{collections::HashMap, fmt::Write};

/// Deeper data is not taken by the API; written as it is, so that the stack has a bound.
const MAX_DEPTH: usize = 256;

/// Compact; a repeated key has its last value at its first place; integer-like keys come first, in order;
/// numbers are doubles in their shortest form, and null where they are none; nothing is escaped that need
/// not be. What is no JSON stays as it is.
pub fn compact(text: &str) -> String {
    let valid = serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok();
    let mut out = String::with_capacity(text.len());
    match valid.then(|| write(&mut Reader::new(text), &mut out, 0)) {
        Some(Some(())) => out,
        _ => text.into(),
    }
}

fn write(reader: &mut Reader<'_>, out: &mut String, depth: usize) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    match reader.peek()? {
        b'"' => quote(out, reader.string()?),
        b'[' => array(reader, out, depth),
        b'{' => object(reader, out, depth),
        b't' | b'f' | b'n' => {
            out.push_str(reader.word()?);
            Some(())
        }
        _ => number(out, reader.word()?),
    }
}

fn array(reader: &mut Reader<'_>, out: &mut String, depth: usize) -> Option<()> {
    reader.take(b'[');
    out.push('[');
    let mut is_first = true;
    while !reader.take(b']') {
        if !is_first {
            reader.take(b',');
            out.push(',');
        }
        is_first = false;
        write(reader, out, depth + 1)?;
    }
    out.push(']');
    Some(())
}

fn object(reader: &mut Reader<'_>, out: &mut String, depth: usize) -> Option<()> {
    reader.take(b'{');
    let mut members: Vec<(String, String)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    while !reader.take(b'}') {
        if !members.is_empty() {
            reader.take(b',');
        }
        reader.peek()?;
        let (mut key, mut value) = (String::new(), String::new());
        quote(&mut key, reader.string()?)?;
        reader.take(b':');
        write(reader, &mut value, depth + 1)?;
        match places.get(&key) {
            Some(place) => members[*place].1 = value,
            None => {
                places.insert(key.clone(), members.len());
                members.push((key, value));
            }
        }
    }
    members.sort_by_key(|(key, _)| array_index(key).map_or((1, 0), |index| (0, index)));
    out.push('{');
    for (number, (key, value)) in members.iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        write!(out, "{comma}{key}:{value}").ok()?;
    }
    out.push('}');
    Some(())
}

/// The integer that a key (with its quotes) is in JavaScript, where it orders keys by: `0` to `4294967294`,
/// written plainly.
fn array_index(quoted: &str) -> Option<u32> {
    let key = quoted.get(1..quoted.len() - 1)?;
    let index: u32 = key.parse().ok()?;
    (index != u32::MAX && index.to_string() == key).then_some(index)
}

/// A text with its quotes, escaped as little as can be; half a surrogate pair stays escaped, in lower case.
fn quote(out: &mut String, written: &str) -> Option<()> {
    if !written.contains('\\') {
        out.push_str(written);
        return Some(());
    }
    out.push('"');
    for unit in char::decode_utf16(units(written)?) {
        match unit {
            Ok('"') => out.push_str("\\\""),
            Ok('\\') => out.push_str("\\\\"),
            Ok('\u{8}') => out.push_str("\\b"),
            Ok('\u{c}') => out.push_str("\\f"),
            Ok('\n') => out.push_str("\\n"),
            Ok('\r') => out.push_str("\\r"),
            Ok('\t') => out.push_str("\\t"),
            Ok(c) if c < ' ' => write!(out, "\\u{:04x}", u32::from(c)).ok()?,
            Ok(c) => out.push(c),
            Err(half) => write!(out, "\\u{:04x}", half.unpaired_surrogate()).ok()?,
        }
    }
    out.push('"');
    Some(())
}

/// The UTF-16 units of a text with its quotes, as JavaScript has them.
pub fn units(written: &str) -> Option<Vec<u16>> {
    let mut units: Vec<u16> = Vec::with_capacity(written.len());
    let mut rest = written.get(1..written.len() - 1)?.chars();
    while let Some(c) = rest.next() {
        let mut pair = [0; 2];
        match c {
            '\\' => units.push(escaped(&mut rest)?),
            plain => units.extend_from_slice(plain.encode_utf16(&mut pair)),
        }
    }
    Some(units)
}

/// The UTF-16 unit that an escape stands for, after its backslash.
fn escaped(rest: &mut std::str::Chars<'_>) -> Option<u16> {
    let c = rest.next()?;
    Some(match c {
        'b' => 8,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'u' => {
            let digits = rest.as_str().get(..4)?;
            *rest = rest.as_str().get(4..)?.chars();
            u16::from_str_radix(digits, 16).ok()?
        }
        other => u16::try_from(u32::from(other)).ok()?,
    })
}

/// `Number.prototype.toString`: the shortest digits that read back, with an exponent from 1e21 and under 1e-6.
/// What is too large for a double is none, which JSON.stringify writes as null.
fn number(out: &mut String, written: &str) -> Option<()> {
    let number: f64 = written.parse().ok()?;
    let size = number.abs();
    if number == 0.0 {
        out.push('0');
    } else if !size.is_finite() {
        out.push_str("null");
    } else if (1e-6..1e21).contains(&size) {
        write!(out, "{number}").ok()?;
    } else {
        let text = format!("{number:e}");
        out.push_str(&if text.contains("e-") { text } else { text.replace('e', "e+") });
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_writes_what_node_writes() {
        // Right-hand sides: node -p 'JSON.stringify(JSON.parse(…))'.
        for (posted, node) in [
            (
                r#"{ "b": 85.0, "a": [ 1.50, -0.0, 1e21, 1e-7, 0.000001, 1E3, -1.5e+300 ] }"#,
                r#"{"b":85,"a":[1.5,0,1e+21,1e-7,0.000001,1000,-1.5e+300]}"#,
            ),
            (r#"{"z":1,"2":"b","10":"c","01":0,"-1":3}"#, r#"{"2":"b","10":"c","z":1,"01":0,"-1":3}"#),
            (r#"{"4294967295":1,"4294967294":2}"#, r#"{"4294967294":2,"4294967295":1}"#),
            (
                r#"{"n":12345678901234567890,"m":[1e400,-1e400,1e-400]}"#,
                r#"{"n":12345678901234567000,"m":[null,null,0]}"#,
            ),
            // Read with an error of one unit in the last place by parsers that do not round correctly.
            (
                r#"[0.6046602879796196,9007199254740993,5e-324,123456789.987654321e-5]"#,
                "[0.6046602879796196,9007199254740992,5e-324,1234.5678998765432]",
            ),
            (r#"{"a":1,"b":2,"a":{"c":[ ]}}"#, r#"{"a":{"c":[]},"b":2}"#),
            (
                r#"{"\u0061":1,"a":2,"__proto__":{"x":1},"constructor":null}"#,
                r#"{"a":2,"__proto__":{"x":1},"constructor":null}"#,
            ),
            (r#""\u00e9\u0001\/\u2028\u007F\b\f""#, "\"é\\u0001/\u{2028}\u{7f}\\b\\f\""),
            (r#"["\ud83d\ude00","\uD83D","\ude00\ud83d","\"\\\t"]"#, r#"["😀","\ud83d","\ude00\ud83d","\"\\\t"]"#),
            (" true ", "true"),
        ] {
            assert_eq!(compact(posted), node);
        }
    }

    #[test]
    fn what_is_no_json_or_nested_without_bounds_stays_as_it_is() {
        let deep = format!("{} {}", "[".repeat(100_000), "]".repeat(100_000));
        for text in ["", "{", "[1,]", "{\"a\" 1}", "nul", "\u{feff}{}", deep.as_str()] {
            assert_eq!(compact(text), text);
        }
    }
}
