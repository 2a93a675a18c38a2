//! Faults of the world around the program, as a process among others: it is told to stop, its disk is full,
//! its database goes away, it is frozen, it has no file descriptors left. What was accepted arrives.

use rig::{
    Result,
    api::Api,
    database::{Database, Kind},
    figures::percentile,
    house::{House, PATIENCE, load, settled},
    invariants::whole,
    machine::now_ns,
    outage,
    program::{Program, log},
    proxy::Proxy,
    publisher::{Load, Posted, publish},
    receiver::{Manner, Receiver},
    wire::Connection,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// Answers to commits that are lost: of events, of records, of whatever comes.
const LOST: u32 = 12;

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

/// Longer than what is remembered of keys and webhooks stays fresh.
const OUTAGE: Duration = Duration::from_secs(12);

async fn an_outage_does_no_harm(kind: Kind) {
    let report = outage::run(kind, OUTAGE).await.unwrap();
    assert!(report.broken.is_empty(), "{report:#?}");
    assert!(report.refused >= 200, "{report:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_goes_away_slows_publishers_and_nothing_is_lost_or_repeated() {
    an_outage_does_no_harm(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_that_another_program_has_locked_slows_publishers_and_nothing_is_lost_or_repeated() {
    an_outage_does_no_harm(Kind::Sqlite).await;
}

/// Ends the program at a point of a fan-out to fifty webhooks, posts the event until it is taken, and counts.
async fn a_fan_out_is_whole(kind: Kind, point: &str) {
    let house = House::on(kind).await.unwrap();
    let (mut program, api) = house.start().await.unwrap();
    let mut paths = Vec::new();
    for _ in 0..50 {
        paths.push(house.webhook(&api, Manner::Answer).await.unwrap());
    }
    program.stop().await.unwrap();
    let event = json!({ "event_type": "call.completed", "id": "once", "data": { "number": 7, "sent_ns": 1 } });
    let mut ending = house.setup.ending_at(point, 1).spawn().unwrap();
    let ended = async {
        while !ending.ends_within(Duration::from_millis(50)).await.unwrap() {
            // Its end is what is asked for.
            let _ = api.json("POST", "/v1/events", &event).await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("the point is reached");
    let (_program, api) = house.start().await.unwrap();
    api.json("POST", "/v1/events", &event).await.unwrap();
    settled(&api, 50).await.unwrap();
    for (what, count) in [("select count(*) from events", 1), ("select count(*) from deliveries", 50)] {
        assert_eq!(house.database.number(what).await.unwrap(), count, "{what} at {point}");
    }
    assert!(paths.iter().all(|path| house.receiver.count(*path) == 1), "each of the fifty has it once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_or_after_the_commit_of_a_fan_out_to_fifty_all_of_them_have_it_once_on_sqlite() {
    for point in ["events-written", "events-committed"] {
        a_fan_out_is_whole(Kind::Sqlite, point).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_or_after_the_commit_of_a_fan_out_to_fifty_all_of_them_have_it_once_on_postgres() {
    for point in ["events-written", "events-committed"] {
        a_fan_out_is_whole(Kind::Postgres, point).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_without_end_and_bombs_of_compressed_bytes_leave_its_memory_as_it_was() {
    let house = House::on(Kind::Sqlite).await.unwrap();
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
    let grown = (program.usage().peak - known) / 1_048_576;
    // 64 KiB of each of 32 answers, the buffers that they come through, and what is kept of them until it is written.
    assert!(grown < 32, "grown by {grown} MiB while some 200 MiB were offered");
}

/// A program whose way to its Postgres is not to be trusted.
async fn behind_a_proxy() -> Result<(House, Arc<Proxy>, Program)> {
    let house = House::on(Kind::Postgres).await?;
    let proxy = Proxy::to(house.database.folder()).await?;
    let program = house.setup.clone().with_database(Database::url_at(proxy.folder())).start().await?;
    Ok((house, proxy, program))
}

async fn none_waits_for_ever(api: &Api) {
    let none = async { while !api.deliveries("&status=pending").await.is_ok_and(|all| all.is_empty()) {} };
    tokio::time::timeout(PATIENCE, none).await.expect("no delivery waits for ever");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_answer_to_a_commit_is_lost_nothing_accepted_is_lost_and_nothing_waits_for_ever() {
    let (house, proxy, program) = behind_a_proxy().await.unwrap();
    let api = program.api(&house.key);
    let path = house.webhook(&api, Manner::Answer).await.unwrap();
    let mut posted = publish(&api, &load(0, 200)).await;
    proxy.lose(LOST);
    while proxy.lost() < LOST {
        let from = 1_000 + posted.len() as u64;
        posted.extend(publish(&api, &load(from, 200)).await);
    }
    house.all_arrive(path, &posted).await.unwrap();
    none_waits_for_ever(&api).await;
    let disagreeing = "select count(*) from deliveries d where d.status <> 1 or d.attempt_count <> \
        (select count(*) from attempts a where a.delivery_id = d.id)";
    assert_eq!(house.database.number(disagreeing).await.unwrap(), 0, "all are successes, with their attempts");
    assert!(posted.iter().all(|one| matches!(one.status, 202 | 503)), "a lost answer is a refusal to be repeated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_way_to_postgres_is_silent_publishers_are_refused_and_nothing_accepted_is_lost() {
    let (house, proxy, program) = behind_a_proxy().await.unwrap();
    let api = program.api(&house.key);
    let path = house.webhook(&api, Manner::Answer).await.unwrap();
    let mut posted = publish(&api, &load(0, 50)).await;
    house.all_arrive(path, &posted).await.unwrap();
    settled(&api, 50).await.unwrap();
    proxy.be_silent(true);
    // The first waits until the connection counts as cut; of those behind it few find out for themselves.
    let mut meanwhile = Vec::new();
    for number in 1_000..1_200 {
        meanwhile.extend(publish(&api, &Load { connections: 1, ..load(number, 1) }).await);
    }
    proxy.be_silent(false);
    let mut times: Vec<f64> = meanwhile.iter().map(|one| (one.answered_ns - one.sent_ns) as f64 / 1e9).collect();
    let (median, longest) = (percentile(&mut times, 0.5), percentile(&mut times, 1.0));
    assert!(meanwhile.iter().all(|one| one.status == 503), "{meanwhile:?}");
    assert!(median < 1.0 && longest < 45.0, "half were refused within {median} s, all within {longest} s");
    let log = std::fs::read_to_string(log()).unwrap();
    assert!(log.contains("the database gave no connection in time: it is silent") && !log.contains("pool timed out"));
    while posted.iter().filter(|one| one.status == 202).count() < 100 {
        let from = 10_000 + posted.len() as u64;
        posted.extend(publish(&api, &load(from, 10)).await);
    }
    house.all_arrive(path, &posted).await.unwrap();
    none_waits_for_ever(&api).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_that_sqlite_has_answered_for_was_synced_to_the_disk_before() {
    const EVENTS: u64 = 50;
    let house = House::on(Kind::Sqlite).await.unwrap();
    let trace = house.database.folder().join("syncs");
    let mut program = house.setup.clone().traced_to(&trace).start().await.unwrap();
    let api = program.api(&house.key);
    let syncs = || {
        let text = std::fs::read_to_string(&trace).unwrap();
        text.lines().filter(|line| line.contains("sync(") && line.contains("switchhook.db-wal")).count() as u64
    };
    let before = syncs();
    // One after the other, and nobody to deliver to: each is a commit of its own.
    let posted = publish(&api, &Load { connections: 1, ..load(0, EVENTS) }).await;
    let after = syncs();
    assert!(posted.iter().all(|one| one.status == 202), "{posted:?}");
    assert!(after - before >= EVENTS, "{} syncs for {EVENTS} answers", after - before);
    assert_eq!(program.stop().await.unwrap(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_come_at_the_same_time_are_synced_to_the_disk_together() {
    const EVENTS: u64 = 500;
    let house = House::on(Kind::Sqlite).await.unwrap();
    let trace = house.database.folder().join("syncs");
    let mut program = house.setup.clone().traced_to(&trace).start().await.unwrap();
    let posted = publish(&program.api(&house.key), &Load { connections: 64, ..load(0, EVENTS) }).await;
    assert!(posted.iter().all(|one| one.status == 202), "{posted:?}");
    assert_eq!(program.stop().await.unwrap(), Some(0));
    let text = std::fs::read_to_string(&trace).unwrap();
    let syncs = text.lines().filter(|line| line.contains("sync(") && line.contains("switchhook.db-wal")).count() as u64;
    assert!(syncs < EVENTS / 2, "{syncs} syncs for {EVENTS} events");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_does_no_harm() {
    let house = House::on(Kind::Sqlite).await.unwrap();
    let program = house.setup.clone().on_a_disk_of(&house.database, 32).start().await.unwrap();
    let api = program.api(&house.key);
    let path = house.webhook(&api, Manner::Answer).await.unwrap();
    let posted = publish(&api, &Load { payload: 64 * 1_024, ..load(0, 600) }).await;
    assert!(posted.iter().any(|one| one.status == 202) && posted.iter().any(|one| one.status == 503), "it filled up");
    let other: Vec<&Posted> = posted.iter().filter(|one| !matches!(one.status, 202 | 503)).collect();
    assert!(other.is_empty(), "nothing else is answered: {other:?}");
    assert_eq!(api.get("/healthz").await.unwrap().status(), 200);
    program.copy_disk(&house.database).unwrap();
    assert!(whole(&house.database).await.unwrap().is_empty(), "nothing is half-written");
    program.make_room(&house.database).unwrap();
    let mut after = Vec::new();
    while after.iter().filter(|one: &&Posted| one.status == 202).count() < 20 {
        let from = 10_000 + after.len() as u64;
        after.extend(publish(&api, &load(from, 10)).await);
    }
    house.all_arrive(path, &posted).await.unwrap();
    house.all_arrive(path, &after).await.unwrap();
    none_waits_for_ever(&api).await;
    program.copy_disk(&house.database).unwrap();
    assert!(whole(&house.database).await.unwrap().is_empty(), "nor afterwards");
}

async fn all_succeed_at_the_first_attempt(api: &Api, count: usize) {
    settled(api, count).await.unwrap();
    for delivery in api.deliveries("").await.unwrap() {
        assert_eq!(delivery["attempt_count"], 1, "{delivery}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_file_descriptor_calls_and_pages_are_answered_and_no_attempt_is_used_up() {
    let house = House::on(Kind::Sqlite).await.unwrap();
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
}
