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
/// Minutes after which a receiver that nothing was sent to counts as a new one.
const DAY: i64 = 24 * 60;
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

    /// Events per second that this process may send of a rate which others keep with it.
    pub fn part_of_rate(&self) -> Option<usize> {
        let rate = self.rate.filter(|_| self.sharers > 1)?;
        usize::try_from(rate.div_ceil(self.sharers)).ok()
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
    /// Whether there is nothing to remember, or only what was a day ago.
    pub fn is_plain(&self, now: Time) -> bool {
        let number = now.seconds().div_euclid(60);
        let is_old = |minute: &Minute| minute.all == 0 || number - minute.number >= WINDOW as i64;
        let latest = self.minutes.iter().filter(|minute| minute.all > 0).map(|minute| minute.number).max();
        let is_of_yesterday = latest.is_some_and(|latest| number - latest >= DAY);
        (self.is_fine(now) && self.minutes.iter().all(is_old))
            || (is_of_yesterday && !self.is_open() && self.rate.is_none())
    }
    /// Whether there are but successes to remember.
    pub fn is_fine(&self, now: Time) -> bool {
        let number = now.seconds().div_euclid(60);
        let is_good = |minute: &Minute| minute.failed == 0 || number - minute.number >= WINDOW as i64;
        !self.is_open()
            && self.rate.is_none()
            && self.in_a_row == 0
            && self.cap >= CAP as f32
            && self.quiet_until <= now
            && self.minutes.iter().all(is_good)
    }
}

#[cfg(test)]
mod tests;
