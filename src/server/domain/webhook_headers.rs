//! A webhook's own headers: which names and values are taken, and how values stay confidential.

use crate::model::{
    error::FieldErrors,
    webhook::{Header, MASK, MAX_HEADER_VALUE, MAX_HEADERS},
};

/// Longest name, in characters.
const MAX_NAME: usize = 128;

/// Names that the sender sets itself or that steer the connection.
const RESERVED: [&str; 15] = [
    "host",
    "transfer-encoding",
    "connection",
    "cookie",
    "set-cookie",
    "user-agent",
    "te",
    "trailer",
    "upgrade",
    "keep-alive",
    "expect",
    "accept-encoding",
    "http2-settings",
    "date",
    "via",
];
const RESERVED_PREFIXES: [&str; 3] = ["content-", "webhook-", "proxy-"];

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn check_name(name: &str, convention_names: &[String]) -> Result<(), String> {
    if !is_token(name) {
        return Err("A header's name has letters, digits and hyphens, as in X-Team.".into());
    }
    if name.len() > MAX_NAME {
        return Err(format!("A header's name has at most {MAX_NAME} characters."));
    }
    let reserved = RESERVED.contains(&name)
        || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || convention_names.iter().any(|taken| taken.eq_ignore_ascii_case(name));
    if reserved { Err(format!("“{name}” is set by Switchhook itself; choose another name.")) } else { Ok(()) }
}

fn check_value(value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Err("Give a value, or leave the header out. (A change of the URL clears the values.)".into());
    }
    if value.len() > MAX_HEADER_VALUE {
        return Err(format!("A header's value has at most {MAX_HEADER_VALUE} bytes."));
    }
    if !value.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Err("A header's value has visible ASCII characters and spaces only.".into());
    }
    Ok(())
}

/// Checks the headers that were given; a masked value stands for the one in `stored`, if that may still be used.
/// Errors are named `headers.<name>`.
pub fn check(
    given: Vec<Header>,
    stored: &[Header],
    convention_names: &[String],
    errors: &mut FieldErrors,
) -> Vec<Header> {
    if given.len() > MAX_HEADERS {
        errors.add("headers", format!("A webhook has at most {MAX_HEADERS} headers of its own."));
        return Vec::new();
    }
    let mut out: Vec<Header> = Vec::new();
    for Header { name, value } in given {
        let name = name.trim().to_ascii_lowercase();
        let field = format!("headers.{name}");
        if out.iter().any(|h| h.name == name) {
            errors.add(field, "This header is given twice.");
            continue;
        }
        let value = match value.trim() {
            MASK => match stored.iter().find(|h| h.name == name && !h.value.is_empty()) {
                Some(kept) => kept.value.clone(),
                None => {
                    errors.add(field, "The stored value cannot be used here (the URL has changed); type it again.");
                    continue;
                }
            },
            typed => typed.to_owned(),
        };
        errors.take(&field, check_name(&name, convention_names).and_then(|()| check_value(&value)));
        out.push(Header { name, value });
    }
    out
}

/// As shown: names, and a mask for every value. A value that was cleared is empty.
pub fn masked(headers: &[Header]) -> Vec<Header> {
    let mask = |value: &str| if value.is_empty() { String::new() } else { MASK.into() };
    headers.iter().map(|h| Header { name: h.name.clone(), value: mask(&h.value) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::error::AppError;

    fn header(name: &str, value: &str) -> Header {
        Header { name: name.into(), value: value.into() }
    }

    fn errors_of(given: Vec<Header>, stored: &[Header]) -> Vec<String> {
        let mut errors = FieldErrors::default();
        check(given, stored, &["X-Platform-Signature".into()], &mut errors);
        match errors.finish() {
            Err(AppError::Invalid(errors)) => errors.into_iter().map(|e| e.field).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn names_that_the_sender_sets_are_refused() {
        for name in [
            "Host",
            "content-length",
            "Content-Type",
            "transfer-encoding",
            "Connection",
            "webhook-id",
            "Webhook-Signature",
            "cookie",
            "User-Agent",
            "te",
            "trailer",
            "upgrade",
            "keep-alive",
            "proxy-authorization",
            "expect",
            "accept-encoding",
            "x-platform-signature",
        ] {
            assert_eq!(errors_of(vec![header(name, "x")], &[]), [format!("headers.{}", name.to_lowercase())]);
        }
        assert!(errors_of(vec![header("Authorization", "Bearer x"), header("X-Team", "a b")], &[]).is_empty());
    }

    #[test]
    fn what_could_split_a_request_is_refused() {
        for (name, value) in [
            ("x\r\ny", "v"),
            ("x y", "v"),
            ("", "v"),
            ("x:", "v"),
            ("ü", "v"),
            ("x", "a\r\nb"),
            ("x", "a\0b"),
            ("x", "a\tb"),
            ("x", "ü"),
            ("x", ""),
            ("x", "\u{7f}"),
        ] {
            assert_eq!(errors_of(vec![header(name, value)], &[]).len(), 1, "{name:?}: {value:?}");
        }
        let (fits, over) = ("v".repeat(MAX_HEADER_VALUE), "v".repeat(MAX_HEADER_VALUE + 1));
        assert!(errors_of(vec![header("x", &fits)], &[]).is_empty());
        assert_eq!(errors_of(vec![header("x", &over)], &[]), ["headers.x"]);
        assert_eq!(errors_of(vec![header("X-A", "1"), header("x-a", "2")], &[]), ["headers.x-a"]);
        let many = |n: usize| (0..n).map(|i| header(&format!("x-{i}"), "v")).collect::<Vec<_>>();
        assert!(errors_of(many(20), &[]).is_empty());
        assert_eq!(errors_of(many(21), &[]), ["headers"]);
    }

    #[test]
    fn a_masked_value_keeps_the_stored_one_and_is_refused_where_there_is_none() {
        let stored = [header("authorization", "Bearer x"), header("x-cleared", "")];
        let mut errors = FieldErrors::default();
        let kept = check(vec![header("Authorization", MASK)], &stored, &[], &mut errors);
        assert_eq!((kept, errors.finish()), (vec![header("authorization", "Bearer x")], Ok(())));
        assert_eq!(errors_of(vec![header("x-cleared", MASK)], &stored), ["headers.x-cleared"]);
        assert_eq!(masked(&stored), [header("authorization", MASK), header("x-cleared", "")]);
    }
}
