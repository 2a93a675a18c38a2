//! How fast one webhook is sent to, learned from what its receiver answers. Decides; does nothing itself.
//!
//! | brake | works when | lets go |
//! |---|---|---|
//! | cap: 32 requests at once | a timeout, 429, 502, 503 or 504 takes a third off, down to 1 | each success adds a quarter |
//! | quiet | 429 or 503 names a time: nothing is sent before it, 15 minutes at most | when the time has come |
//! | breaker | 10 failures in a row, or 70 % of at least 10 in 5 minutes | after 30 s, doubled each time up to 15 minutes, one request goes out; its success lets the rest go |
//! | rate | the webhook's own events per second | never |
//!
//! What waits meanwhile uses up none of its attempts. What is NOT promised: that two processes agree; each
//! learns by itself, and forgets when it ends.

use crate::{model::time::Time, server::domain::job::Verdict};
use std::time::Duration;

/// Requests that one receiver is sent at the same time.
pub const CAP: usize = 32;
/// The cap that a receiver starts with after an outage.
const CAP_AFTER_OUTAGE: f32 = 8.0;
/// Failures in a row that open the breaker.
const IN_A_ROW: u32 = 10;
/// Failures of a hundred, and the least number of attempts, that open it within [`WINDOW`].
const SHARE: (u32, u32) = (70, 10);
/// Minutes looked back on.
const WINDOW: usize = 5;
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// A rate catches up with timers that fire late by up to so much.
const LATE: Duration = Duration::from_millis(50);

/// No pace waits for so long: a clock was set back since this time was reckoned, and it has come.
pub fn is_of_another_clock(time: Time, now: Time) -> bool {
    time.since(now) > LONGEST_PAUSE + Duration::from_secs(60)
}

/// Whether the next request may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    Now,
    /// Not before this time.
    At(Time),
    /// When one that is in flight has ended.
    WhenOneEnds,
}

/// What the breaker has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Opened(Time),
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Breaker {
    #[default]
    Closed,
    Open {
        until: Time,
        length: Duration,
    },
    /// One request is out to see.
    Probing {
        length: Duration,
    },
}

#[derive(Debug, Clone, Copy, Default)]
struct Minute {
    number: i64,
    failed: u32,
    all: u32,
}

/// One webhook's pace.
#[derive(Debug, Clone)]
pub struct Pace {
    cap: f32,
    in_a_row: u32,
    minutes: [Minute; WINDOW],
    breaker: Breaker,
    quiet_until: Time,
    /// Events per second.
    rate: Option<u32>,
    /// Processes that keep this rate together.
    sharers: u32,
    next_by_rate: Time,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            cap: CAP as f32,
            in_a_row: 0,
            minutes: Default::default(),
            breaker: Breaker::Closed,
            quiet_until: Time::default(),
            rate: None,
            sharers: 1,
            next_by_rate: Time::default(),
        }
    }
}

impl Pace {
    pub fn set_rate(&mut self, per_second: Option<u32>) {
        self.rate = per_second.filter(|rate| *rate > 0);
    }
    /// So many processes send to this receiver, and keep its rate together: each has its part of it.
    pub fn set_sharers(&mut self, processes: u32) {
        self.sharers = processes.max(1);
    }

    /// May one more go out beside those in flight?
    pub fn may_start(&self, now: Time, in_flight: usize) -> Start {
        let wait = match self.breaker {
            Breaker::Probing { .. } => return Start::WhenOneEnds,
            Breaker::Open { until, .. } if in_flight > 0 && (now >= until || is_of_another_clock(until, now)) => {
                return Start::WhenOneEnds;
            }
            Breaker::Open { until, .. } => until.max(self.quiet_until),
            Breaker::Closed => self.quiet_until,
        };
        let wait = if self.rate.is_some() { wait.max(self.next_by_rate) } else { wait };
        if now < wait && !is_of_another_clock(wait, now) {
            Start::At(wait)
        } else if in_flight < self.cap as usize {
            Start::Now
        } else {
            Start::WhenOneEnds
        }
    }

    /// One goes out.
    pub fn started(&mut self, now: Time) {
        if let Breaker::Open { length, .. } = self.breaker {
            self.breaker = Breaker::Probing { length };
        }
        if let Some(rate) = self.rate {
            let next = if is_of_another_clock(self.next_by_rate, now) { now } else { self.next_by_rate };
            let from = next.max(now.minus(LATE));
            self.next_by_rate = from.plus(Duration::from_secs(1) * self.sharers / rate);
        }
    }

    /// One that went out has ended.
    pub fn ended(&mut self, verdict: Verdict, now: Time) -> Option<Change> {
        match verdict {
            Verdict::TimedOut | Verdict::TooMuch(_) => self.cap = (self.cap * 2.0 / 3.0).max(1.0),
            Verdict::Success => self.cap = (self.cap + 0.25).min(CAP as f32),
            Verdict::Failure | Verdict::Nothing => {}
        }
        if let Verdict::TooMuch(Some(wait)) = verdict {
            self.quiet_until = self.quiet_until.max(now.plus(wait.min(LONGEST_PAUSE)));
        }
        match self.breaker {
            // Left over from before it opened: known already.
            Breaker::Open { .. } => None,
            Breaker::Probing { length } => Some(match verdict {
                Verdict::Success => self.close(),
                // Nothing was learned: the next one is to see, at once.
                Verdict::Nothing => self.open(now, Duration::ZERO, length),
                _ => self.open(now, (length * 2).min(LONGEST_PAUSE), (length * 2).min(LONGEST_PAUSE)),
            }),
            Breaker::Closed => self.count(verdict, now).then(|| self.open(now, FIRST_PAUSE, FIRST_PAUSE)),
        }
    }

    /// A request that somebody asked for, past all brakes, was answered well: the outage is over.
    pub fn works_again(&mut self) -> Option<Change> {
        self.in_a_row = 0;
        (self.breaker != Breaker::Closed).then(|| self.close())
    }

    fn open(&mut self, now: Time, wait: Duration, length: Duration) -> Change {
        let until = now.plus(wait);
        self.breaker = Breaker::Open { until, length };
        Change::Opened(until)
    }

    fn close(&mut self) -> Change {
        self.breaker = Breaker::Closed;
        self.in_a_row = 0;
        self.minutes = Default::default();
        self.cap = CAP_AFTER_OUTAGE;
        self.quiet_until = Time::default();
        Change::Closed
    }

    /// Counts, and answers whether it is too bad to go on.
    fn count(&mut self, verdict: Verdict, now: Time) -> bool {
        if verdict == Verdict::Nothing {
            return false;
        }
        let failed = verdict != Verdict::Success;
        self.in_a_row = if failed { self.in_a_row + 1 } else { 0 };
        let number = now.seconds().div_euclid(60);
        let place = usize::try_from(number.rem_euclid(WINDOW as i64)).unwrap_or(0);
        let minute = &mut self.minutes[place];
        if minute.number != number {
            *minute = Minute { number, ..Minute::default() };
        }
        minute.all += 1;
        minute.failed += u32::from(failed);
        let recent = self.minutes.iter().filter(|minute| number - minute.number < WINDOW as i64);
        let (failures, all) = recent.fold((0, 0), |sum, minute| (sum.0 + minute.failed, sum.1 + minute.all));
        failed && (self.in_a_row >= IN_A_ROW || (all >= SHARE.1 && failures * 100 >= all * SHARE.0))
    }

    /// Whether the breaker lets nothing, or only one, out.
    pub fn is_open(&self) -> bool {
        self.breaker != Breaker::Closed
    }
    /// Whether its rest is over, so that one may go out to see.
    pub fn has_rested(&self, now: Time) -> bool {
        self.opens_at().is_some_and(|at| at <= now || is_of_another_clock(at, now))
    }
    /// When the breaker lets one out; none while it is closed or one is out.
    fn opens_at(&self) -> Option<Time> {
        if let Breaker::Open { until, .. } = self.breaker { Some(until) } else { None }
    }
    /// Whether there is nothing to remember.
    pub fn is_plain(&self, now: Time) -> bool {
        let number = now.seconds().div_euclid(60);
        let is_old = |minute: &Minute| minute.failed == 0 || number - minute.number >= WINDOW as i64;
        !self.is_open()
            && self.rate.is_none()
            && self.in_a_row == 0
            && self.cap >= CAP as f32
            && self.quiet_until <= now
            && self.minutes.iter().all(is_old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_seconds(1_000_000);

    fn later(seconds: u64) -> Time {
        NOW.plus(Duration::from_secs(seconds))
    }
    fn broken() -> Pace {
        let mut pace = Pace::default();
        for n in 1..IN_A_ROW {
            assert_eq!(pace.ended(Verdict::Failure, NOW), None, "failure {n}");
        }
        assert_eq!(pace.ended(Verdict::Failure, NOW), Some(Change::Opened(later(30))));
        pace
    }

    #[test]
    fn ten_failures_in_a_row_stop_it_for_thirty_seconds_then_one_goes_out() {
        let mut pace = broken();
        assert_eq!(pace.may_start(later(29), 0), Start::At(later(30)));
        assert_eq!(pace.may_start(later(30), 1), Start::WhenOneEnds, "one of before is still out");
        assert_eq!(pace.may_start(later(30), 0), Start::Now);
        pace.started(later(30));
        assert_eq!(pace.may_start(later(30), 1), Start::WhenOneEnds);
        assert_eq!(pace.ended(Verdict::Success, later(31)), Some(Change::Closed));
        assert_eq!(pace.may_start(later(31), 0), Start::Now);
    }

    #[test]
    fn a_probe_that_fails_doubles_the_wait_up_to_a_quarter_of_an_hour() {
        let (mut pace, mut now, mut waits) = (broken(), NOW, Vec::new());
        for _ in 0..7 {
            let Start::At(until) = pace.may_start(now, 0) else { panic!("it is open") };
            waits.push(until.since(now).as_secs());
            now = until;
            pace.started(now);
            pace.ended(Verdict::TimedOut, now);
        }
        assert_eq!(waits, [30, 60, 120, 240, 480, 900, 900]);
    }

    #[test]
    fn a_receiver_that_fails_mostly_is_stopped_too_and_one_that_fails_sometimes_is_not() {
        let (mut mostly, mut sometimes, mut opened) = (Pace::default(), Pace::default(), false);
        for n in 0..40 {
            let bad = |often: u32| if n % 10 < often { Verdict::Failure } else { Verdict::Success };
            opened |= mostly.ended(bad(8), NOW).is_some();
            assert_eq!(sometimes.ended(bad(5), NOW), None);
        }
        assert!(opened);
    }

    #[test]
    fn failures_of_more_than_five_minutes_ago_are_forgotten() {
        let mut pace = Pace::default();
        for n in 0..30 {
            let verdict = if n % 9 == 0 { Verdict::Success } else { Verdict::Failure };
            assert_eq!(pace.ended(verdict, later(n * 60)), None, "one a minute: five are too few to judge");
        }
    }

    #[test]
    fn an_answer_that_asks_for_less_gets_less() {
        let mut pace = Pace::default();
        pace.ended(Verdict::TooMuch(Some(Duration::from_secs(7))), NOW);
        assert_eq!(pace.may_start(NOW, 0), Start::At(later(7)));
        assert_eq!(pace.may_start(later(7), 0), Start::Now);
        assert_eq!(pace.may_start(later(7), CAP * 2 / 3), Start::WhenOneEnds);
        for _ in 0..80 {
            pace.ended(Verdict::Success, later(8));
        }
        assert_eq!(pace.may_start(later(8), CAP - 1), Start::Now);
    }

    #[test]
    fn a_clock_that_is_set_back_holds_up_no_rate_and_no_rest() {
        let now = Time::from_seconds(100_000);
        let (mut rated, mut quiet, mut resting) = (Pace::default(), Pace::default(), Pace::default());
        rated.set_rate(Some(1));
        rated.started(now);
        quiet.ended(Verdict::TooMuch(Some(Duration::from_secs(60))), now);
        for _ in 0..10 {
            resting.ended(Verdict::Failure, now);
        }
        let an_hour_back = now.minus(Duration::from_secs(3_600));
        for pace in [&rated, &quiet, &resting] {
            assert!(matches!(pace.may_start(now, 0), Start::At(_)), "{pace:?}");
            assert_eq!(pace.may_start(an_hour_back, 0), Start::Now, "{pace:?}");
        }
        rated.started(an_hour_back);
        assert_eq!(rated.may_start(an_hour_back, 1), Start::At(an_hour_back.plus(Duration::from_secs(1))));
    }

    #[test]
    fn processes_that_share_a_rate_keep_it_together() {
        let mut pace = Pace::default();
        pace.set_rate(Some(20));
        pace.set_sharers(2);
        let now = Time::from_seconds(1_000);
        pace.started(now);
        let Start::At(next) = pace.may_start(now, 0) else { panic!("it waits") };
        pace.started(next);
        assert_eq!(pace.may_start(next, 0), Start::At(next.plus(Duration::from_millis(100))));
    }

    #[test]
    fn a_rate_spaces_requests_evenly() {
        let (mut pace, mut now, mut sent) = (Pace::default(), NOW, 0);
        pace.set_rate(Some(20));
        while now < later(10) {
            match pace.may_start(now, 0) {
                Start::Now => {
                    pace.started(now);
                    sent += 1;
                }
                // The timer is a little late.
                Start::At(at) => now = at.plus(Duration::from_millis(3)),
                Start::WhenOneEnds => panic!("nothing is in flight"),
            }
        }
        assert!((199..=202).contains(&sent), "{sent}");
    }

    #[test]
    fn a_success_that_somebody_asked_for_ends_the_outage() {
        let mut pace = broken();
        assert_eq!(pace.works_again(), Some(Change::Closed));
        assert_eq!(pace.may_start(NOW, 0), Start::Now);
    }

    #[test]
    fn what_has_nothing_to_remember_says_so() {
        let mut pace = Pace::default();
        pace.ended(Verdict::Success, NOW);
        assert!(pace.is_plain(NOW));
        pace.ended(Verdict::Failure, NOW);
        pace.ended(Verdict::Success, NOW);
        assert!(!pace.is_plain(NOW) && pace.is_plain(later(301)));
        assert!(!broken().is_plain(later(5_000)));
    }
}
