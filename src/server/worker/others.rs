//! Which other processes have ended, by this process's own clock alone: whoever has said nothing new for long
//! enough. What they write down is never compared with a clock here: machines need not agree on the time.

use crate::model::{id::ProcessId, time::Time};
use std::{collections::HashMap, time::Duration};

/// A process that has said nothing new for so long, seen from here, has ended. It starts nothing more from 20 s
/// after it was last confirmed (see `pulse`).
pub const GONE_AFTER: Duration = Duration::from_secs(25);
/// So many looks in a row must have found nothing new: a clock that jumps ends nobody.
const LOOKS: u32 = 3;

/// What each has last said, and since when and how often that was all.
#[derive(Debug, Default)]
pub struct Others(HashMap<ProcessId, Heard>);

#[derive(Debug, Clone, Copy)]
struct Heard {
    /// By its own clock.
    said: Time,
    /// By this one's.
    at: Time,
    again: u32,
}

impl Others {
    /// Takes note of what the others say now; answers those that have ended, with what they said last.
    pub fn silent(&mut self, said: impl IntoIterator<Item = (ProcessId, Time)>, now: Time) -> Vec<(ProcessId, Time)> {
        let before = std::mem::take(&mut self.0);
        let mut gone = Vec::new();
        for (id, said) in said {
            let news = Heard { said, at: now, again: 0 };
            let heard = match before.get(&id) {
                // Where the clock was set back, the time begins anew.
                Some(heard) if heard.said == said && heard.at <= now => Heard { again: heard.again + 1, ..*heard },
                Some(_) | None => news,
            };
            if heard.again >= LOOKS && now.since(heard.at) >= GONE_AFTER {
                gone.push((id, said));
            }
            self.0.insert(id, heard);
        }
        gone
    }
    /// When the next one will have ended, where it says nothing until then.
    pub fn first_due(&self) -> Option<Time> {
        self.0.values().map(|heard| heard.at.plus(GONE_AFTER)).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Time = Time::from_seconds(1_000_000);

    fn at(seconds: u64) -> Time {
        START.plus(Duration::from_secs(seconds))
    }
    fn process(number: u8) -> ProcessId {
        ProcessId::from_bytes([number; 16])
    }

    #[test]
    fn who_says_nothing_new_for_25_seconds_has_ended_whatever_its_clock_says() {
        let mut others = Others::default();
        let (dead, far_ahead) = ((process(1), at(0)), |seconds| (process(2), at(90_000 + seconds)));
        for seconds in [0, 5, 10, 15, 20] {
            assert!(others.silent(vec![dead, far_ahead(seconds)], at(seconds)).is_empty());
        }
        assert_eq!(others.first_due(), Some(at(25)));
        assert_eq!(others.silent(vec![dead, far_ahead(25)], at(25)), [dead]);
        assert!(others.silent(vec![far_ahead(30)], at(30)).is_empty());
    }

    #[test]
    fn a_clock_that_jumps_ends_nobody() {
        let mut others = Others::default();
        let alive = |beat| (process(1), at(beat));
        others.silent(vec![alive(0)], at(0));
        assert!(others.silent(vec![alive(0)], at(3_600)).is_empty(), "it has not had the time to say anything");
        assert!(others.silent(vec![alive(5)], at(3_605)).is_empty());
        assert!(others.silent(vec![alive(5)], at(10)).is_empty(), "set back, the time begins anew");
        assert!([15, 20, 30].iter().all(|seconds| others.silent(vec![alive(5)], at(*seconds)).is_empty()));
        assert_eq!(others.silent(vec![alive(5)], at(35)), [alive(5)]);
    }
}
