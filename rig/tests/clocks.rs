//! The clock of the machine jumps under the running program, as by a preload library.

use rig::{
    api::Api,
    database::Kind,
    house::{House, PATIENCE, load, none_waits_for_ever, settled},
    machine::now_ms,
    program::Program,
    publisher::publish,
    receiver::Manner,
};
use serde_json::Value;
use std::{fs, path::PathBuf, time::Duration};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// As many requests as a webhook has in flight, unless its receiver is slow.
const CAP: usize = 32;

/// By how much the clock of a program is wrong.
struct Clock(PathBuf);

impl Clock {
    fn of(house: &House) -> Self {
        let clock = Self(house.database.folder().join("clock"));
        clock.jump(0);
        clock
    }
    fn jump(&self, seconds: i64) {
        let next = self.0.with_extension("next");
        fs::write(&next, format!("{seconds:+}\n")).unwrap();
        // At once: the program reads it whenever it looks at the clock.
        fs::rename(next, &self.0).unwrap();
    }
}

async fn with_its_own_clock(house: &House) -> (Clock, Program, Api) {
    let clock = Clock::of(house);
    let program = house.setup.clone().by_the_clock_of(&clock.0).start().await.unwrap();
    let api = program.api(&house.key);
    (clock, program, api)
}

/// Seconds by which the clock that signs is wrong.
fn wrong_by(signed: &str) -> i64 {
    signed.parse::<i64>().unwrap() - now_ms().unwrap() / 1_000
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_a_day_ahead_starts_no_stampede_on_sqlite() {
    a_day_ahead(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_a_day_ahead_starts_no_stampede_on_postgres() {
    a_day_ahead(Kind::Postgres).await;
}

async fn a_day_ahead(kind: Kind) {
    const ANSWERS_AFTER: Duration = Duration::from_millis(100);
    let house = House::on(kind).await.unwrap();
    let (clock, _program, api) = with_its_own_clock(&house).await;
    let path = house.receiver.add(Manner::Status(500));
    api.webhook(&house.receiver.url(path), &[7_200, 7_200]).await.unwrap();
    let posted = publish(&api, &load(0, 1_000)).await;
    assert!(house.receiver.wait(path, 10, PATIENCE).await, "it fails, and rests");
    house.receiver.set(path, Manner::After(ANSWERS_AFTER));
    let before = house.receiver.count(path);
    clock.jump(DAY);
    house.all_arrive(path, &posted).await.unwrap();
    settled(&api, 1_000).await.unwrap();
    let arrivals = house.receiver.arrivals(path);
    let late = &arrivals[arrivals.iter().position(|one| wrong_by(&one.timestamp) > DAY / 2).unwrap()..];
    assert!(late.len() + before >= 1_000, "they arrive by the new time");
    for (first, next) in late.iter().zip(&late[CAP..]) {
        // Its place is free once it is answered; the two are seen by different tasks.
        assert!(next.at_ns + 20_000_000 > first.at_ns + ANSWERS_AFTER.as_nanos() as u64, "{CAP} at a time");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_back_an_hour_holds_nothing_up_for_an_hour_on_sqlite() {
    an_hour_back(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_back_an_hour_holds_nothing_up_for_an_hour_on_postgres() {
    an_hour_back(Kind::Postgres).await;
}

async fn retries_wait(api: &Api, count: usize) {
    let waits = |delivery: &Value| delivery["attempt_count"] == 1;
    while api.deliveries("&status=pending").await.unwrap().iter().filter(|one| waits(one)).count() < count {
        tokio::task::yield_now().await;
    }
}

async fn an_hour_back(kind: Kind) {
    let house = House::on(kind).await.unwrap();
    let (clock, _program, api) = with_its_own_clock(&house).await;
    let path = house.receiver.add(Manner::Status(500));
    api.webhook(&house.receiver.url(path), &[15, 15, 15]).await.unwrap();
    // Few enough that the webhook does not rest.
    let mut posted = publish(&api, &load(0, 5)).await;
    assert!(house.receiver.wait(path, 5, PATIENCE).await, "each comes once");
    house.receiver.set(path, Manner::Answer);
    tokio::time::timeout(PATIENCE, retries_wait(&api, 5)).await.expect("each has failed, and waits by the old clock");
    clock.jump(-HOUR);
    posted.extend(publish(&api, &load(1_000, 20)).await);
    // A minute without anything arriving would be too long.
    house.all_arrive(path, &posted).await.unwrap();
    settled(&api, 25).await.unwrap();
    none_waits_for_ever(&api).await.unwrap();
    let last = house.receiver.arrivals(path).pop().unwrap();
    assert!((-HOUR - 120..-HOUR + 5).contains(&wrong_by(&last.timestamp)), "signed by {}", last.timestamp);
    assert!(house.counts(path).iter().all(|(number, count)| *count == if *number < 5 { 2 } else { 1 }));
    for delivery in api.deliveries("").await.unwrap() {
        let path = format!("/v1/webhooks/logs/{}", delivery["id"].as_str().unwrap());
        let detail = api.json("GET", &path, &Value::Null).await.unwrap();
        for attempt in detail["attempts"].as_array().unwrap() {
            assert!(attempt["duration_ms"].as_i64().is_some_and(|took| (0..60_000).contains(&took)), "{attempt}");
        }
    }
}
