//! Text with placeholders in double braces, as `{"type":{{type}}}` or `t={{timestamp}}`.

/// A piece of such a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<P> {
    Text(String),
    Value(P),
}

/// Takes a text apart; the error says what stands between braces and is no placeholder.
pub fn parts<P: Copy>(text: &str, known: &[(&str, P)]) -> Result<Vec<Part<P>>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let names = || known.iter().map(|(name, _)| format!("{{{{{name}}}}}")).collect::<Vec<_>>().join(", ");
        let (name, after) =
            after.split_once("}}").ok_or_else(|| format!("a placeholder has no end; there are {}", names()))?;
        let found = known.iter().find(|(known, _)| *known == name.trim());
        let (_, value) =
            found.ok_or_else(|| format!("there is no placeholder {{{{{name}}}}}; there are {}", names()))?;
        parts.push(Part::Text(before.into()));
        parts.push(Part::Value(*value));
        rest = after;
    }
    parts.push(Part::Text(rest.into()));
    parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
    Ok(parts)
}

/// The text that the parts were taken from.
pub fn text<P: PartialEq>(parts: &[Part<P>], known: &[(&str, P)]) -> String {
    let name = |value: &P| known.iter().find(|(_, one)| one == value).map_or("", |(name, _)| *name);
    let written = |part: &Part<P>| match part {
        Part::Text(text) => text.clone(),
        Part::Value(value) => format!("{{{{{}}}}}", name(value)),
    };
    parts.iter().map(written).collect()
}
