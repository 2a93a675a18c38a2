//! Faults of the world around the program, as a process among others: it is told to stop, its disk is full,
//! its database goes away, it is frozen, it has no file descriptors left. What was accepted arrives.

use rig::{
    Result,
    api::Api,
    database::{Database, Kind},
    machine::now_ns,
    program::{Program, Setup},
    proxy::Proxy,
    publisher::{Load, Posted, publish},
    receiver::{Manner, Receiver},
    wire::Connection,
};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// Longest silence before what is missing counts as lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// Attempts of one webhook at the same time.
const IN_FLIGHT: usize = 32;

/// Answers to commits that are lost: of events, of records, of whatever comes.
const LOST: u32 = 12;

struct House {
    database: Database,
    setup: Setup,
    receiver: Arc<Receiver>,
    key: String,
}

impl House {
    async fn on(kind: Kind) -> Result<Self> {
        let database = Database::fresh(kind).await?;
        let setup = Setup::new(&database)?;
        let key = setup.organization("acme")?;
        Ok(Self { setup, receiver: Receiver::start(false).await?, key, database })
    }
    async fn start(&self) -> Result<(Program, Api)> {
        let program = self.setup.start().await?;
        let api = program.api(&self.key);
        Ok((program, api))
    }
    /// A webhook that leads to a path of its own; its deliveries are tried again after a second.
    async fn webhook(&self, api: &Api, manner: Manner) -> Result<usize> {
        let path = self.receiver.add(manner);
        api.webhook(&self.receiver.url(path), &[1, 1, 1, 1, 1]).await?;
        Ok(path)
    }
    /// How often each event arrived on a path.
    fn counts(&self, path: usize) -> HashMap<u64, usize> {
        let mut counts = HashMap::new();
        for arrival in self.receiver.arrivals(path) {
            *counts.entry(arrival.number).or_default() += 1;
        }
        counts
    }
    /// Waits until every accepted event has arrived.
    async fn all_arrive(&self, path: usize, posted: &[Posted]) {
        let accepted: Vec<u64> = posted.iter().filter(|one| one.status == 202).map(|one| one.number).collect();
        loop {
            // Before they are looked through: one may arrive meanwhile.
            let more = self.receiver.count(path) + 1;
            let counts = self.counts(path);
            let missing: Vec<&u64> = accepted.iter().filter(|number| !counts.contains_key(number)).collect();
            if missing.is_empty() {
                return;
            }
            if !self.receiver.wait(path, more, PATIENCE).await {
                panic!("accepted and never arrived: {missing:?} of {}", accepted.len());
            }
        }
    }
}

fn load(first: u64, count: u64) -> Load {
    Load { connections: 8, ..Load::new(first, count) }
}

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
    house.all_arrive(path, &posted).await;
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
    // What it holds is given to the second after 30 s without a sign of life.
    let second = Setup::new(&house.database).unwrap().start().await.unwrap();
    house.receiver.wait(path, 100, PATIENCE).await;
    house.all_arrive(path, &posted).await;
    let again = second.api(&house.key);
    settled(&again, 100).await;
    first.signal("CONT").unwrap();
    tokio::time::timeout(PATIENCE, async { while first.api(&house.key).get("/readyz").await.is_err() {} })
        .await
        .unwrap();
    let fenced = "select count(*) from deliveries d where d.attempt_count <> \
        (select count(*) from attempts a where a.delivery_id = d.id)";
    assert_eq!(house.database.number(fenced).await.unwrap(), 0);
    // Whatever waited in the first one's memory would go out before what it accepts now.
    publish(&first.api(&house.key), &load(1_000, 10)).await;
    settled(&again, 110).await;
    let repeated = house.counts(path).values().filter(|count| **count > 1).count();
    assert!(repeated <= IN_FLIGHT, "{repeated} came again, {IN_FLIGHT} were in flight");
    assert!(house.counts(path).values().all(|count| *count <= 2), "at most one is repeated for each in flight");
}

async fn settled(api: &Api, count: usize) {
    let done = async {
        while api.deliveries("&status=success").await.map_or(0, |all| all.len()) < count {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, done).await.expect("all deliveries succeed");
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
    house.all_arrive(path, &posted).await;
    assert!(house.counts(path).values().all(|count| *count == 1), "an orderly stop repeats nothing");
    let slowest = house.receiver.arrivals(path).iter().map(|one| one.at_ns - one.sent_ns).max().unwrap();
    assert!(slowest < 15_000_000_000, "nothing waits until a process counts as gone: {slowest} ns");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_slows_publishers_and_loses_nothing() {
    let mut house = House::on(Kind::Postgres).await.unwrap();
    let (_program, api) = house.start().await.unwrap();
    let path = house.webhook(&api, Manner::Answer).await.unwrap();
    let before = publish(&api, &load(0, 200)).await;
    house.database.stop().unwrap();
    let meanwhile = publish(&api, &load(1_000, 20)).await;
    assert!(meanwhile.iter().all(|one| one.status == 503), "{meanwhile:?}");
    house.database.start().await.unwrap();
    let mut after = Vec::new();
    while after.iter().filter(|one: &&Posted| one.status == 202).count() < 50 {
        let from = 2_000 + after.len() as u64;
        after.extend(publish(&api, &load(from, 10)).await);
    }
    house.all_arrive(path, &before).await;
    house.all_arrive(path, &after).await;
    assert!(house.counts(path).keys().all(|number| !(1_000..2_000).contains(number)), "what was refused is not sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_answer_to_a_commit_is_lost_nothing_accepted_is_lost_and_nothing_waits_for_ever() {
    let house = House::on(Kind::Postgres).await.unwrap();
    let proxy = Proxy::to(house.database.folder()).await.unwrap();
    let setup = house.setup.clone().with_database(Database::url_at(proxy.folder()));
    let program = setup.start().await.unwrap();
    let api = program.api(&house.key);
    let path = house.webhook(&api, Manner::Answer).await.unwrap();
    let mut posted = publish(&api, &load(0, 200)).await;
    proxy.lose(LOST);
    while proxy.lost() < LOST {
        let from = 1_000 + posted.len() as u64;
        posted.extend(publish(&api, &load(from, 200)).await);
    }
    house.all_arrive(path, &posted).await;
    let none_waits = async { while !api.deliveries("&status=pending").await.is_ok_and(|all| all.is_empty()) {} };
    tokio::time::timeout(PATIENCE, none_waits).await.expect("no delivery waits for ever");
    let disagreeing = "select count(*) from deliveries d where d.status <> 1 or d.attempt_count <> \
        (select count(*) from attempts a where a.delivery_id = d.id)";
    assert_eq!(house.database.number(disagreeing).await.unwrap(), 0, "all are successes, with their attempts");
    assert!(posted.iter().all(|one| matches!(one.status, 202 | 503)), "a lost answer is a refusal to be repeated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_and_does_no_harm() {
    let house = House::on(Kind::Sqlite).await.unwrap();
    let program = house.setup.clone().with_limits("trap '' XFSZ; ulimit -S -f 24576;").start().await.unwrap();
    let api = program.api(&house.key);
    let path = house.webhook(&api, Manner::Answer).await.unwrap();
    let posted = publish(&api, &Load { payload: 64 * 1_024, ..load(0, 600) }).await;
    assert!(posted.iter().any(|one| one.status == 202) && posted.iter().any(|one| one.status == 503), "it filled up");
    let other: Vec<&Posted> = posted.iter().filter(|one| !matches!(one.status, 202 | 503)).collect();
    assert!(other.is_empty(), "nothing else is answered: {other:?}");
    assert_eq!(api.get("/healthz").await.unwrap().status(), 200);
    program.lift_file_limit().unwrap();
    let mut after = Vec::new();
    while after.iter().filter(|one: &&Posted| one.status == 202).count() < 20 {
        let from = 10_000 + after.len() as u64;
        after.extend(publish(&api, &load(from, 10)).await);
    }
    house.all_arrive(path, &posted).await;
    house.all_arrive(path, &after).await;
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
    house.all_arrive(healthy, &posted).await;
    assert_eq!(api.get("/healthz").await.unwrap().status(), 200);
    hanging.iter().for_each(|path| house.receiver.set(*path, Manner::Answer));
}
