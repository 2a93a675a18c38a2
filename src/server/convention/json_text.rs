//! A way through the text of valid JSON that leaves every value as it was written: parsing and writing it
//! again would change large numbers, escapes and repeated keys.

/// A place in a text. Every step is none where the text is no JSON; nothing here panics.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }
    /// The next byte that is no white space.
    pub fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }
    /// Steps over this byte, if it is the next.
    pub fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }
    /// Whether nothing but white space is left.
    pub fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }
    /// A text with its quotes, as it was written.
    pub fn string(&mut self) -> Option<&'a str> {
        if !self.take(b'"') {
            return None;
        }
        let start = self.at - 1;
        loop {
            match self.text.as_bytes().get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.text.get(start..self.at)
    }
    /// A number, `true`, `false` or `null`, as it was written.
    pub fn word(&mut self) -> Option<&'a str> {
        self.peek()?;
        let start = self.at;
        let ends = |b: &u8| matches!(b, b',' | b']' | b'}' | b':' | b' ' | b'\n' | b'\r' | b'\t' | b'"' | b'[' | b'{');
        let rest = &self.text.as_bytes()[start..];
        self.at += rest.iter().position(ends).unwrap_or(rest.len());
        self.text.get(start..self.at).filter(|word| !word.is_empty())
    }
    /// A whole value, as it was written.
    pub fn value(&mut self) -> Option<&'a str> {
        self.peek()?;
        let (start, mut depth) = (self.at, 0_usize);
        loop {
            match self.peek()? {
                b'"' => drop(self.string()?),
                b'[' | b'{' => {
                    depth += 1;
                    self.at += 1;
                }
                b']' | b'}' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => self.at += 1,
                _ => drop(self.word()?),
            }
            if depth == 0 {
                return self.text.get(start..self.at);
            }
        }
    }
}

/// The members of an object: keys with their quotes and values, both as they were written. None where the
/// text is no object.
pub fn members(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut reader = Reader::new(text);
    let mut members = Vec::new();
    if !reader.take(b'{') {
        return None;
    }
    while !reader.take(b'}') {
        if !members.is_empty() && !reader.take(b',') {
            return None;
        }
        reader.peek()?;
        let key = reader.string()?;
        if !reader.take(b':') {
            return None;
        }
        members.push((key, reader.value()?));
    }
    reader.is_at_end().then_some(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stay_as_they_were_written() {
        let text = r#" { "a" : 1.0 , "b":[1, {"x": "}"}], "\u00e9\"":"," , "a":{ } } "#;
        let found = members(text).unwrap();
        assert_eq!(
            found,
            [("\"a\"", "1.0"), ("\"b\"", r#"[1, {"x": "}"}]"#), (r#""\u00e9\"""#, "\",\""), ("\"a\"", "{ }")]
        );
        assert_eq!(members("{}"), Some(vec![]));
        for none in ["[1]", "5", "", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{1:2}", "{\"a\":1}x", "\"\\", "{\"a\":}"] {
            assert_eq!(members(none), None, "{none}");
        }
    }
}
