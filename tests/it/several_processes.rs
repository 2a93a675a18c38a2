//! Several processes on one Postgres: what one changes the others know at once, and any of them delivers.
//! The clock stands still, so that nothing is owed to a net that looks every few seconds.

use crate::{
    engine::{House, event},
    support::{Receiver, TestApp, database::Kind, until, within},
};
use serde_json::json;
use sqlx::{ConnectOptions, Executor, PgConnection};
use std::time::Duration;
use switchhook::{
    model::{
        delivery::DeliveryStatus,
        id::{AuditId, DeliveryId, ProcessId, WebhookId},
        time::Time,
    },
    on_db,
    server::{
        domain::{
            events::{self, NewEvent},
            news,
            webhooks::NewWebhook,
        },
        env::Env,
        store::{db::Db, processes, record::Record, switch_off::SwitchOff, writer::Recording},
        worker,
    },
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// A further process on the same database, in touch with the others; ends with the guard.
pub fn beside(app: &TestApp, has_worker: bool) -> (Env, DropGuard) {
    let env = app.env_beside();
    (env.clone(), in_touch(&env, has_worker))
}

pub fn in_touch(env: &Env, has_worker: bool) -> DropGuard {
    let stop = CancellationToken::new();
    tokio::spawn(news::exchange(env.clone(), has_worker, stop.clone()));
    stop.drop_guard()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_events_that_two_processes_are_given_with_the_same_keys_and_ids_each_is_written_once() {
    let app = TestApp::on(Kind::Postgres).await;
    let house = House::new(&app).await;
    house.webhook("https://example.com/hook").await;
    let other = app.env_beside();
    let permit = app.permit(&house.organization);
    let named = |n: usize| NewEvent {
        // Some with the one, some with the other, some with both.
        idempotency_key: (!n.is_multiple_of(3)).then(|| format!("key-{n}")),
        id: (n % 3 < 2).then(|| format!("id-{n}")),
        ..event("call.completed", json!({ "n": n }))
    };
    for turn in 0..20 {
        let numbers = turn * 60..(turn + 1) * 60;
        let forth: Vec<NewEvent> = numbers.clone().map(named).collect();
        let back: Vec<NewEvent> = numbers.rev().map(named).collect();
        let (one, two) = tokio::join!(events::accept(&app.env, &permit, forth), events::accept(&other, &permit, back));
        let (one, two) = (one.expect("one is answered"), two.expect("the other is answered"));
        assert!(one.iter().eq(two.iter().rev()), "both are told the same");
    }
    assert_eq!((app.count("events").await, app.count("deliveries").await), (1_200, 1_200));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_keep_one_rate_together_wherever_the_events_come_in() {
    let app = TestApp::on(Kind::Postgres).await;
    let (house, receiver) = (House::new(&app).await, Receiver::start().await);
    let rated = NewWebhook { url: receiver.url("/"), rate_per_second: Some(20), ..NewWebhook::default() };
    house.webhook_with(rated).await;
    let _guard = in_touch(&app.env, true);
    let (other, _other) = beside(&app, true);
    let (first, second) = (worker::start(&app.env).await.unwrap(), worker::start(&other).await.unwrap());
    // Each looks who else is there.
    within("both to keep half of the rate", async {
        while !(app.env.lanes.shares_rates() && other.lanes.shares_rates()) {
            app.advance(Duration::from_secs(5));
            tokio::task::yield_now().await;
        }
    })
    .await;
    house.accept((0..200).map(|n| event("call.completed", json!({ "n": n }))).collect()).await;
    within("the other to have its part", async {
        while other.lanes.waiting() + other.lanes.in_flight() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    // Time goes on where all that they hold waits for it: what they claim comes without a net.
    let lanes = [&app.env.lanes, &other.lanes];
    until("all to arrive", async || {
        if lanes.iter().all(|lanes| lanes.in_flight() == 0) && lanes.iter().any(|lanes| lanes.waiting() > 0) {
            app.advance(Duration::from_millis(5));
        }
        app.count("attempts").await >= 200
    })
    .await;
    let (first, second) = tokio::join!(first.stop(), second.stop());
    first.and(second).unwrap();
    let started = "select started_at from attempts order by started_at";
    let Db::Postgres(pool) = &app.env.db else { panic!("it is on Postgres") };
    let started: Vec<i64> = sqlx::query_scalar(started).fetch_all(pool).await.unwrap();
    assert_eq!(started.len(), 200);
    let seconds = (started[199] - started[0]) as f64 / 1e6;
    assert!(seconds < 13.0, "200 at 20 a second took {seconds} s; one of them alone would take 20");
    // Each may catch up with a timer that is 50 ms late.
    for (n, at) in started.iter().enumerate() {
        let within_a_second = started[n..].iter().take_while(|later| **later < at + 1_000_000).count();
        assert!(within_a_second <= 22, "{within_a_second} from {at}");
    }
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_without_a_worker_accepts_another_delivers_and_tells_of() {
    let app = TestApp::on(Kind::Postgres).await;
    let (house, receiver) = (House::new(&app).await, Receiver::start().await);
    house.webhook(&receiver.url("/")).await;
    let (delivering, _delivering) = beside(&app, true);
    let worker = worker::start(&delivering).await.unwrap();
    let _guard = in_touch(&app.env, false);
    let mut seen = app.env.live.subscribe();
    within("a delivery, told of where it was accepted", async {
        loop {
            let new = vec![event("call.completed", json!({"n": 1}))];
            events::accept(&app.env, &app.permit(&house.organization), new).await.unwrap();
            while let Ok(change) = seen.try_recv() {
                if change.is_some_and(|change| change.status == DeliveryStatus::Success) {
                    return;
                }
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(!receiver.requests().is_empty());
    worker.stop().await.unwrap();
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_share_a_backlog_and_send_each_delivery_once() {
    let app = TestApp::on(Kind::Postgres).await;
    let (house, receiver) = (House::new(&app).await, Receiver::start().await);
    house.webhook(&receiver.url("/")).await;
    let batch = (0..600).map(|n| event("call.completed", json!({ "n": n }))).collect();
    let accepted = house.accept(batch).await;
    let (other, _other) = beside(&app, true);
    let (first, second) = tokio::join!(worker::start(&app.env), worker::start(&other));
    let requests = receiver.wait_for(accepted.len()).await;
    let mut ids: Vec<&str> = requests.iter().filter_map(|request| request.header("webhook-id")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), requests.len()), (600, 600));
    first.unwrap().stop().await.unwrap();
    second.unwrap().stop().await.unwrap();
    app.close().await;
}

/// Waits until the worker has said that it is there at this time.
async fn has_looked(app: &TestApp) {
    within("a look at the others", async {
        loop {
            let said: Option<Time> = on_db!(&app.env.db, read pool => sqlx::query_scalar(
                "select seen_at from processes where id = $1").bind(app.env.id).fetch_optional(pool).await)
            .unwrap();
            if said == Some(app.now()) {
                return;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_said_nothing_for_25_seconds_is_followed_although_its_clock_is_a_day_ahead() {
    let app = TestApp::on(Kind::Postgres).await;
    let (house, receiver) = (House::new(&app).await, Receiver::start().await);
    house.webhook(&receiver.url("/")).await;
    house.publish().await;
    let killed = ProcessId::from_bytes([9; 16]);
    processes::beat(&app.env.db, killed, "worker", app.now().plus(Duration::from_secs(86_400))).await.unwrap();
    on_db!(&app.env.db, write pool => sqlx::query("update deliveries set leased_by = $1").bind(killed)
        .execute(pool).await.map(drop))
    .unwrap();
    let worker = app.start_worker().await;
    has_looked(&app).await;
    for _ in 0..4 {
        app.advance(Duration::from_secs(5));
        has_looked(&app).await;
    }
    assert_eq!(app.count("deliveries where leased_by is not null").await, 1);
    assert!(receiver.requests().is_empty());
    app.advance(Duration::from_secs(5));
    receiver.wait_for(1).await;
    house.settled(DeliveryStatus::Success, 1).await;
    worker.stop().await.unwrap();
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_that_is_claimed_while_its_webhook_is_switched_off_stays_with_who_claimed_it() {
    let app = TestApp::on(Kind::Postgres).await;
    let house = House::new(&app).await;
    let (webhook, _) = house.webhook("https://example.com/").await;
    house.publish().await;
    house.publish().await;
    let mut claiming = operator(&app).await;
    let claim = "begin; update deliveries set leased_by = gen_random_uuid() where id = (select min(id::text)::uuid from deliveries)";
    claiming.execute(claim).await.unwrap();
    let order = SwitchOff { reason: "410".into(), audit_id: app.env.new_id(AuditId::from_bytes) };
    let (env, organization, at) = (app.env.clone(), house.organization.id, app.now());
    let off = tokio::spawn(async move { env.writer.switch_off(organization, webhook.id, at, order).await });
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    until("the switch to wait for the claim", async || {
        sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut operator(&app).await).await.unwrap() == 1
    })
    .await;
    claiming.execute("commit").await.unwrap();
    off.await.unwrap().unwrap();
    let states = "select status, leased_by is not null from deliveries order by status";
    let states: Vec<(i16, bool)> = sqlx::query_as(states).fetch_all(&mut claiming).await.unwrap();
    assert_eq!(states, [(0, true), (3, false)], "one is with who claimed it, the other is skipped");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_process_without_a_worker_holds_and_knows_nothing_of_it_gives_back() {
    let app = TestApp::on(Kind::Postgres).await;
    let house = House::new(&app).await;
    house.webhook("https://example.com/").await;
    house.publish().await;
    let (web, _web) = beside(&app, false);
    let statement = "update deliveries set leased_by = $1";
    let Db::Postgres(pool) = &app.env.db else { panic!("it is on Postgres") };
    sqlx::query(statement).bind(web.id).execute(pool).await.unwrap();
    web.leases.doubt();
    until("it to be given back", async || {
        app.advance(Duration::from_secs(5));
        app.count("deliveries where leased_by is null").await == 1
    })
    .await;
    app.close().await;
}

/// Every change of a delivery is refused, as by a disk that is full, until this is taken away again.
const FULL: [&str; 2] = [
    "create function full_disk() returns trigger as \
     $$ begin raise exception 'no space left' using errcode = '53100'; end $$ language plpgsql",
    "create trigger full_disk before update on deliveries for each statement execute function full_disk()",
];

async fn run(app: &TestApp, statement: &'static str) {
    on_db!(&app.env.db, write pool => sqlx::query(statement).execute(pool).await.map(drop)).expect("it runs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_records_than_are_kept_in_memory_are_written_once_the_database_takes_them_again() {
    let app = TestApp::on(Kind::Postgres).await;
    let organization = app.organization("acme").await;
    for statement in FULL {
        run(&app, statement).await;
    }
    let (done, mut answers) = tokio::sync::mpsc::unbounded_channel();
    // What the queue holds, and what is kept beside it.
    let records = 2_048 + 1_024;
    for _ in 0..records {
        let record = Record {
            organization_id: organization.id,
            delivery_id: app.env.new_id(DeliveryId::from_bytes),
            webhook_id: app.env.new_id(WebhookId::from_bytes),
            holder: app.env.id,
            attempts_before: 0,
            attempt: None,
            is_test: false,
            status: DeliveryStatus::Skipped,
            next_attempt_at: None,
            at: app.now(),
            switch_off: None,
        };
        let done = done.clone();
        let done = Box::new(move |counted| done.send(counted).expect("the test waits"));
        within("a place", app.env.writer.record(Recording { record, is_awaited: false, done })).await;
    }
    assert!(answers.try_recv().is_err(), "nothing is answered while the database takes nothing");
    assert_eq!(app.browser().get("/readyz").await.expect(503).json()["database"], "takes nothing");
    run(&app, "drop trigger full_disk on deliveries").await;
    let mut answered = Vec::new();
    within("every record to be written", answers.recv_many(&mut answered, records)).await;
    while answered.len() < records {
        within("every record to be written", answers.recv_many(&mut answered, records)).await;
    }
    assert!(answered.iter().all(|counted| !counted), "nobody has claimed these");
    app.browser().get("/readyz").await.expect(200);
    app.close().await;
}

/// A connection that is not the program's.
async fn operator(app: &TestApp) -> PgConnection {
    let Db::Postgres(pool) = &app.env.db else { panic!("the app is on Postgres") };
    pool.connect_options().connect().await.expect("the database answers")
}

/// Every connection of the program ends, as with a restart of Postgres.
async fn end_all_connections(app: &TestApp) {
    let ended: Vec<bool> = sqlx::query_scalar(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity \
         where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'",
    )
    .fetch_all(&mut operator(app).await)
    .await
    .expect("they end");
    assert!(!ended.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_for_is_on_the_disk_though_the_database_is_set_to_answer_before() {
    let app = TestApp::on(Kind::Postgres).await;
    let house = House::new(&app).await;
    let statements = "do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$; \
        create table seen (setting text); \
        create function see() returns trigger language plpgsql as $$ begin \
            insert into seen values (current_setting('synchronous_commit')); return null; end $$; \
        create trigger see after insert on events execute function see()";
    operator(&app).await.execute(statements).await.unwrap();
    end_all_connections(&app).await;
    until("the event to be taken", async || {
        let new = vec![event("call.completed", json!({}))];
        events::accept(&app.env, &app.permit(&house.organization), new).await.is_ok()
    })
    .await;
    let seen = "select distinct setting from seen";
    let seen: Vec<String> = sqlx::query_scalar(seen).fetch_all(&mut operator(&app).await).await.unwrap();
    assert_eq!(seen, ["on"]);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_every_connection_has_ended_events_are_taken_again_and_each_that_was_arrives_once() {
    let app = TestApp::on(Kind::Postgres).await;
    let house = House::new(&app).await;
    let receiver = Receiver::start().await;
    house.webhook(&receiver.url("/")).await;
    let _worker = worker::start(&app.env).await.unwrap();
    let program = app.program_of(&house.organization).await;
    let mut changes = app.env.live.subscribe();
    for round in 1..=3 {
        end_all_connections(&app).await;
        let with_id = json!({"event_type": "call.completed", "id": format!("order-{round}"), "data": {}});
        for body in [with_id, json!({"event_type": "call.completed", "data": {}})] {
            within("the event to be taken", async {
                loop {
                    let answer = program.post("/v1/events", body.clone()).await;
                    if answer.status == 202 {
                        return;
                    }
                    assert_eq!(answer.status, 503, "{}", answer.body);
                }
            })
            .await;
        }
        // Not by the program's connections: some may still be broken ones.
        let mut operator = operator(&app).await;
        within("two more deliveries that have succeeded", async {
            let counts = "select count(*), count(*) filter (where status = 1) from deliveries";
            let all = (2 * round, 2 * round);
            while sqlx::query_as::<_, (i64, i64)>(counts).fetch_one(&mut operator).await.unwrap() != all {
                let _ = changes.recv().await;
            }
        })
        .await;
    }
    assert_eq!(receiver.requests().len(), 6);
    app.close().await;
}
