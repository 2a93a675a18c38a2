//! Writing query strings for links; reading them is the server's and the browser's own work.

/// `?a=1&b=x%20y`, or nothing where there are no pairs.
pub fn query_string(pairs: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        out.push(if out.is_empty() { '?' } else { '&' });
        escape(name, &mut out);
        out.push('=');
        escape(value, &mut out);
    }
    out
}

/// Percent-encodes all but letters, digits and `-._~` (RFC 3986, unreserved).
fn escape(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_could_end_a_value_is_escaped() {
        assert_eq!(query_string(&[]), "");
        assert_eq!(query_string(&[("a", "1"), ("b", "x y&=é")]), "?a=1&b=x%20y%26%3D%C3%A9");
    }
}
