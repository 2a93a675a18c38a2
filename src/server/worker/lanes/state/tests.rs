//! Who may start, who goes back, and what is shared.

use super::*;
use crate::{
    model::{
        delivery::Trigger,
        id::{DeliveryId, EventId, WebhookId},
    },
    server::domain::{job::Source, lease::Leases},
};

const NOW: Time = Time::from_seconds(1_000_000);

fn key(organization: u8, webhook: u8) -> Key {
    (OrganizationId::from_bytes([organization; 16]), WebhookId::from_bytes([webhook; 16]))
}
fn publish(state: &mut State, leases: &Arc<Leases>, key: Key, number: u8) {
    publish_large(state, leases, key, number, 0);
}
fn publish_large(state: &mut State, leases: &Arc<Leases>, key: Key, number: u8, bytes: usize) {
    let delivery_id = DeliveryId::from_bytes([key.1.bytes()[0], number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let job = Job {
        organization_id: key.0,
        delivery_id,
        lease: leases.take(delivery_id),
        webhook_id: key.1,
        event: Source::Stored(EventId::from_bytes([0; 16]), bytes),
        attempts_before: 0,
        max_attempts: 1,
        trigger: Trigger::Automatic,
        triggered_by: None,
    };
    assert!(state.reserve(key, job.size()));
    state.take_place(key, job);
}

#[test]
fn refills_share_one_memory_and_nobody_waits_for_more_than_a_turn() {
    let mut state = State { open: true, most: 64, ..State::default() };
    for webhook in 0..100 {
        state.lane(key(1, webhook)).stored = true;
    }
    let first = state.take_refills(NOW);
    assert!(first.iter().map(|(_, most)| most * REFILL_BYTES).sum::<usize>() <= WAITING_BYTES + REFILLS * REFILL_BYTES);
    assert_eq!(first.len(), REFILLS);
    assert!(state.wants_refills(NOW));
    for (key, _) in &first {
        state.refilled(*key, Vec::new(), true, NOW);
    }
    let second: Vec<Key> = state.take_refills(NOW).into_iter().map(|(key, _)| key).collect();
    let others = (64..100).map(|webhook| key(1, webhook));
    assert!(others.into_iter().all(|key| second.contains(&key)), "those that came too late come first now");
}

#[test]
fn an_organization_whose_receivers_all_hang_leaves_the_others_memory_to_wait_in() {
    let mut state = State { open: true, most: 64, ..State::default() };
    let job = 100 * 1024;
    let mut filled = 0;
    for webhook in 0..40 {
        while state.reserve(key(1, webhook), job) {
            filled += job;
        }
    }
    assert!(filled > WAITING_BYTES / 2 && filled <= WAITING_BYTES * 2 / 3 + job, "{filled}");
    for number in 0..100 {
        assert!(state.reserve(key(2, 1), job), "place {number}");
    }
    assert!(!state.reserve(key(1, 41), job), "however many webhooks it has");
}

#[test]
fn refills_go_to_one_lane_of_each_organization_in_turn() {
    let mut state = State { open: true, most: 64, ..State::default() };
    for webhook in 0..200 {
        state.lane(key(1, webhook)).stored = true;
    }
    for webhook in 0..2 {
        state.lane(key(2, webhook)).stored = true;
    }
    let granted: Vec<Key> = state.take_refills(NOW).into_iter().map(|(key, _)| key).take(4).collect();
    assert_eq!(granted, [key(1, 0), key(2, 0), key(1, 1), key(2, 1)]);
}

#[test]
fn a_lane_that_comes_and_goes_is_refilled_after_one_that_has_waited_for_longer() {
    let mut state = State { open: true, most: 64, ..State::default() };
    for turn in 0..3 {
        // What waits for longest, and as many new ones as a turn takes.
        state.lane(key(1, 255)).stored = true;
        for organization in 2..(2 + REFILLS as u8) {
            state.lane(key(organization, 1)).stored = true;
        }
        let granted = state.take_refills(NOW);
        assert_eq!(granted.len(), REFILLS);
        assert!(turn == 1 || granted.iter().any(|(granted, _)| *granted == key(1, 255)), "turn {turn}");
        for (granted, _) in granted {
            state.refilled(granted, Vec::new(), false, NOW);
        }
    }
}

#[test]
fn where_processes_share_a_rate_each_keeps_what_it_sends_in_two_seconds_and_leaves_the_rest_to_the_others() {
    let mut state = State { open: true, most: 64, ..State::default() };
    let places = |state: &mut State, webhook| (0..1_000).take_while(|_| state.reserve(key(1, webhook), 1)).count();
    state.lane(key(1, 1)).pace.set_rate(Some(20));
    assert_eq!(places(&mut state, 1), 512, "there is nobody to leave it to");
    state.share_rates(2);
    for (webhook, rate, own) in [(2, Some(20), 20), (3, Some(1), 2), (4, None, 512)] {
        state.lane(key(1, webhook)).pace.set_rate(rate);
        assert_eq!(places(&mut state, webhook), own);
        state.lane(key(1, webhook)).reserved = 0;
        state.lane(key(1, webhook)).unplaced = 0;
        state.lane(key(1, webhook)).stored = true;
        let granted = state.take_refills(NOW).into_iter().map(|(_, most)| most).sum::<usize>();
        assert!((1..=own).contains(&granted), "{granted} of {own}");
    }
}

#[test]
fn no_more_pass_their_lane_than_it_has_in_flight() {
    let mut state = State { open: true, most: 1_000, ..State::default() };
    let nothing = Weight { waiting: 0, under_way: 0 };
    let passed = (0..100).take_while(|_| {
        let may = state.may_pass(key(1, 1));
        may.then(|| state.pass(key(1, 1), nothing));
        may
    });
    assert_eq!(passed.count(), CAP);
    assert!(state.may_pass(key(1, 2)));
}

#[test]
fn what_is_released_goes_back_and_is_asked_for_again() {
    let mut state = State { open: true, most: 1, ..State::default() };
    let (leases, key) = (Arc::new(Leases::default()), key(1, 1));
    (0..3).for_each(|number| publish(&mut state, &leases, key, number));
    assert_eq!(state.start(NOW).len(), 1);
    state.release_waiting();
    assert_eq!(state.released.iter().map(|(_, leases)| leases.len()).sum::<usize>(), 2);
    assert!(state.lanes[&key].waiting.is_empty() && state.wants_refills(NOW));
}

#[test]
fn events_too_large_for_the_memory_that_is_left_go_out_as_others_end_and_hold_up_nothing_small() {
    let mut state = State { open: true, most: 64, ..State::default() };
    let leases = Arc::new(Leases::default());
    for number in 0..20 {
        publish_large(&mut state, &leases, key(1, 1), number, 10 * 1024 * 1024);
        publish_large(&mut state, &leases, key(2, 2), number, 10 * 1024 * 1024);
        publish(&mut state, &leases, key(1, 3), number);
    }
    let mut flying = state.start(NOW);
    let (mut small, mut large) = (0, 0);
    while !flying.is_empty() {
        let heavy = flying.iter().filter(|job| job.weight().under_way > 0).count();
        assert!(heavy <= 4, "{heavy} large ones at once");
        let job = flying.remove(0);
        *(if job.key() == key(1, 3) { &mut small } else { &mut large }) += 1;
        state.ended(job.key(), job.weight(), Verdict::Success, NOW);
        flying.extend(state.start(NOW));
    }
    assert_eq!((small, large), (20, 40));
}

#[test]
fn a_webhook_whose_neighbours_fill_the_share_and_then_fail_is_not_forgotten() {
    let mut state = State { open: true, most: 64, ..State::default() };
    let leases = Arc::new(Leases::default());
    let healthy = key(1, 200);
    let mut flying = Vec::new();
    for number in 0..40 {
        for hanging in 0..8 {
            publish(&mut state, &leases, key(1, hanging), number);
            flying.extend(state.start(NOW));
        }
        publish(&mut state, &leases, healthy, number);
        flying.extend(state.start(NOW));
    }
    assert_eq!(flying.len(), 43, "two thirds are one organization's share");
    let mut delivered = 0;
    while let Some(job) = flying.pop() {
        let is_well = job.key() == healthy;
        delivered += usize::from(is_well);
        let verdict = if is_well { Verdict::Success } else { Verdict::TimedOut };
        state.ended(job.key(), job.weight(), verdict, NOW);
        flying.extend(state.start(NOW));
    }
    assert_eq!(delivered, 40);
}

#[test]
fn what_is_not_recorded_holds_up_its_own_lane_and_goes_on_with_each_record() {
    let mut state = State { open: true, most: 1_000, ..State::default() };
    let (leases, full, other) = (Arc::new(Leases::default()), key(1, 1), key(1, 2));
    let mut sent = 0;
    for number in 0..200 {
        publish(&mut state, &leases, full, number);
        for job in state.start(NOW) {
            sent += 1;
            assert_eq!(state.unrecorded(full), sent >= MANY, "{sent}");
            state.ended(full, job.weight(), Verdict::Success, NOW);
        }
    }
    assert_eq!(sent, UNRECORDED, "no more could come again");
    publish(&mut state, &leases, other, 0);
    assert_eq!(state.start(NOW).len(), 1, "another lane has none of it");
    state.recorded(full, NOW);
    assert_eq!(state.start(NOW).len(), 1);
    assert!(state.start(NOW).is_empty());
}

#[test]
fn of_a_webhook_with_an_event_now_and_then_successes_count_as_long_as_failures() {
    let mut state = State { open: true, most: 64, ..State::default() };
    let (leases, key) = (Arc::new(Leases::default()), key(1, 1));
    let mut send = |number: u8, verdict| {
        publish(&mut state, &leases, key, number);
        for job in state.start(NOW) {
            state.ended(key, job.weight(), verdict, NOW);
        }
        (state.lanes.contains_key(&key), state.pace(key).is_some_and(|pace| pace.is_open()))
    };
    // Nine of fourteen are less than 70 %, nine of the last ten are more.
    let all = [(4, Verdict::Success), (5, Verdict::Failure), (1, Verdict::Success), (4, Verdict::Failure)];
    let all = all.into_iter().flat_map(|(times, verdict)| std::iter::repeat_n(verdict, times));
    for (number, verdict) in (0..).zip(all) {
        assert_eq!(send(number, verdict), (false, false), "{number}: nothing is left to do, and it goes on");
    }
    (14..16).for_each(|number| assert!(!send(number, Verdict::Failure).1));
    assert_eq!(send(16, Verdict::Failure), (true, true), "twelve of seventeen");
}

#[test]
fn how_a_receiver_did_is_forgotten_after_five_minutes_and_its_rate_is_not() {
    let mut state = State { open: true, most: 64, ..State::default() };
    let (leases, rated, other) = (Arc::new(Leases::default()), key(1, 1), key(1, 2));
    state.lane(rated).pace.set_rate(Some(20));
    for key in [rated, other] {
        publish(&mut state, &leases, key, 0);
        for job in state.start(NOW) {
            state.ended(key, job.weight(), Verdict::Success, NOW);
        }
        assert!(state.pace(key).is_some() && state.lanes.is_empty());
    }
    state.forget_old(NOW.plus(std::time::Duration::from_secs(301)));
    assert!(state.pace(other).is_none() && state.pace(rated).is_some());
}
