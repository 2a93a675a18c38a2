//! What was kept for long enough goes; what is pending stays.

use crate::{
    engine::{House, event},
    support::{TestApp, log::Sent, within},
};
use serde_json::json;
use std::time::Duration;
use switchhook::{
    model::{delivery::DeliveryStatus, organization::Role},
    server::{domain::retention, store::processes},
};

const DAY: Duration = Duration::from_secs(24 * 3_600);

async fn counts(app: &TestApp) -> (i64, i64, i64) {
    (app.count("deliveries").await, app.count("attempts").await, app.count("events").await)
}

/// Removes all that can go; answers how many rows each batch removed.
async fn clean(app: &TestApp) -> Vec<u64> {
    let mut removed = Vec::new();
    for mut turn in retention::turns(&app.env).await.unwrap() {
        loop {
            match turn.batch(&app.env).await.unwrap() {
                0 => break,
                rows => removed.push(rows),
            }
        }
    }
    removed
}

both_databases! {
    async fn finished_deliveries_go_after_30_days_with_attempts_and_events_and_pending_ones_stay(app) {
        let house = House::new(app).await;
        let webhook = app.webhook(&house.organization, "Billing").await;
        for _ in 0..3 {
            app.sent(&house.organization, webhook, Sent::default()).await;
        }
        // Pending, and an event that nobody wanted.
        house.publish().await;
        let other = app.organization("other").await;
        switchhook::server::domain::events::accept(&app.env, &app.permit(&other), vec![event("a.b", json!({}))]).await.unwrap();
        app.advance(DAY * 29);
        assert!(clean(app).await.is_empty());
        app.sent(&house.organization, webhook, Sent::default()).await;
        assert_eq!(counts(app).await, (5, 4, 6));
        app.advance(DAY * 2);
        clean(app).await;
        assert_eq!(counts(app).await, (2, 1, 2));
        let left = house.deliveries().await;
        assert_eq!(left.iter().map(|d| d.status).collect::<Vec<_>>(), [DeliveryStatus::Success, DeliveryStatus::Pending]);
        app.advance(DAY * 300);
        clean(app).await;
        assert_eq!(counts(app).await, (1, 0, 1), "what is pending stays, however old, and its event with it");
    }

    async fn a_batch_is_bounded(app) {
        let house = House::new(app).await;
        let webhook = app.webhook(&house.organization, "Billing").await;
        house.change(webhook, switchhook::server::domain::webhooks::WebhookChange {
            active: Some(false), ..Default::default() }).await;
        let events = (0..450).map(|n| event("call.completed", json!({"n": n}))).collect();
        house.accept(events).await;
        app.advance(DAY * 31);
        let most = retention::batch(&app.env).unsigned_abs();
        let of_a_kind: Vec<u64> = (0..450).step_by(most as usize).map(|gone| most.min(450 - gone)).collect();
        assert_eq!(clean(app).await, [of_a_kind.clone(), of_a_kind].concat(), "deliveries first, then events");
    }

    async fn the_worker_cleans_in_the_background(app) {
        let house = House::new(app).await;
        let webhook = app.webhook(&house.organization, "Billing").await;
        app.sent(&house.organization, webhook, Sent::default()).await;
        let worker = app.start_worker().await;
        within("the removal", async {
            app.advance(DAY * 31);
            while app.count("events").await > 0 {
                app.advance(Duration::from_secs(60));
                tokio::task::yield_now().await;
            }
        })
        .await;
        worker.stop().await.unwrap();
    }

    async fn one_process_at_a_time_has_the_chore_once_an_hour(app) {
        let other = app.env_beside();
        for env in [&app.env, &other] {
            processes::beat(&env.db, env.id, "worker", app.now()).await.unwrap();
        }
        assert!(retention::begin(&app.env).await.unwrap());
        assert!(retention::go_on(&app.env).await.unwrap());
        assert!(!retention::begin(&other).await.unwrap(), "it is another's");
        app.advance(Duration::from_secs(601));
        assert!(retention::begin(&other).await.unwrap(), "who is there and was silent for ten minutes is followed");
        assert!(!retention::go_on(&app.env).await.unwrap());
        processes::leave(&other.db, other.id).await.unwrap();
        assert!(retention::go_on(&app.env).await.unwrap(), "who has ended is followed at once");
        assert!(!retention::begin(&other).await.unwrap());
        retention::end(&app.env).await.unwrap();
        app.advance(Duration::from_secs(3_601));
        assert!(retention::begin(&other).await.unwrap());
        retention::end(&other).await.unwrap();
        assert!(!retention::begin(&app.env).await.unwrap(), "it was done just now");
        app.advance(Duration::from_secs(3_601));
        assert!(retention::begin(&app.env).await.unwrap());
    }

    async fn counts_go_once_no_page_reaches_back_to_them(app) {
        let (house, receiver) = (House::new(app).await, crate::support::Receiver::start().await);
        house.webhook(&receiver.url("/")).await;
        let worker = app.start_worker().await;
        house.publish().await;
        house.settled(DeliveryStatus::Success, 1).await;
        worker.stop().await.unwrap();
        let (minutes, hours) = ("health_rollups where slice = 60", "health_rollups where slice = 3600");
        assert!(app.count(minutes).await > 0 && app.count(hours).await > 0);
        app.advance(DAY * 3);
        clean(app).await;
        assert_eq!(app.count(minutes).await, 0);
        assert!(app.count(hours).await > 0);
        app.advance(DAY * 30);
        clean(app).await;
        assert_eq!(app.count(hours).await, 0);
    }

    async fn keys_of_repeated_calls_are_forgotten_after_a_day(app) {
        let house = House::new(app).await;
        let keyed = switchhook::server::domain::events::NewEvent {
            idempotency_key: Some("once".into()), ..event("a.b", json!({})) };
        house.accept(vec![keyed]).await;
        assert_eq!(app.count("idempotency_keys").await, 1);
        let worker = app.start_worker().await;
        app.advance(DAY + Duration::from_secs(60));
        within("the keys to go", async {
            while app.count("idempotency_keys").await > 0 {
                app.advance(Duration::from_secs(10));
                tokio::task::yield_now().await;
            }
        })
        .await;
        worker.stop().await.unwrap();
    }

    async fn an_admin_chooses_how_long_and_a_member_reads_it(app) {
        let acme = app.organization("acme").await;
        app.person(&acme, "ada@acme.test", Role::Admin).await;
        app.person(&acme, "mia@acme.test", Role::Member).await;
        let (ada, mia) = (app.sign_in("ada@acme.test").await, app.sign_in("mia@acme.test").await);
        let address = "/o/acme/settings/retention";
        for wrong in ["", "0", "366", "-1", "a week", "1.5"] {
            let page = ada.post(address, &[("retention_days", wrong)]).await.expect(422);
            page.shows("Give a whole number of days, 1 to 365.");
        }
        let asks = ada.post(address, &[("retention_days", "7")]).await.expect(200);
        asks.shows("Keep finished deliveries for only 7 days?").shows("Now they are kept for 30 days.");
        ada.get("/o/acme/settings").await.expect(200).shows("kept for 30 days");
        let seven = [("retention_days", "7"), ("confirmed", "yes")];
        ada.submit(address, &seven).await.expect(200).shows("kept for 7 days");
        mia.post(address, &[("retention_days", "9")]).await.expect(403);
        mia.get("/o/acme/deliveries").await.expect(200).shows("Finished deliveries are kept 7 days.");
        let written = app.count("audit_log where action = 'organization.retention_changed'").await;
        assert_eq!(written, 1, "what was only asked is no change");
        let webhook = app.webhook(&acme, "Billing").await;
        app.sent(&acme, webhook, Sent::default()).await;
        app.advance(DAY * 8);
        clean(app).await;
        assert_eq!(counts(app).await, (0, 0, 0));
    }
}
