//! What a webhook's fields may hold; each sentence says what to give instead.

use crate::{
    model::{
        error::FieldErrors,
        event::parse_event_type,
        webhook::{MAX_DELAY, MAX_SCHEDULE, MAX_URL, RATE_PER_SECOND, RetryPolicy, TIMEOUT_SECONDS},
    },
    server::env::Env,
};

/// Longest description, in characters.
pub const MAX_DESCRIPTION: usize = 1_000;
/// Most event types of one webhook.
const MAX_EVENTS: usize = 500;
/// Most attempts of one delivery.
pub const MAX_ATTEMPTS: u32 = 100;

/// The URL in its canonical form, as a browser would read it, without a fragment.
pub fn url(env: &Env, text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Give the address that should receive the events, as https://example.com/webhooks.".into());
    }
    if text.chars().count() > MAX_URL {
        return Err(format!("A URL has at most {MAX_URL} characters."));
    }
    // Browsers drop these; a person should see what is sent to before it is saved.
    if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err("A URL has no spaces, line breaks or backslashes; check what was pasted.".into());
    }
    let mut parsed = url::Url::parse(text)
        .map_err(|_| "This is no whole address; give one like https://example.com/webhooks.".to_string())?;
    parsed.set_fragment(None);
    env.sender.check_url(parsed.as_str())?;
    if parsed.as_str().len() > MAX_URL {
        return Err(format!("A URL has at most {MAX_URL} characters once it is written out in full."));
    }
    Ok(parsed.into())
}

/// Scheme, host and port: whom the stored header values were typed for.
pub fn receiver(url: &str) -> String {
    url::Url::parse(url).map(|u| u.origin().ascii_serialization()).unwrap_or_default()
}

pub fn description(text: &str) -> Result<String, String> {
    if text.chars().count() > MAX_DESCRIPTION {
        return Err(format!("A description has at most {MAX_DESCRIPTION} characters."));
    }
    if text.contains('\0') {
        return Err("A description has no NUL characters.".into());
    }
    Ok(text.trim().replace("\r\n", "\n"))
}

/// The event types to take; none takes all, as does a list that holds “*”. `exists` says whether the
/// organization's catalogue has, or is open to, a type.
pub fn events(
    given: Option<Vec<String>>,
    exists: impl Fn(&str) -> bool,
    errors: &mut FieldErrors,
) -> Option<Vec<String>> {
    let list = given.filter(|list| !list.iter().any(|name| name == "*"))?;
    if list.is_empty() || list.len() > MAX_EVENTS {
        let message = format!("Choose 1 to {MAX_EVENTS} event types, or [\"*\"] for all of them.");
        errors.add("events", message);
    }
    let mut out: Vec<String> = Vec::with_capacity(list.len().min(MAX_EVENTS));
    for name in list.into_iter().take(MAX_EVENTS) {
        if let Err(message) = parse_event_type(&name) {
            errors.add("events", message);
        } else if !exists(&name) {
            errors.add("events", format!("“{name}” is not in the catalogue of event types."));
        } else if !out.contains(&name) {
            out.push(name);
        }
    }
    Some(out)
}

pub fn timeout_seconds(seconds: u32) -> Result<u32, String> {
    if TIMEOUT_SECONDS.contains(&seconds) { Ok(seconds) } else { Err("Give 1 to 30 seconds.".into()) }
}

pub fn rate_per_second(rate: u32) -> Result<u32, String> {
    if RATE_PER_SECOND.contains(&rate) { Ok(rate) } else { Err("Give 1 to 10,000 events per second.".into()) }
}

/// Bounds of a retry policy; errors are named by the field's path.
pub fn retry_policy(policy: &RetryPolicy, errors: &mut FieldErrors) {
    let mut delay = |field: &str, seconds: u32| {
        if seconds > MAX_DELAY {
            errors.add(format!("retry_policy.{field}"), format!("Give at most {MAX_DELAY} seconds (seven days)."));
        }
    };
    match policy {
        RetryPolicy::Schedule { schedule_seconds } => {
            schedule_seconds.iter().for_each(|seconds| delay("schedule_seconds", *seconds));
            if schedule_seconds.len() > MAX_SCHEDULE {
                let message = format!("Give at most {MAX_SCHEDULE} delays.");
                errors.add("retry_policy.schedule_seconds", message);
            }
        }
        RetryPolicy::Backoff { max_attempts, backoff_multiplier, initial_delay_seconds, max_delay_seconds } => {
            delay("initial_delay_seconds", *initial_delay_seconds);
            delay("max_delay_seconds", *max_delay_seconds);
            if !(1..=MAX_ATTEMPTS).contains(max_attempts) {
                errors
                    .add("retry_policy.max_attempts", format!("Give 1 to {MAX_ATTEMPTS}, the first attempt included."));
            }
            if !(1.0..=10.0).contains(backoff_multiplier) {
                errors.add("retry_policy.backoff_multiplier", "Give a number from 1 to 10.");
            }
            if max_delay_seconds < initial_delay_seconds {
                errors.add("retry_policy.max_delay_seconds", "Give at least the initial delay.");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::error::AppError;

    fn fields(check: impl FnOnce(&mut FieldErrors)) -> Vec<String> {
        let mut errors = FieldErrors::default();
        check(&mut errors);
        match errors.finish() {
            Err(AppError::Invalid(errors)) => errors.into_iter().map(|e| e.field).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn missing_events_and_a_star_take_all_and_an_empty_list_is_an_error() {
        let mut errors = FieldErrors::default();
        assert_eq!(events(None, |_| true, &mut errors), None);
        assert_eq!(events(Some(vec!["*".into()]), |_| true, &mut errors), None);
        assert_eq!(events(Some(vec!["a".into(), "a".into()]), |_| true, &mut errors), Some(vec!["a".into()]));
        assert_eq!(errors.finish(), Ok(()));
        assert_eq!(fields(|e| drop(events(Some(vec![]), |_| true, e))), ["events"]);
        assert_eq!(fields(|e| drop(events(Some(vec!["not a type".into()]), |_| true, e))), ["events"]);
    }

    #[test]
    fn an_unknown_event_type_is_an_error_only_where_the_catalogue_is_closed() {
        let closed = |name: &str| name == "call.completed";
        assert_eq!(fields(|e| drop(events(Some(vec!["x.y".into()]), closed, e))), ["events"]);
        assert!(fields(|e| drop(events(Some(vec!["x.y".into()]), |_| true, e))).is_empty());
    }

    #[test]
    fn a_retry_policy_keeps_its_bounds_and_names_the_part_that_does_not() {
        let policy = |n, factor, initial, longest| RetryPolicy::Backoff {
            max_attempts: n,
            backoff_multiplier: factor,
            initial_delay_seconds: initial,
            max_delay_seconds: longest,
        };
        assert!(fields(|e| retry_policy(&policy(5, 2.0, 60, 3_600), e)).is_empty());
        assert_eq!(fields(|e| retry_policy(&policy(0, 2.0, 60, 3_600), e)), ["retry_policy.max_attempts"]);
        assert_eq!(fields(|e| retry_policy(&policy(5, 0.5, 60, 3_600), e)), ["retry_policy.backoff_multiplier"]);
        assert_eq!(fields(|e| retry_policy(&policy(5, f64::NAN, 60, 60), e)), ["retry_policy.backoff_multiplier"]);
        assert_eq!(fields(|e| retry_policy(&policy(5, 2.0, 60, 59), e)), ["retry_policy.max_delay_seconds"]);
        let schedule = |list| RetryPolicy::Schedule { schedule_seconds: list };
        assert!(fields(|e| retry_policy(&schedule(vec![]), e)).is_empty());
        assert_eq!(fields(|e| retry_policy(&schedule(vec![MAX_DELAY + 1]), e)), ["retry_policy.schedule_seconds"]);
        assert_eq!(fields(|e| retry_policy(&schedule(vec![1; 100]), e)), ["retry_policy.schedule_seconds"]);
    }
}
