//! Which brakes work when, and let go.

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
fn seven_failures_of_ten_are_too_many_six_are_not_nor_are_those_of_nine() {
    let opens = |verdicts: &str| {
        let mut pace = Pace::default();
        let ended =
            verdicts.chars().map(|c| pace.ended(if c == 'f' { Verdict::Failure } else { Verdict::Success }, NOW));
        ended.map(|change| change.is_some()).collect::<Vec<_>>()
    };
    let opened_at = |verdicts| opens(verdicts).iter().position(|opened| *opened);
    assert_eq!(opened_at("sfffsfffsf"), Some(9));
    assert_eq!(opened_at("sffssfffsf"), None);
    assert_eq!(opened_at("sfffffffs"), None, "nine are too few to judge, whatever came of them");
}

#[test]
fn each_timeout_takes_a_third_of_what_is_sent_at_once_and_other_failures_take_nothing() {
    let sent_at_once = |verdict| {
        let mut pace = Pace::default();
        pace.ended(verdict, NOW);
        (0..=CAP).find(|flying| pace.may_start(NOW, *flying) == Start::WhenOneEnds)
    };
    assert_eq!(sent_at_once(Verdict::TimedOut), Some(CAP * 2 / 3));
    assert_eq!(sent_at_once(Verdict::TooMuch(None)), Some(CAP * 2 / 3));
    assert_eq!(sent_at_once(Verdict::Failure), Some(CAP));
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
    assert!(pace.is_plain(NOW));
    pace.ended(Verdict::Success, NOW);
    assert!(!pace.is_plain(NOW) && pace.is_fine(NOW) && pace.is_plain(later(301)));
    pace.ended(Verdict::Failure, NOW);
    pace.ended(Verdict::Success, NOW);
    assert!(!pace.is_plain(NOW) && !pace.is_fine(NOW) && pace.is_plain(later(301)));
    assert!(!broken().is_plain(later(5_000)));
}
