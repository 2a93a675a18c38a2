//! What happens next, once an attempt has come to something. A pure function:
//!
//! | the attempt came to | next |
//! |---|---|
//! | a code that the convention counts as success | success |
//! | 410 | failed; the webhook is switched off |
//! | anything else, attempts left, worth retrying by the convention | pending, after the policy's delay |
//! | anything else | failed |
//!
//! A delay gets 0 to 20 % added, never less, so that retries of one outage spread; `Retry-After` on 429 and
//! 503 lengthens it up to 24 hours and never shortens it. With the convention `standard` the attempts start
//! 0 s, 5 s, 5 min 5 s, 35 min 5 s, 2.6 h, 7.6 h, 17.6 h, 31.6 h, 51.6 h and 75.6 h after the event, plus jitter.

use super::job::Next;
use crate::{
    model::{
        delivery::{DeliveryStatus, Outcome},
        time::Time,
        webhook::RetryPolicy,
    },
    server::convention::Convention,
};
use std::time::Duration;

/// Most that is added to a delay.
const JITTER: f64 = 0.2;

/// What the decision rests on.
#[derive(Debug, Clone, Copy)]
pub struct Attempted<'a> {
    /// Of the attempt, from 1.
    pub number: u32,
    pub max_attempts: u32,
    pub outcome: Outcome,
    pub response_code: Option<u16>,
    /// What the receiver asks for.
    pub retry_after: Option<Duration>,
    pub policy: &'a RetryPolicy,
    pub convention: &'a Convention,
}

/// Decides; `random` is uniform in 0 to 1.
pub fn after_attempt(attempt: &Attempted<'_>, now: Time, random: f64) -> Next {
    let finished = |status, switch_off| Next { status, attempt_at: None, switch_off };
    if attempt.outcome == Outcome::Answered {
        match attempt.response_code {
            Some(code) if attempt.convention.is_success(code) => return finished(DeliveryStatus::Success, false),
            Some(410) => return finished(DeliveryStatus::Failed, true),
            _ => {}
        }
    }
    let is_worth_it = attempt.convention.is_worth_retrying(attempt.outcome, attempt.response_code);
    let delay = attempt.policy.delay_after(attempt.number);
    match delay.filter(|_| is_worth_it && attempt.number < attempt.max_attempts) {
        Some(delay) => {
            let own = Duration::try_from_secs_f64(delay * (1.0 + JITTER * random.clamp(0.0, 1.0))).unwrap_or_default();
            let wait = own.max(attempt.retry_after.unwrap_or_default());
            Next { status: DeliveryStatus::Pending, attempt_at: Some(now.plus(wait)), switch_off: false }
        }
        None => finished(DeliveryStatus::Failed, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::convention::{Conventions, STANDARD};

    const NOW: Time = Time::from_seconds(1_000_000);

    fn decide(number: u32, outcome: Outcome, code: Option<u16>, retry_after: Option<u64>, random: f64) -> Next {
        let convention = Conventions::built_in().get(STANDARD).unwrap();
        let policy = &convention.retry_policy;
        let retry_after = retry_after.map(Duration::from_secs);
        let attempt = Attempted {
            number,
            max_attempts: 10,
            outcome,
            response_code: code,
            retry_after,
            policy,
            convention: &convention,
        };
        after_attempt(&attempt, NOW, random)
    }
    fn wait(next: Next) -> f64 {
        next.attempt_at.unwrap().since(NOW).as_secs_f64()
    }

    #[test]
    fn the_standard_schedule_starts_attempts_at_these_times() {
        let mut elapsed = 0.0;
        let mut starts = vec![0.0];
        for number in 1..10 {
            elapsed += wait(decide(number, Outcome::Timeout, None, None, 0.0));
            starts.push(elapsed);
        }
        let schedule = [0.0, 5.0, 305.0, 2_105.0, 9_305.0, 27_305.0, 63_305.0, 113_705.0, 185_705.0, 272_105.0];
        assert_eq!(starts, schedule);
        assert_eq!(decide(10, Outcome::Timeout, None, None, 0.0).status, DeliveryStatus::Failed);
    }

    #[test]
    fn jitter_adds_up_to_a_fifth_and_never_takes_away() {
        for random in [0.0, 0.3, 0.999, 1.0] {
            let waited = wait(decide(2, Outcome::Connect, None, None, random));
            assert!((300.0..=360.0).contains(&waited), "{waited}");
        }
    }

    #[test]
    fn only_success_and_410_end_it_at_once() {
        for code in [200, 201, 204, 299] {
            assert_eq!(decide(1, Outcome::Answered, Some(code), None, 0.0).status, DeliveryStatus::Success, "{code}");
        }
        for code in [100, 301, 302, 307, 308, 400, 401, 404, 408, 429, 500, 503, 999] {
            assert_eq!(decide(1, Outcome::Answered, Some(code), None, 0.0).status, DeliveryStatus::Pending, "{code}");
        }
        for outcome in Outcome::ALL.iter().filter(|o| **o != Outcome::Answered) {
            assert_eq!(decide(1, *outcome, None, None, 0.0).status, DeliveryStatus::Pending, "{outcome:?}");
        }
        let gone = decide(1, Outcome::Answered, Some(410), None, 0.0);
        assert_eq!(gone, Next { status: DeliveryStatus::Failed, attempt_at: None, switch_off: true });
    }

    #[test]
    fn an_answer_that_was_cut_is_no_success() {
        assert_eq!(decide(1, Outcome::Timeout, Some(200), None, 0.0).status, DeliveryStatus::Pending);
    }

    #[test]
    fn retry_after_lengthens_a_delay_and_never_shortens_it() {
        assert_eq!(wait(decide(1, Outcome::Answered, Some(429), Some(60), 0.0)), 60.0);
        assert_eq!(wait(decide(2, Outcome::Answered, Some(429), Some(60), 0.0)), 300.0);
    }
}
