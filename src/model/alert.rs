//! Who is told when webhooks fail, of what, and how often.

use super::{
    error::{AppError, FieldErrors},
    event::parse_event_type,
    id::UserId,
};

/// Longest list of event types that are watched.
const MAX_TYPES: usize = 50;
/// Days of failures after which an organization is warned that a webhook will be switched off.
pub const WARNED_AFTER_DAYS: [i64; 2] = [1, 3];
/// Choices of how long one webhook and cause is not told again: seconds and words.
pub const PAUSES: [(u32, &str); 4] =
    [(900, "15 minutes"), (3_600, "1 hour"), (21_600, "6 hours"), (86_400, "24 hours")];
/// Choices of how many days of failures switch a webhook off; none for never.
pub const DISABLE_AFTER: [(Option<u32>, &str); 6] = [
    (Some(2), "After 2 days of failures only"),
    (Some(5), "After 5 days of failures only"),
    (Some(7), "After 7 days of failures only"),
    (Some(14), "After 14 days of failures only"),
    (Some(30), "After 30 days of failures only"),
    (None, "Never"),
];

/// The settings of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertSettings {
    pub mail_to: Vec<UserId>,
    /// The chat's host, where one is set.
    pub chat_hint: Option<String>,
    /// Failed attempts in a row.
    pub repeated_after: Option<u32>,
    /// Per cent, of the last hour.
    pub rate_below: Option<u32>,
    pub event_types: Vec<String>,
    pub on_disabled: bool,
    pub on_recovered: bool,
    pub pause_seconds: u32,
    pub disable_after_days: Option<u32>,
}

impl AlertSettings {
    /// What holds until somebody settles it: owners are told of what needs them.
    pub fn usual(owners: Vec<UserId>) -> Self {
        Self {
            mail_to: owners,
            chat_hint: None,
            repeated_after: Some(10),
            rate_below: None,
            event_types: Vec::new(),
            on_disabled: true,
            on_recovered: true,
            pause_seconds: 3_600,
            disable_after_days: Some(5),
        }
    }
}

/// The form, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertForm {
    pub mail_to: Vec<String>,
    /// Empty keeps what is saved.
    pub chat_url: String,
    pub chat_remove: bool,
    pub on_repeated: bool,
    pub repeated_after: String,
    pub on_rate: bool,
    pub rate_below: String,
    /// Separated by spaces or commas.
    pub event_types: String,
    pub on_disabled: bool,
    pub on_recovered: bool,
    pub pause_seconds: String,
    /// Empty for never.
    pub disable_after_days: String,
}

impl AlertForm {
    pub fn of(settings: &AlertSettings) -> Self {
        let number = |n: Option<u32>, usual: u32| n.unwrap_or(usual).to_string();
        Self {
            mail_to: settings.mail_to.iter().map(ToString::to_string).collect(),
            chat_url: String::new(),
            chat_remove: false,
            on_repeated: settings.repeated_after.is_some(),
            repeated_after: number(settings.repeated_after, 10),
            on_rate: settings.rate_below.is_some(),
            rate_below: number(settings.rate_below, 90),
            event_types: settings.event_types.join(" "),
            on_disabled: settings.on_disabled,
            on_recovered: settings.on_recovered,
            pause_seconds: settings.pause_seconds.to_string(),
            disable_after_days: settings.disable_after_days.map(|days| days.to_string()).unwrap_or_default(),
        }
    }

    /// Reads what a browser posted.
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "mail_to" => form.mail_to.push(value),
                "chat_url" => form.chat_url = value.trim().to_owned(),
                "chat_remove" => form.chat_remove = true,
                "on_repeated" => form.on_repeated = true,
                "repeated_after" => form.repeated_after = value,
                "on_rate" => form.on_rate = true,
                "rate_below" => form.rate_below = value,
                "event_types" => form.event_types = value,
                "on_disabled" => form.on_disabled = true,
                "on_recovered" => form.on_recovered = true,
                "pause_seconds" => form.pause_seconds = value,
                "disable_after_days" => form.disable_after_days = value,
                _ => {}
            }
        }
        form
    }

    /// The settings; tells all that cannot be read. The chat is looked at by whoever can send.
    pub fn settings(&self, chat_hint: Option<String>) -> Result<AlertSettings, AppError> {
        let mut errors = FieldErrors::default();
        let mut number = |field: &str, on: bool, text: &str, bounds: std::ops::RangeInclusive<u32>| {
            let read = text.trim().parse().ok().filter(|n| bounds.contains(n));
            let read = read.ok_or_else(|| format!("Give a number from {} to {}.", bounds.start(), bounds.end()));
            on.then(|| errors.take(field, read)).flatten()
        };
        let repeated_after = number("repeated_after", self.on_repeated, &self.repeated_after, 2..=1_000);
        let rate_below = number("rate_below", self.on_rate, &self.rate_below, 1..=100);
        let pause_seconds = PAUSES.iter().map(|(seconds, _)| *seconds).find(|s| s.to_string() == self.pause_seconds);
        if pause_seconds.is_none() {
            errors.add("pause_seconds", "Choose one of the list.");
        }
        let days = DISABLE_AFTER.iter().map(|(days, _)| *days);
        let chosen = days.into_iter().find(|d| d.map(|d| d.to_string()).unwrap_or_default() == self.disable_after_days);
        if chosen.is_none() {
            errors.add("disable_after_days", "Choose one of the list.");
        }
        let event_types = self.types(&mut errors);
        errors.finish()?;
        Ok(AlertSettings {
            mail_to: self.mail_to.iter().filter_map(|id| id.parse().ok()).collect(),
            chat_hint,
            repeated_after,
            rate_below,
            event_types,
            on_disabled: self.on_disabled,
            on_recovered: self.on_recovered,
            pause_seconds: pause_seconds.unwrap_or(3_600),
            disable_after_days: chosen.flatten(),
        })
    }

    fn types(&self, errors: &mut FieldErrors) -> Vec<String> {
        let typed = self.event_types.split([',', ' ', '\n', '\r', '\t']).filter(|t| !t.is_empty());
        let mut types: Vec<String> = Vec::new();
        for name in typed {
            if errors.take("event_types", parse_event_type(name).map(drop)).is_some() && !types.contains(&name.into()) {
                types.push(name.into());
            }
        }
        if types.len() > MAX_TYPES {
            errors.add("event_types", format!("Give at most {MAX_TYPES} event types."));
        }
        types
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_reads_back_what_it_was_made_of_and_names_what_is_wrong() {
        let settings = AlertSettings {
            rate_below: Some(95),
            event_types: vec!["call.failed".into(), "batch.failed".into()],
            disable_after_days: None,
            ..AlertSettings::usual(vec![UserId::from_bytes([1; 16])])
        };
        let form = AlertForm::of(&settings);
        assert_eq!(form.settings(None), Ok(settings));
        let wrong = AlertForm {
            on_rate: true,
            rate_below: "101".into(),
            pause_seconds: "1".into(),
            event_types: "a b! c".into(),
            disable_after_days: "6".into(),
            ..form
        };
        let Err(AppError::Invalid(errors)) = wrong.settings(None) else { panic!("accepted") };
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["rate_below", "pause_seconds", "disable_after_days", "event_types"]);
    }
}
