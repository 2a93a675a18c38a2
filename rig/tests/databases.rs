//! Faults of the database around the program, as a process among others: it goes away, is slow or silent, loses an answer, its
//! disk is full; or the program ends in the middle of a commit. What was accepted arrives.

use rig::{
    Result,
    database::{Database, Kind},
    figures::percentile,
    house::{House, PATIENCE, load, none_waits_for_ever, settled},
    invariants::whole,
    machine::now_ns,
    outage,
    program::{Program, log},
    proxy::Proxy,
    publisher::{Load, Posted, publish},
    receiver::Manner,
    wire::Connection,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// Answers to commits that are lost: of events, of records, of whatever comes.
const LOST: u32 = 12;

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

/// Ends the program at a point of a fan-out to fifty webhooks, posts the event until it is taken, and counts. By its id or by a
/// key it is known again.
async fn a_fan_out_is_whole(kind: Kind, point: &str, by_key: bool) {
    let house = House::on(kind).await.unwrap();
    let (mut program, api) = house.start().await.unwrap();
    let mut paths = Vec::new();
    for _ in 0..50 {
        paths.push(house.webhook(&api, Manner::Answer).await.unwrap());
    }
    program.stop().await.unwrap();
    let mut event = json!({ "event_type": "call.completed", "id": "once", "data": { "number": 7, "sent_ns": 1 } });
    if by_key {
        event.as_object_mut().unwrap().remove("id");
    }
    let headers = [("authorization", api.bearer()), ("idempotency-key", "once")];
    let (headers, body) = (if by_key { &headers[..] } else { &headers[..1] }, event.to_string());
    let post =
        async || Connection::open(api.address()).await?.call("POST", "/v1/events", headers, body.as_bytes()).await;
    let mut ending = house.setup.ending_at(point, 1).spawn().unwrap();
    let ended = async {
        while !ending.ends_within(Duration::from_millis(50)).await.unwrap() {
            // Its end is what is asked for.
            let _ = post().await;
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.expect("the point is reached");
    let (_program, api) = house.start().await.unwrap();
    assert_eq!(post().await.unwrap().status(), 202);
    settled(&api, 50).await.unwrap();
    for (what, count) in [("select count(*) from events", 1), ("select count(*) from deliveries", 50)] {
        assert_eq!(house.database.number(what).await.unwrap(), count, "{what} at {point}");
    }
    assert!(paths.iter().all(|path| house.receiver.count(*path) == 1), "each of the fifty has it once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_or_after_the_commit_of_a_fan_out_to_fifty_all_of_them_have_it_once_on_sqlite() {
    for (point, by_key) in [("events-written", false), ("events-committed", false), ("events-committed", true)] {
        a_fan_out_is_whole(Kind::Sqlite, point, by_key).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_or_after_the_commit_of_a_fan_out_to_fifty_all_of_them_have_it_once_on_postgres() {
    for (point, by_key) in [("events-written", false), ("events-committed", false), ("events-committed", true)] {
        a_fan_out_is_whole(Kind::Postgres, point, by_key).await;
    }
}

/// A program whose way to its Postgres is not to be trusted.
async fn behind_a_proxy() -> Result<(House, Arc<Proxy>, Program)> {
    let house = House::on(Kind::Postgres).await?;
    let proxy = Proxy::to(house.database.folder()).await?;
    let program = house.setup.clone().with_database(Database::url_at(proxy.folder())).start().await?;
    Ok((house, proxy, program))
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
    none_waits_for_ever(&api).await.unwrap();
    let disagreeing = "select count(*) from deliveries d where d.status <> 1 or d.attempt_count <> \
        (select count(*) from attempts a where a.delivery_id = d.id)";
    assert_eq!(house.database.number(disagreeing).await.unwrap(), 0, "all are successes, with their attempts");
    assert!(posted.iter().all(|one| matches!(one.status, 202 | 503)), "a lost answer is a refusal to be repeated");
}

/// How much longer each answer of a slow database takes.
const SLOW: Duration = Duration::from_millis(200);

/// Whoever publishes as fast as is taken is slowed down or turned away, and all that was taken arrives.
async fn a_slow_database_slows_publishers(house: &House, program: &Program, make_slow: impl Fn(bool)) {
    let api = program.api(&house.key);
    let path = house.webhook(&api, Manner::Answer).await.unwrap();
    let many = |first| Load { connections: 64, ..load(first, 1_000) };
    let started = now_ns();
    let mut posted = publish(&api, &many(0)).await;
    let quick = now_ns() - started;
    let peak = program.usage().peak;
    make_slow(true);
    let started = now_ns();
    posted.extend(publish(&api, &many(10_000)).await);
    let slow = now_ns() - started;
    make_slow(false);
    posted.extend(publish(&api, &many(20_000)).await);
    let other: Vec<&Posted> = posted.iter().filter(|one| !matches!(one.status, 202 | 503)).collect();
    assert!(other.is_empty(), "{other:?}");
    assert!(posted.iter().filter(|one| one.status == 202).count() >= 2_000, "it goes on");
    assert!(slow > quick, "{slow} ns and {quick} ns");
    house.all_arrive(path, &posted).await.unwrap();
    none_waits_for_ever(&api).await.unwrap();
    assert!(house.counts(path).values().all(|count| *count == 1), "nothing is repeated");
    let grown = program.usage().peak.saturating_sub(peak) / 1_048_576;
    assert!(grown < 64, "grown by {grown} MiB");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_postgres_slows_publishers_and_nothing_accepted_is_lost() {
    let (house, proxy, program) = behind_a_proxy().await.unwrap();
    let make_slow = |is_slow| proxy.be_slow(if is_slow { SLOW } else { Duration::ZERO });
    a_slow_database_slows_publishers(&house, &program, make_slow).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_that_another_program_keeps_locking_slows_publishers_and_nothing_accepted_is_lost() {
    let house = House::on(Kind::Sqlite).await.unwrap();
    let (program, _) = house.start().await.unwrap();
    let (locking, told) = watch::channel(false);
    let other = tokio::spawn(outage::keep_locking(house.database.url.clone(), SLOW, told));
    let make_slow = |is_slow| {
        locking.send_replace(is_slow);
    };
    a_slow_database_slows_publishers(&house, &program, make_slow).await;
    drop(locking);
    assert!(other.await.unwrap().is_err(), "it goes on until nobody can tell it to");
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
    none_waits_for_ever(&api).await.unwrap();
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
async fn a_full_disk_under_sqlite_is_said_and_does_no_harm() {
    a_full_disk_does_no_harm(Kind::Sqlite, 32).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_under_postgres_is_said_and_does_no_harm() {
    a_full_disk_does_no_harm(Kind::Postgres, 128).await;
}

async fn a_full_disk_does_no_harm(kind: Kind, mebibytes: u32) {
    let house = House::on_a_disk_of(kind, mebibytes).await.unwrap();
    let (program, api) = house.start().await.unwrap();
    let (database, disk) = (&house.database, house.database.disk().unwrap());
    let is_whole = async || {
        if kind == Kind::Sqlite {
            program.copy_disk(disk).unwrap();
        }
        assert_eq!(whole(database).await.unwrap(), Vec::<String>::new(), "nothing is half-written");
    };
    let path = house.webhook(&api, Manner::Answer).await.unwrap();
    let large = |first, count| Load { payload: 64 * 1_024, ..load(first, count) };
    let mut posted = publish(&api, &large(0, 50)).await;
    assert!(posted.iter().all(|one| one.status == 202), "there is room");
    is_whole().await;
    let owner = database.server().unwrap_or(program.id());
    disk.fill(owner).unwrap();
    posted.extend(publish(&api, &large(1_000, 600)).await);
    assert!(posted.iter().any(|one| one.status == 503), "it is full");
    let other: Vec<&Posted> = posted.iter().filter(|one| !matches!(one.status, 202 | 503)).collect();
    assert!(other.is_empty(), "nothing else is answered: {other:?}");
    assert_eq!(api.get("/healthz").await.unwrap().status(), 200);
    is_whole().await;
    disk.make_room(owner).unwrap();
    let mut after = Vec::new();
    let until = now_ns() + PATIENCE.as_nanos() as u64;
    while after.iter().filter(|one: &&Posted| one.status == 202).count() < 20 {
        assert!(now_ns() < until, "it takes events again");
        let from = 10_000 + after.len() as u64;
        after.extend(publish(&api, &load(from, 10)).await);
    }
    house.all_arrive(path, &posted).await.unwrap();
    house.all_arrive(path, &after).await.unwrap();
    none_waits_for_ever(&api).await.unwrap();
    is_whole().await;
}
