//! Where in a convention's file something is wrong: the line, and the key as it is written in TOML.

use std::ops::Range;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// `line 7, delivery.timeout_seconds: give 1 to 30`.
pub fn sentence(text: &str, span: Option<Range<usize>>, message: &str) -> String {
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some(span) = span else { return message };
    let start = span.start.min(text.len());
    let line = text.as_bytes()[..start].iter().filter(|b| **b == b'\n').count() + 1;
    match key(text, &span) {
        Some(key) => format!("line {line}, {key}: {message}"),
        None => format!("line {line}: {message}"),
    }
}

/// The key whose name or value is the narrowest around the span; where the file is no TOML, what stands
/// before the equals sign of the line.
fn key(text: &str, span: &Range<usize>) -> Option<String> {
    let Ok(document) = DeTable::parse(text) else { return key_of_line(text, span.start) };
    let mut keys = Vec::new();
    collect(document.get_ref(), "", &mut keys);
    let around = keys.into_iter().filter(|(_, place)| place.start <= span.start && span.end <= place.end);
    around.min_by_key(|(_, place)| place.end - place.start).map(|(key, _)| key)
}

fn key_of_line(text: &str, at: usize) -> Option<String> {
    let before = text.get(..at)?.rsplit('\n').next().unwrap_or_default();
    let line = text.get(at - before.len()..)?.lines().next()?;
    let key = line.split_once('=')?.0.trim();
    (!key.is_empty()).then(|| key.to_owned())
}

fn collect(table: &DeTable<'_>, above: &str, keys: &mut Vec<(String, Range<usize>)>) {
    for (name, value) in table.iter() {
        let path = if above.is_empty() { name.get_ref().to_string() } else { format!("{above}.{}", name.get_ref()) };
        keys.push((path.clone(), name.span()));
        inside(value, path, keys);
    }
}

fn inside(value: &Spanned<DeValue<'_>>, path: String, keys: &mut Vec<(String, Range<usize>)>) {
    match value.get_ref() {
        DeValue::Table(table) => collect(table, &path, keys),
        DeValue::Array(items) => items.iter().for_each(|item| inside(item, path.clone(), keys)),
        _ => {}
    }
    keys.push((path, value.span()));
}
