//! Several programs on one Postgres, each a process: they share the work, one is frozen, killed or restarted, and the others
//! go on. What was accepted arrives.

use rig::{
    database::Kind,
    house::{House, PATIENCE, load, settled},
    machine::now_ns,
    program::Setup,
    publisher::publish,
    receiver::Manner,
};
use serde_json::{Value, json};
use std::time::Duration;

/// Attempts of one webhook at the same time.
const IN_FLIGHT: usize = 32;
/// What a process has in flight or not yet recorded of one webhook, at most.
const UNRECORDED: usize = 128;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frozen_past_its_lease_it_does_not_record_what_another_process_has_taken_over() {
    let house = House::on(Kind::Postgres).await.unwrap();
    let (first, api) = house.start().await.unwrap();
    let path = house.webhook(&api, Manner::After(Duration::from_millis(500))).await.unwrap();
    let webhooks = api.json("GET", "/v1/webhooks", &Value::Null).await.unwrap();
    let webhook = format!("/v1/webhooks/{}", webhooks["data"][0]["id"].as_str().unwrap());
    api.json("PATCH", &webhook, &json!({ "rate_per_second": 10 })).await.unwrap();
    // Five or so are in flight, too few to look like an outage later; the others wait in its memory.
    let posted = publish(&api, &load(0, 100)).await;
    house.receiver.wait(path, 5, PATIENCE).await;
    first.signal("STOP").unwrap();
    // What it holds is given to the second after 25 s without a sign of life.
    let second = Setup::new(&house.database).unwrap().start().await.unwrap();
    house.receiver.wait(path, 100, PATIENCE).await;
    house.all_arrive(path, &posted).await.unwrap();
    let again = second.api(&house.key);
    settled(&again, 100).await.unwrap();
    first.signal("CONT").unwrap();
    tokio::time::timeout(PATIENCE, async { while first.api(&house.key).get("/readyz").await.is_err() {} })
        .await
        .unwrap();
    let fenced = "select count(*) from deliveries d where d.attempt_count <> \
        (select count(*) from attempts a where a.delivery_id = d.id)";
    assert_eq!(house.database.number(fenced).await.unwrap(), 0);
    // Whatever waited in the first one's memory would go out before what it accepts now.
    publish(&first.api(&house.key), &load(1_000, 10)).await;
    settled(&again, 110).await.unwrap();
    let repeated = house.counts(path).values().filter(|count| **count > 1).count();
    assert!(repeated <= IN_FLIGHT, "{repeated} came again, {IN_FLIGHT} were in flight");
    assert!(house.counts(path).values().all(|count| *count <= 2), "at most one is repeated for each in flight");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_that_are_restarted_one_after_the_other_lose_repeat_and_delay_nothing() {
    let house = House::on(Kind::Postgres).await.unwrap();
    let setups = [house.setup.clone(), Setup::new(&house.database).unwrap()];
    let mut programs = [setups[0].start().await.unwrap(), setups[1].start().await.unwrap()];
    let path = house.webhook(&programs[0].api(&house.key), Manner::After(Duration::from_millis(200))).await.unwrap();
    let mut posted = Vec::new();
    for (turn, leaves) in [0, 1, 0, 1].into_iter().enumerate() {
        let first = turn as u64 * 1_000;
        // More than one process has in flight: the rest waits in its memory.
        let leaving = programs[leaves].api(&house.key);
        posted.extend(publish(&leaving, &load(first, 60)).await);
        let stays = programs[1 - leaves].api(&house.key);
        let restart = async {
            assert_eq!(programs[leaves].stop().await.unwrap(), Some(0));
            programs[leaves] = setups[leaves].start().await.unwrap();
        };
        let next = load(first + 500, 60);
        let (more, ()) = tokio::join!(publish(&stays, &next), restart);
        posted.extend(more);
    }
    assert!(posted.iter().all(|one| one.status == 202), "one of them always answers: {posted:?}");
    house.all_arrive(path, &posted).await.unwrap();
    assert!(house.counts(path).values().all(|count| *count == 1), "an orderly stop repeats nothing");
    let slowest = house.receiver.arrivals(path).iter().map(|one| one.at_ns - one.sent_ns).max().unwrap();
    assert!(slowest < 5_000_000_000, "nothing waits until a process counts as gone: {slowest} ns");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_on_one_postgres_send_each_of_ten_thousand_events_once() {
    let house = House::on(Kind::Postgres).await.unwrap();
    let setups = [house.setup.clone(), Setup::new(&house.database).unwrap()];
    let programs = [setups[0].start().await.unwrap(), setups[1].start().await.unwrap()];
    let apis = [programs[0].api(&house.key), programs[1].api(&house.key)];
    let path = house.webhook(&apis[0], Manner::Answer).await.unwrap();
    let loads = [load(0, 5_000), load(5_000, 5_000)];
    let (first, second) = tokio::join!(publish(&apis[0], &loads[0]), publish(&apis[1], &loads[1]));
    let posted = [first, second].concat();
    assert_eq!(posted.iter().filter(|one| one.status == 202).count(), 10_000);
    house.all_arrive(path, &posted).await.unwrap();
    let counts = house.counts(path);
    assert!(counts.len() == 10_000 && counts.values().all(|count| *count == 1), "{} arrived", counts.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_web_process_and_two_workers_one_worker_is_killed_and_the_other_goes_on() {
    let house = House::on(Kind::Postgres).await.unwrap();
    let role = |role| Setup::new(&house.database).unwrap().in_role(role);
    let web = role("web").start().await.unwrap();
    let (mut first, second) = (role("worker").start().await.unwrap(), role("worker").start().await.unwrap());
    let api = web.api(&house.key);
    let path = house.webhook(&api, Manner::After(Duration::from_millis(100))).await.unwrap();
    let mut posted = publish(&api, &load(0, 400)).await;
    house.receiver.wait(path, 100, PATIENCE).await;
    first.kill().unwrap();
    let killed = now_ns();
    let after = publish(&api, &load(1_000, 200)).await;
    house.all_arrive(path, &after).await.unwrap();
    let arrivals = house.receiver.arrivals(path);
    let late = arrivals.iter().filter(|one| one.number >= 1_000).map(|one| one.at_ns - one.sent_ns).max().unwrap();
    assert!(late < 10_000_000_000, "what is published afterwards does not wait for the dead: {late} ns");
    posted.extend(after);
    assert!(posted.iter().all(|one| one.status == 202), "who publishes notices nothing: {posted:?}");
    house.all_arrive(path, &posted).await.unwrap();
    let last = house.receiver.arrivals(path).iter().map(|one| one.at_ns).max().unwrap();
    assert!(last - killed < 35_000_000_000, "what the dead one held is taken over");
    settled(&api, 600).await.unwrap();
    let repeated = house.counts(path).values().filter(|count| **count > 1).count();
    assert!(repeated <= UNRECORDED, "{repeated} came again");
    assert!(house.counts(path).values().all(|count| *count <= 2), "at most one is repeated for each in flight");
    let refused = second.api(&house.key).get("/v1/webhooks").await.unwrap();
    assert_eq!(refused.status(), 404, "a worker answers whether it is well, and nothing else");
}
