//! Faults of the world around the program: it is told to stop, its receivers answer without end, it has no file descriptors
//! left. What was accepted arrives.

use rig::{
    Result,
    api::Api,
    database::Kind,
    house::{House, PATIENCE, load, none_waits_for_ever, settled},
    machine::now_ns,
    program::{Program, log},
    publisher::{Load, publish},
    receiver::{Manner, Receiver},
    wire::Connection,
};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_stop_it_ends_live_streams_finishes_what_is_in_flight_and_leaves_the_rest_to_the_next_start() {
    let house = House::on(Kind::Sqlite).await.unwrap();
    house
        .setup
        .run_with(
            &[
                "user",
                "create",
                "--email",
                "ada@acme.test",
                "--name",
                "Ada",
                "--password-stdin",
                "--organization",
                "acme",
                "--role",
                "owner",
            ],
            "a long enough phrase\n",
        )
        .unwrap();
    let (mut program, api) = house.start().await.unwrap();
    let path = house.webhook(&api, Manner::After(Duration::from_secs(1))).await.unwrap();
    let mut stream = live_page(&program).await.unwrap();
    let posted = publish(&api, &load(0, 100)).await;
    house.receiver.wait(path, 32, PATIENCE).await;
    let told = now_ns();
    assert_eq!(program.stop().await.unwrap(), Some(0));
    assert!(now_ns() - told < 10_000_000_000, "what was in flight takes a second");
    while let Ok(Some(_)) = stream.read().await {}
    house.receiver.set(path, Manner::Answer);
    let (_program, _) = house.start().await.unwrap();
    house.all_arrive(path, &posted).await.unwrap();
    assert!(house.counts(path).values().all(|count| *count == 1), "an orderly stop repeats nothing");
}

/// Signs in and opens the live stream of the deliveries page; it has begun to answer.
async fn live_page(program: &Program) -> Result<Connection> {
    let mut connection = Connection::open(program.address).await?;
    let origin = format!("http://{}", program.address);
    let headers = [("origin", origin.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let form = b"email=ada%40acme.test&password=a+long+enough+phrase";
    let answer = connection.call("POST", "/sign-in", &headers, form).await?;
    let cookie = answer.header("set-cookie").and_then(|text| text.split(';').next()).unwrap_or_default().to_owned();
    let head = rig::wire::request("GET", "/o/acme/deliveries/live", &[("cookie", &cookie)], 0);
    connection.write(head.as_bytes()).await?;
    Ok(connection)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_without_end_and_bombs_of_compressed_bytes_take_little_of_its_memory_on_sqlite() {
    memory_stays(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_without_end_and_bombs_of_compressed_bytes_take_little_of_its_memory_on_postgres() {
    memory_stays(Kind::Postgres).await;
}

async fn memory_stays(kind: Kind) {
    let house = House::on(kind).await.unwrap();
    let (program, api) = house.start().await.unwrap();
    let path = house.webhook(&api, Manner::Answer).await.unwrap();
    let before = publish(&api, &load(0, 200)).await;
    house.all_arrive(path, &before).await.unwrap();
    settled(&api, 200).await.unwrap();
    let known = program.usage().peak;
    for (first, manner) in [(1_000, Manner::Endless), (2_000, Manner::Bomb)] {
        house.receiver.set(path, manner);
        let posted = publish(&api, &load(first, 200)).await;
        house.all_arrive(path, &posted).await.unwrap();
        settled(&api, usize::try_from(first / 1_000 + 1).unwrap() * 200).await.unwrap();
    }
    let grown = program.usage().peak.saturating_sub(known) / 1_048_576;
    // 64 KiB of each of 32 answers, the buffers that they come through, and what is kept of them until it is written.
    assert!(grown < 32, "grown by {grown} MiB while some 200 MiB were offered");
}

async fn all_succeed_at_the_first_attempt(api: &Api, count: usize) {
    settled(api, count).await.unwrap();
    for delivery in api.deliveries("").await.unwrap() {
        assert_eq!(delivery["attempt_count"], 1, "{delivery}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_file_descriptor_calls_and_pages_are_answered_and_no_attempt_is_used_up_on_sqlite() {
    without_a_descriptor(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_file_descriptor_calls_and_pages_are_answered_and_no_attempt_is_used_up_on_postgres() {
    without_a_descriptor(Kind::Postgres).await;
}

async fn without_a_descriptor(kind: Kind) {
    let house = House::on(kind).await.unwrap();
    let (program, api) = house.start().await.unwrap();
    let mut caller = Connection::open(api.address()).await.unwrap();
    let bearer = [("authorization", api.bearer())];
    let rows = "/v1/webhooks/logs";
    // What is opened once and kept.
    assert_eq!(caller.call("GET", rows, &bearer, b"").await.unwrap().status(), 200);
    let event = |number: u64| json!({ "event_type": "call.completed", "data": { "number": number } }).to_string();
    assert_eq!(caller.call("POST", "/v1/events", &bearer, event(0).as_bytes()).await.unwrap().status(), 202);
    let path = house.webhook(&api, Manner::Answer).await.unwrap();
    program.take_descriptors().unwrap();
    for number in 1..=20 {
        let answer = caller.call("POST", "/v1/events", &bearer, event(number).as_bytes()).await.unwrap();
        assert_eq!(answer.status(), 202);
    }
    let answer = caller.call("GET", rows, &bearer, b"").await.unwrap();
    let page: Value = serde_json::from_slice(&answer.body).unwrap();
    let first = page["data"][0]["id"].as_str().unwrap();
    let is_given_back = |line: &str| line.contains("could not be made") && line.contains(first);
    let until = now_ns() + PATIENCE.as_nanos() as u64;
    while !std::fs::read_to_string(log()).unwrap().lines().any(is_given_back) {
        assert!(now_ns() < until, "{first} was not tried");
        assert_eq!(caller.call("GET", "/sign-in", &[], b"").await.unwrap().status(), 200);
    }
    assert_eq!(house.receiver.count(path), 0);
    program.give_descriptors().unwrap();
    all_succeed_at_the_first_attempt(&api, 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_has_as_many_file_descriptors_as_it_may_ask_for() {
    let house = House::on(Kind::Sqlite).await.unwrap();
    let program = house.setup.clone().with_limits("ulimit -S -n 64; ulimit -H -n 2048;").start().await.unwrap();
    assert_eq!(program.descriptors().unwrap(), 2_048);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_receivers_than_file_descriptors_are_all_sent_to_at_the_first_attempt() {
    let house = House::on(Kind::Sqlite).await.unwrap();
    let program = house.setup.clone().with_limits("ulimit -n 128;").start().await.unwrap();
    let api = program.api(&house.key);
    let mut receivers = Vec::new();
    for _ in 0..200 {
        let receiver = Receiver::start(false).await.unwrap();
        let path = receiver.add(Manner::Answer);
        api.webhook(&receiver.url(path), &[3_600]).await.unwrap();
        receivers.push((receiver, path));
    }
    let posted = publish(&api, &load(0, 1)).await;
    assert_eq!(posted[0].status, 202);
    for (receiver, path) in &receivers {
        assert!(receiver.wait(*path, 1, PATIENCE).await, "every receiver has it");
    }
    all_succeed_at_the_first_attempt(&api, 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_file_descriptors_it_still_answers_and_goes_on_when_there_are_some() {
    let house = House::on(Kind::Sqlite).await.unwrap();
    let program = house.setup.clone().with_limits("ulimit -n 128;").start().await.unwrap();
    let api = program.api(&house.key);
    let mut hanging = Vec::new();
    for _ in 0..8 {
        let path = house.receiver.add(Manner::Never);
        let (id, _) = api.webhook(&house.receiver.url(path), &[1]).await.unwrap();
        let timeout = json!({ "timeout_seconds": 1 });
        api.json("PATCH", &format!("/v1/webhooks/{id}"), &timeout).await.unwrap();
        hanging.push(path);
    }
    let healthy = house.webhook(&api, Manner::Answer).await.unwrap();
    let posted = publish(&api, &Load { connections: 2, ..load(0, 40) }).await;
    assert!(posted.iter().all(|one| one.status == 202), "{posted:?}");
    house.all_arrive(healthy, &posted).await.unwrap();
    assert_eq!(api.get("/healthz").await.unwrap().status(), 200);
    hanging.iter().for_each(|path| house.receiver.set(*path, Manner::Answer));
    none_waits_for_ever(&api).await.unwrap();
}
