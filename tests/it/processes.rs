//! What a process says of itself, what becomes of what it held, and how old its memory may grow.

use crate::{
    engine::{House, event},
    support::{Receiver, until, within},
};
use serde_json::json;
use std::time::Duration;
use switchhook::{
    model::{delivery::DeliveryStatus, id::ProcessId, organization::Role, time::Time},
    on_db,
    server::domain::{
        events,
        webhooks::{self, WebhookChange},
    },
};

both_databases! {
    async fn a_process_that_always_has_something_due_says_that_it_is_there_all_the_same(app) {
        let worker = app.start_worker().await;
        for _ in 0..20 {
            app.env.wake.at(app.now().plus(Duration::from_secs(2)));
            app.advance(Duration::from_secs(2));
            until("the worker to have looked", async || app.env.wake.due().is_none()).await;
        }
        within("the worker to have said so", async {
            let ten_seconds_ago = app.now().minus(Duration::from_secs(10));
            let said = async || -> Option<Time> {
                on_db!(&app.env.db, read pool => sqlx::query_scalar("select seen_at from processes where id = $1")
                    .bind(app.env.id).fetch_optional(pool).await).unwrap()
            };
            while said().await.is_none_or(|at| at < ten_seconds_ago) {
                tokio::task::yield_now().await;
            }
        })
        .await;
        worker.stop().await.unwrap();
    }

    async fn a_delivery_that_was_held_when_its_process_was_killed_says_so_on_its_page(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        house.webhook(&receiver.url("/")).await;
        app.person(&house.organization, "ada@acme.test", Role::Viewer).await;
        // Nobody delivers yet.
        house.publish().await;
        let id = house.deliveries().await[0].id;
        let browser = app.sign_in("ada@acme.test").await;
        let page = format!("/o/acme/deliveries/{id}");
        assert!(!browser.get(&page).await.expect(200).body.contains("Interrupted"));
        let killed = ProcessId::from_bytes([9; 16]);
        on_db!(&app.env.db, write pool => sqlx::query("update deliveries set leased_by = $1").bind(killed)
            .execute(pool).await.map(drop)).unwrap();
        let worker = app.start_worker().await;
        house.settled(DeliveryStatus::Success, 1).await;
        browser.get(&page).await.expect(200).shows("Interrupted").shows("once more than is listed here");
        worker.stop().await.unwrap();
    }

    async fn a_change_that_a_process_was_not_told_of_holds_there_after_five_seconds(app) {
        let house = House::new(app).await;
        let (webhook, _) = house.webhook("https://example.com/").await;
        house.publish().await;
        // Nobody tells anybody: neither of them is in touch.
        let other = if app.env.db.is_sqlite() { app.env.clone() } else { app.env_beside() };
        let off = WebhookChange { active: Some(false), ..WebhookChange::default() };
        webhooks::update(&other, &app.permit(&house.organization), webhook.id, off).await.unwrap();
        app.advance(Duration::from_secs(5));
        let permit = app.permit(&house.organization);
        let batch = (0..20).map(|_| events::accept(&app.env, &permit, vec![event("call.completed", json!({}))]));
        assert!(futures::future::join_all(batch).await.iter().all(Result::is_ok));
        house.publish().await;
        assert_eq!(house.deliveries().await[0].status, DeliveryStatus::Skipped);
    }
}
