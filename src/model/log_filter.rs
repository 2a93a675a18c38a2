//! What the log of deliveries is filtered by; the same words in the API and in the page's URL.

#[cfg(feature = "ssr")]
use super::error::*;
use super::{delivery::*, id::*, time::Time};
use serde::{Deserialize, Serialize};

/// The filter as it stands in a URL: every part is text, empty means not given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct LogQuery {
    pub webhook_id: String,
    pub event_type: String,
    /// success, failed, pending or skipped
    pub status: String,
    /// A code (`404`) or a class (`4xx`).
    pub response_code: String,
    /// An outcome's word, or `status`.
    pub error: String,
    pub from: String,
    pub to: String,
    pub event_id: String,
    /// A delivery's or an event's id (pages only).
    pub id: String,
    pub limit: String,
    pub cursor: String,
}

impl LogQuery {
    /// Of a name that comes twice the last counts; other names are passed over.
    pub fn from_pairs(pairs: impl Iterator<Item = (String, String)>) -> Self {
        let mut query = Self::default();
        for (name, value) in pairs {
            let field = match name.as_str() {
                "webhook_id" => &mut query.webhook_id,
                "event_type" => &mut query.event_type,
                "status" => &mut query.status,
                "response_code" => &mut query.response_code,
                "error" => &mut query.error,
                "from" => &mut query.from,
                "to" => &mut query.to,
                "event_id" => &mut query.event_id,
                "id" => &mut query.id,
                "limit" => &mut query.limit,
                "cursor" => &mut query.cursor,
                _ => continue,
            };
            value.trim().clone_into(field);
        }
        query
    }
}

/// A response code or a class of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFilter {
    Exactly(u16),
    /// 2 for 200–299.
    Class(u16),
}

impl CodeFilter {
    /// 2 for 200–299.
    pub fn class(self) -> u16 {
        match self {
            Self::Exactly(code) => code / 100,
            Self::Class(class) => class,
        }
    }
}

/// Which failures to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorFilter {
    /// The receiver answered with no success.
    Status,
    Outcome(Outcome),
}

/// The filter, parsed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogFilter {
    pub webhook_id: Option<WebhookId>,
    pub event_type: Option<String>,
    pub status: Option<DeliveryStatus>,
    pub response_code: Option<CodeFilter>,
    pub error: Option<ErrorFilter>,
    /// Created at or after.
    pub from: Option<Time>,
    /// Created before.
    pub to: Option<Time>,
    pub event_id: Option<String>,
    pub delivery_id: Option<DeliveryId>,
}

fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|t| !t.is_empty())
}

/// Reads `404` or `4xx`.
pub fn parse_code(text: &str) -> Result<CodeFilter, String> {
    let bad = || "Give a response code as 404 or a class as 4xx.".to_string();
    if let Some(class) = text.strip_suffix("xx") {
        let class: u16 = class.parse().map_err(|_| bad())?;
        return if (1..=5).contains(&class) { Ok(CodeFilter::Class(class)) } else { Err(bad()) };
    }
    let code: u16 = text.parse().map_err(|_| bad())?;
    if (100..=999).contains(&code) { Ok(CodeFilter::Exactly(code)) } else { Err(bad()) }
}

#[cfg(feature = "ssr")]
fn parse_error(text: &str) -> Result<ErrorFilter, String> {
    if text == ERROR_STATUS {
        return Ok(ErrorFilter::Status);
    }
    Outcome::parse(text).map(ErrorFilter::Outcome).ok_or_else(|| {
        let words: Vec<_> = Outcome::ALL.iter().map(|o| o.as_str()).collect();
        format!("Give one of: status, {}.", words.join(", "))
    })
}

impl LogQuery {
    /// Whether anything narrows the list.
    pub fn is_filtered(&self) -> bool {
        let rest = Self { limit: String::new(), cursor: String::new(), ..self.clone() };
        rest != Self::default()
    }
    /// The page size: 1–100, default 50.
    pub fn limit(&self) -> Result<u32, String> {
        match given(&self.limit) {
            None => Ok(50),
            Some(text) => {
                text.parse().ok().filter(|n| (1..=100).contains(n)).ok_or("Give a number from 1 to 100.".into())
            }
        }
    }
    /// What narrows the list, for the audit log.
    #[cfg(feature = "ssr")]
    pub fn told(&self) -> std::collections::BTreeMap<&'static str, &str> {
        self.to_pairs().into_iter().collect()
    }
    /// As a query string without the cursor, for links to further pages.
    pub fn to_pairs(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("webhook_id", &self.webhook_id),
            ("event_type", &self.event_type),
            ("status", &self.status),
            ("response_code", &self.response_code),
            ("error", &self.error),
            ("from", &self.from),
            ("to", &self.to),
            ("event_id", &self.event_id),
            ("id", &self.id),
            ("limit", &self.limit),
        ];
        all.into_iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| (k, v.as_str())).collect()
    }
}

#[cfg(feature = "ssr")]
impl LogQuery {
    /// Parses every part; all that is wrong is told at once, by field.
    pub fn parse(&self) -> Result<LogFilter, AppError> {
        let mut errors = FieldErrors::default();
        let mut time = |field: &str, text: &str| {
            let parsed = given(text)
                .map(|t| Time::parse(t).ok_or_else(|| "Give a date or a time as 2026-11-21T12:00:00Z.".to_string()));
            parsed.and_then(|result| errors.take(field, result))
        };
        let (from, to) = (time("from", &self.from), time("to", &self.to));
        let filter = LogFilter {
            webhook_id: given(&self.webhook_id)
                .and_then(|t| errors.take("webhook_id", t.parse::<WebhookId>().map_err(|e| e.to_string()))),
            event_type: given(&self.event_type).map(str::to_owned),
            status: given(&self.status).and_then(|t| {
                let parsed = DeliveryStatus::parse(t).ok_or("Give success, failed, pending or skipped.".into());
                errors.take("status", parsed)
            }),
            response_code: given(&self.response_code).and_then(|t| errors.take("response_code", parse_code(t))),
            error: given(&self.error).and_then(|t| errors.take("error", parse_error(t))),
            from,
            to,
            event_id: given(&self.event_id).or(given(&self.id).filter(|t| !t.starts_with("dlv_"))).map(str::to_owned),
            delivery_id: given(&self.id)
                .filter(|t| t.starts_with("dlv_"))
                .and_then(|t| errors.take("id", t.parse::<DeliveryId>().map_err(|e| e.to_string()))),
        };
        errors.take("limit", self.limit());
        errors.finish().map(|()| filter)
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_part_is_named() {
        let query =
            LogQuery { status: "lost".into(), response_code: "6xx".into(), limit: "0".into(), ..Default::default() };
        let Err(AppError::Invalid(errors)) = query.parse() else { panic!("accepted") };
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["status", "response_code", "limit"]);
    }

    #[test]
    fn a_code_or_a_class_of_codes_can_be_asked_for() {
        assert_eq!(parse_code("404"), Ok(CodeFilter::Exactly(404)));
        assert_eq!(parse_code("5xx"), Ok(CodeFilter::Class(5)));
        assert!(parse_code("abc").is_err());
    }
}
