//! Why attempts failed, as the recorder counts it: an outcome's word or a response code.

use super::{
    delivery::Outcome,
    explain::{status::phrase, steps::steps},
};

/// One cause and how often it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    kind: Kind,
    pub count: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Outcome(Outcome),
    Code(u16),
}

impl Cause {
    /// From the word behind `cause:`; none for a word of another version.
    pub fn read(word: &str, count: u64) -> Option<Self> {
        let kind = match word.parse::<u16>() {
            Ok(code) => Kind::Code(code),
            Err(_) => Kind::Outcome(Outcome::parse(word)?),
        };
        Some(Self { kind, count })
    }
    /// For people, the kind of failure first.
    pub fn label(&self) -> String {
        let text = match self.kind {
            Kind::Code(code) => return coded(code),
            Kind::Outcome(outcome) => match outcome {
                Outcome::Timeout => "Timeout: no complete answer in time",
                Outcome::Dns => "Unreachable: the name was not found",
                Outcome::Connect => "Unreachable: no connection",
                Outcome::Reset => "Unreachable: the connection was cut",
                Outcome::Tls => "TLS: no secure connection",
                Outcome::RefusedAddress => "Refused address: private or not allowed",
                Outcome::Protocol => "No valid HTTP answer",
                Outcome::Interrupted => "Interrupted by a restart of Switchhook",
                Outcome::Internal | Outcome::Answered => "A fault of Switchhook itself",
            },
        };
        text.into()
    }
    /// What the log is filtered by to see these attempts' deliveries.
    pub fn query(&self) -> String {
        match self.kind {
            Kind::Code(code) => format!("response_code={code}"),
            Kind::Outcome(outcome) => format!("error={}", outcome.as_str()),
        }
    }
    /// What to check.
    pub fn steps(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Code(code) => steps(Outcome::Answered, Some(code)),
            Kind::Outcome(outcome) => steps(outcome, None),
        }
    }
}

fn coded(code: u16) -> String {
    let named = format!("{code} {}", phrase(code));
    let named = named.trim_end();
    match code {
        400 | 413 | 415 | 422 => format!("Rejected payload: {named}"),
        300..400 => format!("Redirect: {named}"),
        401 | 403 => format!("Not let in: {named}"),
        _ => format!("Answered {named}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_said_in_words_and_lead_to_their_deliveries() {
        let cause = |word: &str| Cause::read(word, 3).unwrap();
        assert_eq!(cause("timeout").label(), "Timeout: no complete answer in time");
        assert_eq!(cause("503").label(), "Answered 503 Service Unavailable");
        assert_eq!(cause("422").label(), "Rejected payload: 422 Unprocessable Content");
        assert_eq!((cause("tls").query(), cause("404").query()), ("error=tls".into(), "response_code=404".into()));
        assert_eq!(Cause::read("of-a-later-version", 1), None);
    }
}
