//! The form of a webhook as it was typed: kept as it is, so that a form that comes back has lost nothing.

use super::{
    convention::Credential,
    error::{AppError, FieldErrors},
    filter_row::{Comparison, FilterRow, filters_of, rows_of},
    webhook::{EventSelection, Header, MASK, RetryPolicy, Webhook},
};

use serde_json::{Map, Value};

/// Which retry policy was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PolicyChoice {
    /// The convention's schedule.
    #[default]
    Standard,
    /// Delays written out.
    Schedule,
    /// Delays that grow.
    Backoff,
}

impl PolicyChoice {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Schedule => "schedule",
            Self::Backoff => "backoff",
        }
    }
    fn parse(text: &str) -> Self {
        match text {
            "schedule" => Self::Schedule,
            "backoff" => Self::Backoff,
            _ => Self::Standard,
        }
    }
}

/// A line of the headers' table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HeaderRow {
    pub name: String,
    /// Empty beside a saved name keeps the saved value.
    pub value: String,
    /// The name under which a value is saved.
    pub saved: String,
}

/// How fast and how often is sent; each none where the convention's holds, or no bound is set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Timing {
    pub timeout_seconds: Option<u32>,
    pub rate_per_second: Option<u32>,
    pub retry_policy: Option<RetryPolicy>,
}

/// What stands in the form's fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WebhookForm {
    pub url: String,
    pub description: String,
    pub headers: Vec<HeaderRow>,
    pub all_events: bool,
    pub events: Vec<String>,
    /// Groups that were ticked as a whole, where no script ticked their types.
    pub groups: Vec<String>,
    /// Event types that are not in the catalogue, separated by spaces or commas.
    pub more_events: String,
    pub filters: Vec<FilterRow>,
    /// The event that filters are tried against: `type:<name>` for its example, `event:<id>` for one that came.
    pub trial: String,
    pub active: bool,
    /// Whether it was on when the form was opened; none in the form of a new one.
    pub was_active: Option<bool>,
    /// A mark of what it showed when it was opened; none in the form of a new one.
    pub opened: Option<String>,
    /// What was typed into the field that the convention has for one header.
    pub credential: String,
    /// Whether that header has a saved value, which an empty field keeps.
    pub credential_saved: bool,
    /// Whether the saved value is to go.
    pub credential_removed: bool,
    /// What a new webhook is bound to: keys and values.
    pub scope: Vec<(String, String)>,
    /// A new webhook's own secret.
    pub secret: String,
    pub timeout_seconds: String,
    pub rate_per_second: String,
    pub policy: PolicyChoice,
    pub schedule: String,
    pub max_attempts: String,
    pub multiplier: String,
    pub initial_delay: String,
    pub max_delay: String,
}

impl WebhookForm {
    /// An empty form.
    pub fn blank() -> Self {
        Self { all_events: true, active: true, ..Self::default() }
    }

    /// The form of a saved webhook.
    pub fn of(webhook: &Webhook) -> Self {
        let saved = |h: &Header| HeaderRow { name: h.name.clone(), value: String::new(), saved: h.name.clone() };
        let mut form = Self {
            url: webhook.url.clone(),
            description: webhook.description.clone(),
            headers: webhook.headers.iter().map(saved).collect(),
            all_events: webhook.events == EventSelection::All,
            filters: rows_of(&webhook.filters),
            active: webhook.active,
            was_active: Some(webhook.active),
            timeout_seconds: webhook.timeout_seconds.map(|s| s.to_string()).unwrap_or_default(),
            rate_per_second: webhook.rate_per_second.map(|r| r.to_string()).unwrap_or_default(),
            ..Self::default()
        };
        if let EventSelection::Only(types) = &webhook.events {
            form.events = types.clone();
        }
        match &webhook.retry_policy {
            None => {}
            Some(RetryPolicy::Schedule { schedule_seconds }) => {
                form.policy = PolicyChoice::Schedule;
                form.schedule = schedule_seconds.iter().map(|s| written_delay(*s)).collect::<Vec<_>>().join(", ");
            }
            Some(RetryPolicy::Backoff {
                max_attempts,
                backoff_multiplier,
                initial_delay_seconds,
                max_delay_seconds,
            }) => {
                form.policy = PolicyChoice::Backoff;
                form.max_attempts = max_attempts.to_string();
                form.multiplier = backoff_multiplier.to_string();
                form.initial_delay = written_delay(*initial_delay_seconds);
                form.max_delay = written_delay(*max_delay_seconds);
            }
        }
        form
    }

    /// Reads what a browser posted; names that are not of this form are passed over.
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "url" => form.url = value,
                "description" => form.description = value,
                "events_mode" => form.all_events = value == "all",
                "events" => form.events.push(value),
                "group" => form.groups.push(value),
                "more_events" => form.more_events = value,
                "active" => form.active = true,
                "was_active" => form.was_active = Some(value == "on"),
                "opened" => form.opened = Some(value),
                "timeout_seconds" => form.timeout_seconds = value,
                "rate_per_second" => form.rate_per_second = value,
                "policy" => form.policy = PolicyChoice::parse(&value),
                "retry_policy.schedule_seconds" => form.schedule = value,
                "retry_policy.max_attempts" => form.max_attempts = value,
                "retry_policy.backoff_multiplier" => form.multiplier = value,
                "retry_policy.initial_delay_seconds" => form.initial_delay = value,
                "retry_policy.max_delay_seconds" => form.max_delay = value,
                "header_name" => form.headers.push(HeaderRow { name: value, ..HeaderRow::default() }),
                "header_value" => form.headers.last_mut().into_iter().for_each(|row| row.value.clone_from(&value)),
                "filter_key" => form.filters.push(FilterRow { key: value, ..FilterRow::default() }),
                "filter_is" => {
                    form.filters.last_mut().into_iter().for_each(|row| row.comparison = Comparison::parse(&value));
                }
                "filter_value" => form.filters.last_mut().into_iter().for_each(|row| row.value.clone_from(&value)),
                "trial" => form.trial = value,
                "credential" => form.credential = value,
                "credential_saved" => form.credential_saved = true,
                "credential_remove" => form.credential_removed = true,
                "secret" => form.secret = value,
                "header_saved" => form.headers.last_mut().into_iter().for_each(|row| row.saved.clone_from(&value)),
                other => {
                    if let Some(key) = other.strip_prefix("scope.") {
                        form.scope.push((key.to_owned(), value));
                    }
                }
            }
        }
        form.filters.retain(|row| !row.is_blank());
        form.headers.retain(|row| !(row.name.trim().is_empty() && row.value.is_empty()));
        form
    }

    /// Every chosen type, in the order of the form; none stands for all.
    pub fn chosen_events(&self, group_of: impl Fn(&str) -> Vec<String>) -> Option<Vec<String>> {
        if self.all_events {
            return None;
        }
        let typed = self.more_events.split([',', ' ', '\n', '\r', '\t']).filter(|t| !t.is_empty()).map(str::to_owned);
        let mut chosen: Vec<String> = Vec::new();
        for name in self.events.iter().cloned().chain(self.groups.iter().flat_map(|g| group_of(g))).chain(typed) {
            if !chosen.contains(&name) {
                chosen.push(name);
            }
        }
        Some(chosen)
    }

    /// The headers, with the mask where the saved value stays.
    pub fn chosen_headers(&self) -> Vec<Header> {
        let value = |row: &HeaderRow| {
            let keeps =
                row.value.is_empty() && !row.saved.is_empty() && row.saved.eq_ignore_ascii_case(row.name.trim());
            if keeps { MASK.to_owned() } else { row.value.clone() }
        };
        self.headers.iter().map(|row| Header { name: row.name.clone(), value: value(row) }).collect()
    }

    /// The headers, that of the convention's own field among them.
    pub fn headers_with(&self, credential: Option<&Credential>) -> Vec<Header> {
        let mut headers = self.chosen_headers();
        if let Some(field) = credential {
            let typed = field.value(&self.credential);
            let value = if typed.is_empty() && self.credential_saved { MASK.to_owned() } else { typed };
            if !value.is_empty() && !self.credential_removed {
                headers.push(Header { name: field.header.clone(), value });
            }
        }
        headers
    }

    /// Moves the saved value of the convention's own header from the rows to its field.
    pub fn with_credential(mut self, credential: Option<&Credential>) -> Self {
        if let Some(field) = credential {
            let is_own = |row: &HeaderRow| row.saved == field.header;
            self.credential_saved |= self.headers.iter().any(is_own);
            self.headers.retain(|row| !is_own(row));
        }
        self
    }

    /// The filters; tells all that cannot be one.
    pub fn chosen_filters(&self) -> Result<Map<String, Value>, AppError> {
        let mut errors = FieldErrors::default();
        let filters = filters_of(&self.filters, &mut errors);
        errors.finish().map(|()| filters)
    }

    /// How fast and how often is sent; tells all that is no number or time.
    pub fn timing(&self) -> Result<Timing, AppError> {
        let mut errors = FieldErrors::default();
        let mut number = |field: &str, text: &str, message: &str| {
            let text = Some(text.trim()).filter(|text| !text.is_empty())?;
            errors.take(field, text.parse::<u32>().map_err(|_| message.to_owned()))
        };
        let timeout_seconds = number("timeout_seconds", &self.timeout_seconds, "Give 1 to 30 seconds.");
        let rate_per_second =
            number("rate_per_second", &self.rate_per_second, "Give 1 to 10,000 events per second, or nothing.");
        let mut delay =
            |field: &str, text: &str| errors.take(&format!("retry_policy.{field}"), delay(text)).unwrap_or(0);
        let retry_policy = match self.policy {
            PolicyChoice::Standard => None,
            PolicyChoice::Schedule => {
                let parts = self.schedule.split([',', ';', '\n']).map(str::trim).filter(|p| !p.is_empty());
                let schedule_seconds = parts.map(|part| delay("schedule_seconds", part)).collect();
                Some(RetryPolicy::Schedule { schedule_seconds })
            }
            PolicyChoice::Backoff => {
                let initial_delay_seconds = delay("initial_delay_seconds", &self.initial_delay);
                let max_delay_seconds = delay("max_delay_seconds", &self.max_delay);
                let attempts = self.max_attempts.trim().parse().map_err(|_| "Give a number, as 5.".to_owned());
                let factor = self.multiplier.trim().parse().map_err(|_| "Give a number, as 2.".to_owned());
                let max_attempts = errors.take("retry_policy.max_attempts", attempts).unwrap_or(1);
                let backoff_multiplier = errors.take("retry_policy.backoff_multiplier", factor).unwrap_or(1.0);
                Some(RetryPolicy::Backoff {
                    max_attempts,
                    backoff_multiplier,
                    initial_delay_seconds,
                    max_delay_seconds,
                })
            }
        };
        errors.finish().map(|()| Timing { timeout_seconds, rate_per_second, retry_policy })
    }
}

/// Reads `90`, `30 s`, `5 min`, `2 h` or `1 day` as seconds.
fn delay(text: &str) -> Result<u32, String> {
    let wrong = || format!("“{}” is no length of time; write it as 30 s, 5 min, 2 h or 1 d.", text.trim());
    let text = text.trim().to_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "" | "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        _ => return Err(wrong()),
    };
    number.parse::<u32>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(wrong)
}

/// Seconds as they are typed: `30 s`, `5 min`, `2 h`.
fn written_delay(seconds: u32) -> String {
    match seconds {
        s if s > 0 && s % 86_400 == 0 => format!("{} d", s / 86_400),
        s if s > 0 && s % 3_600 == 0 => format!("{} h", s / 3_600),
        s if s > 0 && s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(pairs: &[(&str, &str)]) -> WebhookForm {
        WebhookForm::from_pairs(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn an_empty_value_beside_a_saved_name_keeps_it_and_a_cleared_name_drops_it() {
        let form = posted(&[
            ("header_name", "Authorization"),
            ("header_value", ""),
            ("header_saved", "authorization"),
            ("header_name", ""),
            ("header_value", ""),
            ("header_saved", "x-old"),
            ("header_name", "X-New"),
            ("header_value", "1"),
            ("header_saved", ""),
        ]);
        let headers = form.chosen_headers();
        assert_eq!(headers[0], Header { name: "Authorization".into(), value: MASK.into() });
        assert_eq!(headers[1], Header { name: "X-New".into(), value: "1".into() });
        assert_eq!(headers.len(), 2);
    }

    #[test]
    fn types_come_from_boxes_groups_and_free_text_each_once() {
        let form =
            posted(&[("events_mode", "only"), ("events", "a.b"), ("group", "Calls"), ("more_events", "a.b, x.y")]);
        let chosen = form.chosen_events(|_| vec!["call.started".into()]);
        assert_eq!(chosen, Some(vec!["a.b".into(), "call.started".into(), "x.y".into()]));
        assert_eq!(posted(&[("events_mode", "all"), ("events", "a.b")]).chosen_events(|_| vec![]), None);
        assert_eq!(posted(&[("events_mode", "only")]).chosen_events(|_| vec![]), Some(vec![]));
    }

    #[test]
    fn delays_are_read_with_their_units_and_what_is_none_is_named() {
        let form = posted(&[("policy", "schedule"), ("retry_policy.schedule_seconds", "30, 5 min, 2h, 1 day")]);
        let policy = form.timing().unwrap().retry_policy;
        assert_eq!(policy, Some(RetryPolicy::Schedule { schedule_seconds: vec![30, 300, 7_200, 86_400] }));
        let wrong = posted(&[
            ("policy", "backoff"),
            ("timeout_seconds", "soon"),
            ("rate_per_second", "fast"),
            ("retry_policy.max_attempts", "5"),
        ]);
        let Err(AppError::Invalid(errors)) = wrong.timing() else { panic!("accepted") };
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        let expected =
            ["initial_delay_seconds", "max_delay_seconds", "backoff_multiplier"].map(|f| format!("retry_policy.{f}"));
        assert_eq!(fields[..2], ["timeout_seconds", "rate_per_second"]);
        assert_eq!(fields[2..], expected);
    }

    #[test]
    fn a_saved_schedule_reads_back_as_it_was_written() {
        for seconds in [0, 5, 90, 300, 7_200, 86_400] {
            assert_eq!(delay(&written_delay(seconds)), Ok(seconds));
        }
    }
}
