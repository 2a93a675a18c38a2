//! An attempt as a command that a person can run. Secrets never come this far: masked values stay masked.

use super::delivery::Attempt;

/// Bodies above this many bytes are named as a file instead.
const MAX_INLINE: usize = 8 * 1024;

/// `curl` with the attempt's URL, headers and body; headers that curl sets itself are left out.
pub fn curl(attempt: &Attempt, body: &str) -> String {
    let mut out = format!("curl -X POST {}", quoted(&attempt.url));
    let own = |name: &str| matches!(name, "host" | "content-length" | "connection" | "accept-encoding");
    for (name, value) in attempt.request_headers.iter().filter(|(name, _)| !own(name)) {
        out.push_str(" \\\n  -H ");
        out.push_str(&quoted(&format!("{name}: {value}")));
    }
    out.push_str(" \\\n  --data-binary ");
    if body.len() > MAX_INLINE {
        out.push_str("@body.json");
    } else {
        out.push_str(&quoted(body));
    }
    out
}

/// For a POSIX shell: nothing within single quotes has a meaning but the quote itself.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{delivery::*, id::AttemptId, time::Time};

    #[test]
    fn quotes_in_the_body_cannot_leave_their_argument() {
        let attempt = Attempt {
            id: AttemptId::from_bytes([1; 16]),
            number: 1,
            trigger: Trigger::Automatic,
            triggered_by: None,
            started_at: Time(0),
            duration_us: 0,
            outcome: Outcome::Answered,
            detail: None,
            response_code: Some(200),
            url: "https://example.com/it's".into(),
            request_headers: vec![("host".into(), "example.com".into()), ("x-api-key".into(), "••••".into())],
            succeeded: false,
            response_headers: vec![],
            response_body: None,
            response_truncated: false,
        };
        let command = curl(&attempt, r#"{"a":"'; rm -rf ~; '"}"#);
        assert_eq!(
            command,
            "curl -X POST 'https://example.com/it'\\''s' \\\n  -H 'x-api-key: ••••' \\\n  \
             --data-binary '{\"a\":\"'\\''; rm -rf ~; '\\''\"}'"
        );
        assert!(curl(&attempt, &"x".repeat(MAX_INLINE + 1)).ends_with("--data-binary @body.json"));
    }
}
