//! Faults within the program's reach: a panic, a receiver that never answers when it is told to stop, a clock
//! that jumps, a pool without a connection left, a schema from the future. `rig/` does those of the world around.

use crate::{
    engine::House,
    guard::Silent,
    support::{
        Answer, Receiver, TestApp,
        app::{PASSWORD, settings},
        database::Kind,
        until, within,
    },
};
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};
use switchhook::{
    model::{
        delivery::{DeliveryStatus, Outcome},
        id::ProcessId,
        organization::Role,
        webhook::RetryPolicy,
    },
    on_db,
    server::{
        domain::{sign_in, webhooks::NewWebhook},
        env::{Env, Outgoing, Sender, Sent},
        store::db::Db,
        worker,
        worker::send::{HttpSender, public_roots},
    },
};

/// Panics at one address.
struct Poisoned(HttpSender);

#[async_trait]
impl Sender for Poisoned {
    async fn send(&self, request: Outgoing) -> Sent {
        assert!(!request.url.contains("/poison"), "a fault of the sender");
        self.0.send(request).await
    }
    fn check_url(&self, url: &str) -> Result<(), String> {
        self.0.check_url(url)
    }
}

/// An event that another process has accepted, which tells nobody.
async fn stored(app: &TestApp, house: &House<'_>) {
    stored_by(&app.env_beside(), app, house).await;
}

async fn stored_by(other: &Env, app: &TestApp, house: &House<'_>) {
    let event = crate::engine::event("call.completed", serde_json::json!({}));
    let permit = app.permit(&house.organization);
    switchhook::server::domain::events::accept(other, &permit, vec![event]).await.unwrap();
}

async fn all_succeed(house: &House<'_>) {
    until("every delivery to be recorded", async || {
        !house.deliveries().await.iter().any(|d| d.status != DeliveryStatus::Success)
    })
    .await;
}

/// A delivery whose receiver has not answered yet.
async fn one_in_flight(app: &TestApp, house: &House<'_>, receiver: &Receiver) -> worker::Worker {
    house.webhook(&receiver.url("/")).await;
    let worker = app.start_worker().await;
    receiver.always(Answer::ok().held());
    house.publish().await;
    receiver.wait_for(1).await;
    worker
}

async fn one_attempt(house: &House<'_>, url: String) {
    let retry_policy = Some(RetryPolicy::Schedule { schedule_seconds: Vec::new() });
    house.webhook_with(NewWebhook { url, retry_policy, ..NewWebhook::default() }).await;
}

both_databases! {
    async fn an_attempt_that_panics_is_recorded_as_a_fault_of_ours_and_holds_nobody_up(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        one_attempt(&house, receiver.url("/poison")).await;
        one_attempt(&house, receiver.url("/good")).await;
        let real = HttpSender::new(&app.env.settings, public_roots()).unwrap();
        let env = app.env_sending(Arc::new(Poisoned(real)));
        let worker = worker::start(&env).await.unwrap();
        let permit = app.permit(&house.organization);
        for _ in 0..3 {
            let event = crate::engine::event("call.completed", serde_json::json!({}));
            switchhook::server::domain::events::accept(&env, &permit, vec![event]).await.unwrap();
        }
        receiver.wait_for(3).await;
        until("the poisoned ones to end", async || {
            !house.deliveries().await.iter().any(|d| d.status == DeliveryStatus::Pending)
        })
        .await;
        let all = house.deliveries().await;
        let ends = |status| all.iter().filter(|d| d.status == status).count();
        assert_eq!((ends(DeliveryStatus::Success), ends(DeliveryStatus::Failed)), (3, 3));
        let failed = all.iter().find(|d| d.status == DeliveryStatus::Failed).unwrap();
        let attempt = house.attempts(failed.id).await.remove(0);
        assert_eq!(attempt.outcome, Outcome::Internal);
        assert!(attempt.detail.is_some_and(|words| !words.contains("sender")), "the cause is the operator's to read");
        worker.stop().await.unwrap();
    }

    async fn a_delivery_that_panics_is_given_up_after_the_third_attempt(app) {
        let house = House::new(app).await;
        let retry_policy = Some(RetryPolicy::Schedule { schedule_seconds: vec![1; 8] });
        let url = "http://127.0.0.1/poison".to_owned();
        house.webhook_with(NewWebhook { url, retry_policy, ..NewWebhook::default() }).await;
        let env = app.env_sending(Arc::new(Poisoned(HttpSender::new(&app.env.settings, public_roots()).unwrap())));
        let worker = worker::start(&env).await.unwrap();
        let event = crate::engine::event("call.completed", serde_json::json!({}));
        switchhook::server::domain::events::accept(&env, &app.permit(&house.organization), vec![event]).await.unwrap();
        let attempts = async |count: u32| {
            until("the attempt", async || house.deliveries().await[0].attempt_count >= count).await;
        };
        for count in 1..=3 {
            attempts(count).await;
            app.advance(Duration::from_secs(60));
        }
        let given_up = house.deliveries().await.remove(0);
        assert_eq!((given_up.status, given_up.attempt_count), (DeliveryStatus::Failed, 3));
        worker.stop().await.unwrap();
    }

    async fn a_name_server_that_stays_silent_costs_one_deadline_and_the_delivery_is_tried_again(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let silent = NewWebhook { url: "https://hooks.example.com/in".into(), timeout_seconds: Some(1), ..NewWebhook::default() };
        house.webhook_with(silent).await;
        let sender = HttpSender::asking(&app.env.settings, public_roots(), Arc::new(Silent)).unwrap();
        let env = app.env_sending(Arc::new(sender));
        let worker = worker::start(&env).await.unwrap();
        let event = crate::engine::event("call.completed", serde_json::json!({}));
        let permit = app.permit(&house.organization);
        switchhook::server::domain::events::accept(&env, &permit, vec![event.clone()]).await.unwrap();
        until("the attempt", async || house.deliveries().await[0].attempt_count > 0).await;
        let waiting = house.deliveries().await.remove(0);
        assert_eq!((waiting.status, env.lanes.in_flight()), (DeliveryStatus::Pending, 0));
        assert!(waiting.next_attempt_at.is_some_and(|at| at > app.now()));
        let attempt = house.attempts(waiting.id).await.remove(0);
        assert_eq!(attempt.outcome, Outcome::Dns);
        let why = switchhook::model::explain::attempt(&attempt);
        assert!(why.reason.contains("No name server answered for hooks.example.com"), "{}", why.reason);
        // Others have not waited for it, and it comes to its second attempt.
        house.webhook(&receiver.url("/")).await;
        env.subscriptions.changed(house.organization.id);
        switchhook::server::domain::events::accept(&env, &permit, vec![event]).await.unwrap();
        receiver.wait_for(1).await;
        app.advance(Duration::from_secs(3_600));
        until("the second attempt", async || house.attempts(waiting.id).await.len() >= 2).await;
        worker.stop().await.unwrap();
    }

    async fn told_to_stop_while_receivers_never_answer_it_waits_twenty_seconds_and_gives_the_rest_back(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        house.webhook(&receiver.url("/")).await;
        receiver.always(Answer::ok().held());
        let worker = app.start_worker().await;
        for _ in 0..40 {
            house.publish().await;
        }
        receiver.wait_for(32).await;
        let stopping = tokio::spawn(worker.stop());
        until("the stop to wait", async || app.env.lanes.is_closed()).await;
        assert!(!stopping.is_finished());
        within("the stop", async {
            while !stopping.is_finished() {
                app.advance(Duration::from_secs(20));
                tokio::task::yield_now().await;
            }
        })
        .await;
        stopping.await.unwrap().unwrap();
        let held = app.count("deliveries where leased_by is not null").await;
        assert_eq!(held, 0);
        receiver.release(100);
        receiver.always(Answer::ok());
        let next = app.start_worker().await;
        all_succeed(&house).await;
        next.stop().await.unwrap();
    }

    async fn a_clock_that_is_set_back_an_hour_holds_nothing_up_for_an_hour(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        house.webhook(&receiver.url("/")).await;
        let worker = app.start_worker().await;
        app.clock.set(app.now().minus(Duration::from_secs(3_600)));
        house.publish().await;
        let delivered = house.settled(DeliveryStatus::Success, 1).await;
        let attempt = house.attempts(delivered.id).await.remove(0);
        assert!(attempt.duration_us >= 0);
        assert!(delivered.completed_at.unwrap() >= delivered.created_at);
        worker.stop().await.unwrap();
    }

    async fn what_waited_in_the_database_goes_on_by_a_clock_that_was_set_back_an_hour(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let retry_policy = Some(RetryPolicy::Schedule { schedule_seconds: vec![30] });
        house.webhook_with(NewWebhook { url: receiver.url("/"), retry_policy, ..NewWebhook::default() }).await;
        receiver.next([Answer::status(500)]);
        let worker = app.start_worker().await;
        house.publish().await;
        house.settled(DeliveryStatus::Pending, 1).await;
        stored(app, &house).await;
        app.clock.set(app.now().minus(Duration::from_secs(3_600)));
        // The system's clock would rouse it within seconds.
        app.env.wake.ring();
        house.settled(DeliveryStatus::Success, 1).await;
        let waiting = house.settled(DeliveryStatus::Pending, 1).await;
        let wait = waiting.next_attempt_at.unwrap().since(app.now()).as_secs_f64();
        assert!((30.0..=36.0).contains(&wait), "as long as it was to: {wait} s");
        app.advance(Duration::from_secs(40));
        house.settled(DeliveryStatus::Success, 2).await;
        worker.stop().await.unwrap();
    }

    async fn what_was_held_when_the_clock_was_set_back_goes_on_within_a_minute_of_coming_free(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        house.webhook(&receiver.url("/")).await;
        let worker = app.start_worker().await;
        house.publish().await;
        all_succeed(&house).await;
        let other = app.env_beside();
        stored_by(&other, app, &house).await;
        let held_by = async |holder: Option<ProcessId>| {
            on_db!(&app.env.db, write pool => sqlx::query("update deliveries set leased_by = $1 where status = 0")
                .bind(holder).execute(pool).await.map(drop)).unwrap();
        };
        held_by(Some(ProcessId::from_bytes([9; 16]))).await;
        stored_by(&other, app, &house).await;
        app.clock.set(app.now().minus(Duration::from_secs(3_600)));
        app.env.wake.ring();
        // What nobody holds goes first: it has been looked for what the clock has left.
        receiver.wait_for(2).await;
        held_by(None).await;
        app.advance(Duration::from_secs(60));
        receiver.wait_for(3).await;
        worker.stop().await.unwrap();
    }

    async fn what_waited_when_the_clock_was_set_back_while_nothing_ran_goes_on_at_the_next_start(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        house.webhook(&receiver.url("/")).await;
        house.publish().await;
        app.clock.set(app.now().minus(Duration::from_secs(3_600)));
        let worker = app.start_worker().await;
        house.settled(DeliveryStatus::Success, 1).await;
        worker.stop().await.unwrap();
    }

    async fn what_nobody_was_told_of_is_found_within_five_seconds(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        house.webhook(&receiver.url("/")).await;
        let worker = app.start_worker().await;
        house.publish().await;
        all_succeed(&house).await;
        stored(app, &house).await;
        assert_eq!(receiver.requests().len(), 1, "no time has passed");
        app.advance(Duration::from_secs(5));
        assert_eq!(receiver.wait_for(2).await.len(), 2);
        worker.stop().await.unwrap();
    }

    async fn a_clock_that_jumps_a_day_ahead_sends_what_is_due_by_the_cap_and_no_faster(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        house.webhook(&receiver.url("/")).await;
        let events = (0..1_000).map(|n| crate::engine::event("call.completed", serde_json::json!({ "n": n }))).collect();
        house.accept(events).await;
        receiver.always(Answer::ok().held());
        app.advance(Duration::from_secs(86_400));
        let worker = app.start_worker().await;
        assert_eq!(receiver.wait_for(32).await.len(), 32);
        assert_eq!(app.env.lanes.in_flight(), 32);
        receiver.release(1_000);
        assert_eq!(receiver.wait_for(1_000).await.len(), 1_000);
        worker.stop().await.unwrap();
    }

    async fn a_database_that_fails_while_lanes_are_refilled_leaves_no_lane_waiting_for_ever(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let mut webhooks = Vec::new();
        for n in 0..10 {
            webhooks.push(house.webhook(&receiver.url(&format!("/{n}"))).await.0.id);
        }
        let worker = app.start_worker().await;
        let look = || webhooks.iter().for_each(|id| app.env.lanes.more_is_stored(house.organization.id, *id));
        let other = app.env_beside();
        stored_by(&other, app, &house).await;
        look();
        receiver.wait_for(10).await;
        all_succeed(&house).await;
        // From here on it only asks the database when it is told to.
        stored_by(&other, app, &house).await;
        let database = async |statement: &'static str| {
            on_db!(&app.env.db, write pool => sqlx::query(statement).execute(pool).await.map(drop)).unwrap();
        };
        database("alter table deliveries rename to gone").await;
        look();
        // Where it was not done looking, that failed before it came to the lanes, and it has paused.
        app.advance(Duration::from_secs(1));
        until("the database to have failed", async || app.env.leases.take_doubt()).await;
        database("alter table gone rename to deliveries").await;
        app.advance(Duration::from_secs(5));
        receiver.wait_for(20).await;
        worker.stop().await.unwrap();
    }

    async fn a_delivery_that_is_held_and_forgotten_goes_on_and_one_that_is_in_flight_is_not_repeated(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let worker = one_in_flight(app, &house, &receiver).await;
        // As where a commit went through and its answer was lost.
        stored(app, &house).await;
        on_db!(&app.env.db, write pool => sqlx::query("update deliveries set leased_by = $1 where status = 0")
            .bind(app.env.id).execute(pool).await.map(drop)).unwrap();
        app.env.leases.doubt();
        app.advance(Duration::from_secs(5));
        receiver.wait_for(2).await;
        receiver.release(2);
        all_succeed(&house).await;
        assert_eq!(receiver.requests().len(), 2);
        worker.stop().await.unwrap();
    }

    async fn a_delivery_that_is_in_flight_is_not_repeated_because_somebody_asks_for_it(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let worker = one_in_flight(app, &house, &receiver).await;
        let pending = house.settled(DeliveryStatus::Pending, 0).await;
        let permit = app.permit(&house.organization);
        let refused = switchhook::server::domain::deliveries::retry(&app.env, &permit, pending.id).await;
        assert!(matches!(refused, Err(switchhook::model::error::AppError::Conflict(_))));
        let leased = vec![((), pending.id)];
        assert!(app.env.leases.unknown(leased).is_empty(), "its holder is known as before");
        assert!(!app.env.leases.take_doubt(), "nothing was written that could be in doubt");
        receiver.release(1);
        all_succeed(&house).await;
        assert_eq!(receiver.requests().len(), 1);
        worker.stop().await.unwrap();
    }

    async fn told_to_stop_while_a_test_is_under_way_it_waits_for_its_answer(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let id = house.webhook(&receiver.url("/")).await.0.id;
        receiver.always(Answer::ok().held());
        let worker = app.start_worker().await;
        let (env, permit) = (app.env.clone(), app.permit(&house.organization));
        let test = tokio::spawn(async move {
            switchhook::server::domain::deliveries::send_test(&env, &permit, id, None, None).await
        });
        receiver.wait_for(1).await;
        let stopping = tokio::spawn(worker.stop());
        until("the stop to begin", async || app.env.lanes.is_closed()).await;
        receiver.release(1);
        let (delivery, _) = test.await.unwrap().unwrap();
        assert_eq!(delivery.status, DeliveryStatus::Success);
        stopping.await.unwrap().unwrap();
        assert_eq!(receiver.requests().len(), 1);
    }

    async fn receivers_that_hang_hold_no_connection_to_the_database(app) {
        let database = app.database.as_ref().unwrap();
        let few = Db::open(&database.url, 2).await.unwrap();
        let env = app.env_on(few.clone(), settings(&["--public-url", &app.base]));
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        receiver.always(Answer::ok().held());
        for n in 0..7 {
            house.webhook(&receiver.url(&format!("/{n}"))).await;
        }
        let worker = worker::start(&env).await.unwrap();
        let permit = app.permit(&house.organization);
        for _ in 0..30 {
            let event = crate::engine::event("call.completed", serde_json::json!({}));
            switchhook::server::domain::events::accept(&env, &permit, vec![event]).await.unwrap();
        }
        receiver.wait_for(200).await;
        let page = switchhook::server::domain::log::list(&env, &app.permit(&house.organization),
            &switchhook::model::log_filter::LogFilter::default(), 10, None).await.unwrap();
        assert_eq!(page.data.len(), 10);
        app.person(&house.organization, "ada@acme.test", Role::Owner).await;
        let signed_in = sign_in::by_password(&env, "ada@acme.test", PASSWORD, None);
        within("the sign-in", signed_in).await.expect("somebody who signs in meanwhile has not to wait for them");
        receiver.release(1_000);
        worker.stop().await.unwrap();
        few.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_on_sqlite_is_on_the_disk_before_it_is_answered() {
    let app = TestApp::on(Kind::Sqlite).await;
    let Db::Sqlite(sqlite) = &app.env.db else { panic!("it is SQLite") };
    let mode: String = sqlx::query_scalar("pragma journal_mode").fetch_one(&sqlite.write).await.unwrap();
    let synchronous: i64 = sqlx::query_scalar("pragma synchronous").fetch_one(&sqlite.write).await.unwrap();
    assert_eq!((mode.as_str(), synchronous), ("wal", 2), "2 is FULL");
    app.close().await;
}
