//! What bounds memory: room for what waits for the disk, and for large events that are under way.

use crate::{
    engine::{House, event},
    support::{Answer, Receiver, TestApp, until},
};
use futures::future::join_all;
use serde_json::json;
use switchhook::{
    model::{delivery::DeliveryStatus, error::AppError, id::WebhookId},
    server::{
        domain::{
            deliveries,
            events::{self, NewEvent},
            webhooks::NewWebhook,
        },
        store::db::Db,
    },
};

/// Large events of one organization that are under way at the same time: seven of 5 MiB have room to wait in
/// memory, and beside them there is room for three that are read for their attempt, each with the body made of it.
const UNDER_WAY: usize = 10;

fn small() -> NewEvent {
    event("call.completed", json!({"n": 1}))
}

/// A webhook for one type of event.
async fn for_type(house: &House<'_>, receiver: &Receiver, event_type: &str) -> WebhookId {
    let (url, events) = (receiver.url("/"), Some(vec![event_type.to_owned()]));
    house.webhook_with(NewWebhook { url, events, timeout_seconds: Some(30), ..NewWebhook::default() }).await.0.id
}

/// Nothing is committed until it is dropped.
#[expect(dead_code, reason = "held for what its end does")]
enum Halt {
    Sqlite(tokio::sync::OwnedMutexGuard<()>),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

async fn halted(app: &TestApp) -> Halt {
    match &app.env.db {
        Db::Sqlite(sqlite) => Halt::Sqlite(sqlite.turn().await),
        Db::Postgres(pool) => {
            let mut open = pool.begin().await.unwrap();
            sqlx::query("lock table events in exclusive mode").execute(&mut *open).await.unwrap();
            Halt::Postgres(open)
        }
    }
}

async fn until_success(app: &TestApp, count: i64) {
    until("what was published to be delivered", async || app.count("deliveries where status = 1").await >= count).await;
}

both_databases! {
    async fn who_publishes_more_than_the_disk_takes_is_told_to_wait_and_others_are_not(app) {
        let (house, other) = (House::new(app).await, app.organization("other").await);
        let (own, others) = (app.permit(&house.organization), app.permit(&other));
        house.publish().await;
        events::accept_one(&app.env, &others, small()).await.unwrap();
        let halt = halted(app).await;
        let own = join_all((0..6_000).map(|_| events::accept_one(&app.env, &own, small())));
        let (own, others) = tokio::join!(own, async {
            let mut accepting = Box::pin(events::accept_one(&app.env, &others, small()));
            assert!(futures::poll!(&mut accepting).is_pending(), "there is room for another organization");
            drop(halt);
            accepting.await
        });
        assert!(others.is_ok());
        let (accepted, refused): (Vec<_>, Vec<_>) = own.into_iter().partition(Result::is_ok);
        assert!((2_000..5_000).contains(&accepted.len()), "{} were accepted", accepted.len());
        assert!(refused.iter().all(|answer| *answer == Err(AppError::Busy(1))));
        assert_eq!(usize::try_from(app.count("events").await).unwrap(), accepted.len() + 3);
        house.publish().await;
    }

    async fn a_call_that_makes_too_many_deliveries_is_refused_whole(app) {
        let house = House::new(app).await;
        for number in 0..101 {
            house.webhook(&format!("https://example.com/{number}")).await;
        }
        let permit = app.permit(&house.organization);
        let refused = events::accept(&app.env, &permit, (0..1_000).map(|_| small()).collect()).await;
        let Err(AppError::Invalid(errors)) = refused else { panic!("{refused:?}") };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["events"]);
        assert!(errors[0].message.contains("more than 100000 deliveries"), "{}", errors[0].message);
        assert_eq!((app.count("events").await, app.count("deliveries").await), (0, 0));
    }

    async fn large_events_of_a_receiver_that_hangs_share_one_memory_and_small_ones_pass_them(app) {
        let (house, hangs, well) = (House::new(app).await, Receiver::start().await, Receiver::start().await);
        for_type(&house, &hangs, "recording.ready").await;
        for_type(&house, &well, "call.completed").await;
        hangs.always(Answer::ok().held());
        let worker = app.start_worker().await;
        let large = || event("recording.ready", json!({"audio": "x".repeat(5 * 1024 * 1024)}));
        for _ in 0..14 {
            house.accept(vec![large()]).await;
        }
        hangs.wait_for(UNDER_WAY).await;
        for _ in 0..40 {
            house.publish().await;
        }
        well.wait_for(40).await;
        until_success(app, 40).await;
        assert_eq!((app.env.lanes.in_flight(), hangs.requests().len()), (UNDER_WAY, UNDER_WAY));
        hangs.release(14);
        hangs.wait_for(14).await;
        until_success(app, 54).await;
        worker.stop().await.unwrap();
    }

    async fn a_large_event_that_somebody_sends_again_passes_the_others_while_there_is_memory_for_it(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        for_type(&house, &receiver, "recording.ready").await;
        let worker = app.start_worker().await;
        let large = || event("recording.ready", json!({"audio": "x".repeat(5 * 1024 * 1024)}));
        house.accept(vec![large(), large(), large()]).await;
        until_success(app, 3).await;
        let first = house.deliveries().await;
        receiver.always(Answer::ok().held());
        for _ in 0..14 {
            house.accept(vec![large()]).await;
        }
        receiver.wait_for(3 + UNDER_WAY).await;
        for delivery in &first {
            let retried = deliveries::retry(&app.env, &app.permit(&house.organization), delivery.id).await.unwrap();
            assert_eq!(retried.status, DeliveryStatus::Pending);
        }
        assert_eq!(app.env.lanes.in_flight(), UNDER_WAY + 2, "the third waits");
        receiver.release(17);
        receiver.wait_for(20).await;
        until_success(app, 17).await;
        worker.stop().await.unwrap();
    }
}
