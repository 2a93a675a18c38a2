//! Events are accepted once, whole, and with the deliveries that they are due.

use crate::{
    engine::{House, event},
    support::within,
};
use futures::future::join_all;
use serde_json::json;
use std::time::Duration;
use switchhook::{
    model::{delivery::DeliveryStatus, error::AppError},
    on_db,
    server::{
        domain::{
            events::{self, NewEvent},
            webhooks::NewWebhook,
        },
        store::db::Db,
    },
};

fn keyed(key: &str) -> NewEvent {
    NewEvent { idempotency_key: Some(key.into()), ..event("call.completed", json!({"n": 1})) }
}

fn named(id: &str) -> NewEvent {
    NewEvent { id: Some(id.into()), ..event("call.completed", json!({"n": 1})) }
}

both_databases! {
    async fn an_event_gets_a_delivery_for_each_webhook_that_takes_it(app) {
        let house = House::new(app).await;
        let url = "https://example.com/hook";
        house.webhook(url).await;
        let only = |types: &[&str]| NewWebhook {
            url: url.into(),
            events: Some(types.iter().map(ToString::to_string).collect()),
            ..NewWebhook::default()
        };
        house.webhook_with(only(&["call.completed", "call.failed"])).await;
        house.webhook_with(only(&["call.failed"])).await;
        let filters = json!({"direction": "outbound"}).as_object().unwrap().clone();
        house.webhook_with(NewWebhook { url: url.into(), filters, ..NewWebhook::default() }).await;
        house.webhook_with(NewWebhook { url: url.into(), inactive: true, ..NewWebhook::default() }).await;

        let accepted = house.accept(vec![event("call.completed", json!({"direction": "inbound"}))]).await;
        assert_eq!(accepted[0].deliveries, 3);
        let states: Vec<_> = house.deliveries().await.iter().map(|d| d.status).collect();
        assert_eq!(states.iter().filter(|s| **s == DeliveryStatus::Pending).count(), 2);
        assert_eq!(states.iter().filter(|s| **s == DeliveryStatus::Skipped).count(), 1);
        let accepted = house.accept(vec![event("call.failed", json!({"direction": "outbound"}))]).await;
        assert_eq!(accepted[0].deliveries, 5);
    }

    async fn the_same_key_answers_the_first_event_and_delivers_nothing_more(app) {
        let house = House::new(app).await;
        house.webhook("https://example.com/hook").await;
        let first = house.accept(vec![keyed("k1")]).await;
        let other = NewEvent { event_type: "call.failed".into(), ..keyed("k1") };
        assert_eq!(house.accept(vec![other]).await, first);
        assert_eq!(first[0].deliveries, 1);
        assert_eq!((app.count("events").await, app.count("deliveries").await), (1, 1));
    }

    async fn the_same_id_answers_the_first_event_for_good(app) {
        let house = House::new(app).await;
        house.webhook("https://example.com/hook").await;
        let first = house.accept(vec![named("order-1")]).await;
        assert_eq!(first[0].id, "order-1");
        app.advance(Duration::from_secs(30 * 3_600));
        assert_eq!(house.accept(vec![named("order-1")]).await, first);
        let both = NewEvent { idempotency_key: Some("k".into()), ..named("order-1") };
        assert_eq!(house.accept(vec![both]).await, first);
        assert_eq!(house.accept(vec![keyed("k")]).await, first);
        assert_eq!((app.count("events").await, app.count("deliveries").await), (1, 1));
    }

    async fn an_id_whose_event_was_removed_by_hand_can_be_given_again(app) {
        let house = House::new(app).await;
        house.accept(vec![named("order-1")]).await;
        on_db!(&app.env.db, write pool => sqlx::query("delete from events").execute(pool).await.map(drop)).unwrap();
        let again = within("the answer", house.accept(vec![named("order-1"), named("order-2")])).await;
        assert_eq!((again[0].id.as_str(), again[1].id.as_str()), ("order-1", "order-2"));
        assert_eq!((app.count("events").await, app.count("given_ids").await), (2, 2));
    }

    async fn a_key_whose_event_was_removed_by_hand_stands_for_the_next_one(app) {
        let house = House::new(app).await;
        house.accept(vec![keyed("k1")]).await;
        on_db!(&app.env.db, write pool => sqlx::query("delete from events").execute(pool).await.map(drop)).unwrap();
        let next = house.accept(vec![keyed("k1")]).await;
        assert_eq!(house.accept(vec![keyed("k1")]).await, next);
        assert_eq!(app.count("events").await, 1);
    }

    async fn a_key_is_forgotten_after_24_hours(app) {
        let house = House::new(app).await;
        let first = house.accept(vec![keyed("k1")]).await;
        app.advance(Duration::from_secs(24 * 3_600 - 1));
        assert_eq!(house.accept(vec![keyed("k1")]).await, first);
        app.advance(Duration::from_secs(2));
        assert_ne!(house.accept(vec![keyed("k1")]).await, first);
    }

    async fn keys_are_forgotten_after_a_day_however_many_there_are(app) {
        let house = House::new(app).await;
        for part in 0..3 {
            let keyed = |n: usize| NewEvent {
                idempotency_key: Some(format!("key-{part}-{n}")),
                ..event("call.completed", json!({}))
            };
            house.accept((0..1_000).map(keyed).collect()).await;
        }
        app.advance(Duration::from_secs(25 * 3_600));
        let worker = app.start_worker().await;
        app.until_none("idempotency_keys").await;
        worker.stop().await.unwrap();
    }

    async fn keys_and_ids_are_each_organizations_own(app) {
        let (one, other) = (House::new(app).await, House { app, organization: app.organization("other").await });
        let first = one.accept(vec![keyed("k"), named("i")]).await;
        let second = other.accept(vec![keyed("k"), named("i")]).await;
        assert_ne!(first[0].id, second[0].id);
        assert_eq!(app.count("events").await, 4);
    }

    async fn a_batch_answers_in_order_and_repeats_within_it_answer_the_first(app) {
        let house = House::new(app).await;
        house.webhook("https://example.com/hook").await;
        house.accept(vec![keyed("old"), named("old-id")]).await;
        let batch = vec![keyed("a"), named("x"), keyed("old"), keyed("a"), named("x"), keyed("b"), named("old-id")];
        let accepted = house.accept(batch).await;
        let ids: Vec<_> = accepted.iter().map(|a| a.id.as_str()).collect();
        assert_eq!((ids[0], ids[1], ids[6]), (ids[3], ids[4], "old-id"));
        assert!(accepted.iter().all(|a| a.deliveries == 1));
        assert_eq!((app.count("events").await, app.count("deliveries").await), (5, 5));
    }

    async fn with_a_key_and_an_id_whichever_was_there_first_is_answered(app) {
        let house = House::new(app).await;
        house.webhook("https://example.com/hook").await;
        let both = |key: &str, id: &str| NewEvent { idempotency_key: Some(key.into()), ..named(id) };
        let old = house.accept(vec![both("k1", "i1"), both("k2", "i2")]).await;
        let plain = || event("call.completed", json!({}));
        let mixed = vec![plain(), both("k1", "i3"), both("k3", "i2"), both("k4", "i4"), keyed("k5"), named("i5"), plain()];
        let accepted = house.accept(mixed).await;
        assert_eq!((&accepted[1], &accepted[2]), (&old[0], &old[1]), "a key that is known, and an id that is");
        assert_eq!(accepted.iter().filter(|a| a.deliveries == 1).count(), 7);
        assert_eq!(house.accept(vec![keyed("k3")]).await, [old[1].clone()], "the new key stands for what it was answered with");
        assert_eq!(house.accept(vec![named("i3")]).await[0].id, "i3", "the new id was not taken");
        assert_eq!((app.count("events").await, app.count("deliveries").await), (8, 8));
    }

    async fn of_many_callers_with_one_key_one_is_first(app) {
        let house = House::new(app).await;
        house.webhook("https://example.com/hook").await;
        let house = &house;
        let answers = join_all((0..40).map(|n| async move {
            let key = format!("key-{}", n % 4);
            house.accept(vec![keyed(&key), named(&format!("id-{}", n % 3))]).await
        }))
        .await;
        for n in 4..40 {
            assert_eq!(answers[n][0], answers[n % 4][0]);
            assert_eq!(answers[n][1], answers[n % 3][1]);
        }
        assert_eq!((app.count("events").await, app.count("deliveries").await), (7, 7));
    }

    async fn thirty_two_publishers_beside_somebody_who_reads_for_long_are_all_answered(app) {
        let house = House::new(app).await;
        house.webhook("https://example.com/hook").await;
        house.publish().await;
        let reader: Db = Db::open(&app.database.as_ref().unwrap().url, 2).await.unwrap();
        // What it sees stays as it was for as long as it reads.
        on_db!(&reader, read pool => {
            let mut reading = pool.begin().await.unwrap();
            if !app.env.db.is_sqlite() {
                sqlx::query("set transaction isolation level repeatable read").execute(&mut *reading).await.unwrap();
            }
            let count = "select count(*) from events";
            let before: i64 = sqlx::query_scalar(count).fetch_one(&mut *reading).await.unwrap();
            let house = &house;
            join_all((0..32).map(|n| async move {
                for part in 0..10 {
                    house.accept(vec![keyed(&format!("{n}-{part}"))]).await;
                }
            }))
            .await;
            let after: i64 = sqlx::query_scalar(count).fetch_one(&mut *reading).await.unwrap();
            assert_eq!((before, after), (1, 1));
            reading.rollback().await.unwrap();
        });
        assert_eq!((app.count("events").await, app.count("deliveries").await), (321, 321));
        reader.close().await;
    }

    async fn a_thousand_events_are_accepted_whole(app) {
        let house = House::new(app).await;
        house.webhook("https://example.com/hook").await;
        let batch: Vec<_> = (0..1_000).map(|n| event("call.completed", json!({ "n": n }))).collect();
        assert_eq!(house.accept(batch).await.len(), 1_000);
        assert_eq!((app.count("events").await, app.count("deliveries").await), (1_000, 1_000));
    }

    async fn what_is_wrong_is_named_by_its_field_and_nothing_is_written(app) {
        let house = House::new(app).await;
        let permit = app.permit(&house.organization);
        let batch = vec![event("call.completed", json!({})), event("not a type", json!({})), named("with space")];
        let Err(AppError::Invalid(errors)) = events::accept(&app.env, &permit, batch).await else {
            panic!("it was accepted");
        };
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["events.1.event_type", "events.2.id"]);
        assert_eq!(app.count("events").await, 0);
    }
}
