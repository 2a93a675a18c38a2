//! Several processes on one Postgres: what one changes the others know at once, and any of them delivers.
//! The clock stands still, so that nothing is owed to a net that looks every few seconds.

use crate::{
    engine::{House, event},
    support::{Receiver, TestApp, database::Kind, within},
};
use serde_json::json;
use sqlx::{ConnectOptions, PgConnection};
use std::time::Duration;
use switchhook::{
    model::{
        delivery::DeliveryStatus,
        error::AppError,
        id::{DeliveryId, ProcessId, WebhookId},
        organization::Scope,
        time::Time,
    },
    on_db,
    server::{
        access::by_key,
        domain::{
            api_keys, events, news,
            webhooks::{self, WebhookChange},
        },
        env::Env,
        store::{db::Db, processes, record::Record, writer::Recording},
        worker,
    },
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// A further process on the same database, in touch with the others; ends with the guard.
fn beside(app: &TestApp, has_worker: bool) -> (Env, DropGuard) {
    let env = app.env_beside();
    (env.clone(), in_touch(&env, has_worker))
}

fn in_touch(env: &Env, has_worker: bool) -> DropGuard {
    let stop = CancellationToken::new();
    tokio::spawn(news::exchange(env.clone(), has_worker, stop.clone()));
    stop.drop_guard()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_a_webhook_holds_in_every_process_at_once() {
    let app = TestApp::on(Kind::Postgres).await;
    let house = House::new(&app).await;
    let (webhook, _) = house.webhook("https://example.com/").await;
    let _guard = in_touch(&app.env, false);
    let (other, _other) = beside(&app, false);
    house.publish().await;
    within("the change to be heard", async {
        loop {
            let change = WebhookChange { active: Some(false), ..WebhookChange::default() };
            webhooks::update(&other, &app.permit(&house.organization), webhook.id, change).await.unwrap();
            house.publish().await;
            if house.deliveries().await[0].status == DeliveryStatus::Skipped {
                return;
            }
        }
    })
    .await;
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_one_process_revokes_is_refused_by_all() {
    let app = TestApp::on(Kind::Postgres).await;
    let organization = app.organization("acme").await;
    let _guard = in_touch(&app.env, false);
    let (other, _other) = beside(&app, false);
    within("the revocation to be heard", async {
        loop {
            let key = app.key(&organization, &Scope::ALL).await;
            assert!(by_key(&app.env, &key).await.is_ok());
            let made = api_keys::list(&other, &app.permit(&organization)).await.unwrap();
            for made in made.iter().filter(|key| key.revoked_at.is_none()) {
                api_keys::revoke(&other, &app.permit(&organization), made.id).await.unwrap();
            }
            for _ in 0..50 {
                if by_key(&app.env, &key).await.err() == Some(AppError::NotSignedIn) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
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
                if change.status == DeliveryStatus::Success {
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
