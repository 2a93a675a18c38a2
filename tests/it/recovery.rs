//! Recovery jobs: what failed or was skipped is sent again, once each, in the background.

use crate::{
    engine::House,
    support::{Answer, Receiver, TestApp, browser::Program, log::Sent, within},
};
use serde_json::{Value, json};
use std::time::Duration;
use switchhook::{
    model::{
        delivery::{DeliveryStatus, Trigger},
        id::*,
        webhook::RetryPolicy,
    },
    server::{
        domain::{
            recovery_drive::{Pace, round},
            webhooks::{self, NewWebhook, WebhookChange},
        },
        store::{processes, recovery_step},
        worker::Worker,
    },
};

/// Before every test's events.
const SINCE: &str = "2026-01-01T00:00:00Z";

/// A webhook that makes one attempt for each delivery.
async fn one_try(house: &House<'_>, url: String) -> WebhookId {
    let retry_policy = Some(RetryPolicy::Schedule { schedule_seconds: Vec::new() });
    house.webhook_with(NewWebhook { url, retry_policy, ..NewWebhook::default() }).await.0.id
}

/// Publishes so many events that fail.
async fn failing(house: &House<'_>, receiver: &Receiver, count: usize) {
    receiver.always(Answer::status(500));
    for _ in 0..count {
        house.publish().await;
    }
    receiver.wait_for(count).await;
    all_stand(house, DeliveryStatus::Failed, count).await;
}

/// A webhook of which so many deliveries have failed.
struct Failed<'a> {
    house: House<'a>,
    receiver: Receiver,
    program: Program,
    webhook: WebhookId,
    worker: Worker,
}

impl<'a> Failed<'a> {
    async fn of(app: &'a TestApp, count: usize) -> Self {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let program = app.program_of(&house.organization).await;
        let webhook = one_try(&house, receiver.url("/")).await;
        let worker = app.start_worker().await;
        failing(&house, &receiver, count).await;
        Self { house, receiver, program, webhook, worker }
    }
}

async fn all_stand(house: &House<'_>, status: DeliveryStatus, count: usize) {
    let mut changes = house.app.env.live.subscribe();
    within(&format!("{count} deliveries {status:?}"), async {
        while house.deliveries().await.iter().filter(|d| d.status == status).count() < count {
            let _ = changes.recv().await;
        }
    })
    .await;
}

/// Lets time pass until the job is through with all.
async fn through(app: &TestApp, program: &Program, id: &str) -> Value {
    within("the job's end", async {
        loop {
            let job = program.get(&format!("/v1/jobs/{id}")).await.expect(200).json();
            if job["state"] == "finished" {
                return job;
            }
            app.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    })
    .await
}

fn id_of(job: &Value) -> String {
    job["id"].as_str().unwrap().to_string()
}

both_databases! {
    async fn what_failed_is_sent_again_once_each_and_counted(app) {
        let Failed { house, receiver, program, webhook, worker } = Failed::of(app, 5).await;
        receiver.next([Answer::status(500)]);
        receiver.always(Answer::ok());
        let address = format!("/v1/webhooks/{webhook}/recover");
        let job = program.post(&address, json!({"since": SINCE})).await.expect(202).json();
        assert_eq!((&job["total"], &job["done"], &job["state"]), (&json!(5), &json!(0), &json!("running")));
        let job = through(app, &program, &id_of(&job)).await;
        assert_eq!((&job["done"], &job["succeeded"], &job["failed"]), (&json!(5), &json!(4), &json!(1)));
        assert!(job["ended_at"].is_string());
        assert_eq!(receiver.requests().len(), 10);
        for delivery in house.deliveries().await {
            let attempts = house.attempts(delivery.id).await;
            assert_eq!(attempts.iter().map(|a| a.trigger).collect::<Vec<_>>(), [Trigger::Automatic, Trigger::Recovery]);
            assert_eq!(attempts[1].triggered_by.as_deref(), Some("test"));
        }
        let written = app.count("audit_log where action = 'recovery.started'").await;
        assert_eq!(written, 1);
        let again = program.post(&address, json!({"since": SINCE})).await.expect(202).json();
        assert_eq!(again["total"], 1, "only what still has failed");
        worker.stop().await.unwrap();
    }

    async fn what_was_skipped_while_inactive_gets_its_whole_schedule(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let program = app.program_of(&house.organization).await;
        let webhook = house.webhook(&receiver.url("/")).await.0.id;
        house.change(webhook, WebhookChange { active: Some(false), ..WebhookChange::default() }).await;
        let worker = app.start_worker().await;
        house.publish().await;
        house.settled(DeliveryStatus::Skipped, 0).await;
        let address = format!("/v1/webhooks/{webhook}/recover");
        let refused = program.post(&address, json!({"since": SINCE, "status": "skipped"})).await.expect(409);
        assert!(refused.body.contains("Switch it on first"), "{}", refused.body);
        house.change(webhook, WebhookChange { active: Some(true), ..WebhookChange::default() }).await;
        assert_eq!(program.post(&address, json!({"since": SINCE})).await.expect(202).json()["total"], 0);
        receiver.next([Answer::status(500)]);
        let job = program.post(&address, json!({"since": SINCE, "status": "skipped"})).await.expect(202).json();
        assert_eq!((&job["total"], &job["status"]), (&json!(1), &json!("skipped")));
        house.settled(DeliveryStatus::Pending, 1).await;
        let job = through(app, &program, &id_of(&job)).await;
        assert_eq!((&job["succeeded"], receiver.requests().len()), (&json!(1), 2));
        worker.stop().await.unwrap();
    }

    async fn pending_deliveries_tests_and_other_times_are_left_out(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let program = app.program_of(&house.organization).await;
        let retry_policy = Some(RetryPolicy::Schedule { schedule_seconds: vec![3_600] });
        house.webhook_with(NewWebhook { url: receiver.url("/"), retry_policy, ..NewWebhook::default() }).await;
        let webhook = one_try(&house, receiver.url("/")).await;
        receiver.always(Answer::status(500));
        let worker = app.start_worker().await;
        house.publish().await;
        house.settled(DeliveryStatus::Failed, 1).await;
        house.settled(DeliveryStatus::Pending, 1).await;
        program.post(&format!("/v1/webhooks/{webhook}/test"), json!({})).await.expect(200);
        app.advance(Duration::from_secs(60));
        let now = app.now().rfc3339();
        house.publish().await;
        all_stand(&house, DeliveryStatus::Failed, 3).await;
        let address = format!("/v1/webhooks/{webhook}/recover");
        let total = async |body: Value| {
            let job = program.post(&address, body).await.expect(202).json();
            // Away with it, for the next one.
            program.post(&format!("/v1/jobs/{}/cancel", id_of(&job)), json!({})).await;
            job["total"].clone()
        };
        worker.stop().await.unwrap();
        assert_eq!(total(json!({"since": SINCE})).await, 2);
        assert_eq!(total(json!({"since": now})).await, 1);
        assert_eq!(total(json!({"since": SINCE, "until": now})).await, 1);
    }

    async fn what_is_wrong_is_named_by_its_field(app) {
        let house = House::new(app).await;
        let program = app.program_of(&house.organization).await;
        let webhook = house.webhook("https://example.com/").await.0.id;
        let address = format!("/v1/webhooks/{webhook}/recover");
        for (body, field) in [
            (json!({}), "since"),
            (json!({"since": "yesterday"}), "since"),
            (json!({"since": 5}), "since"),
            (json!({"since": null}), "since"),
            (json!({"since": SINCE, "until": "2025-12-31T00:00:00Z"}), "until"),
            (json!({"since": SINCE, "until": "later"}), "until"),
            (json!({"since": SINCE, "status": "pending"}), "status"),
            (json!({"since": SINCE, "status": "lost"}), "status"),
            (json!({"since": SINCE, "rate_per_second": 0}), "rate_per_second"),
            (json!({"since": SINCE, "rate_per_second": "fast"}), "rate_per_second"),
        ] {
            let refused = program.post(&address, body.clone()).await.expect(422).json();
            assert_eq!(refused["errors"][0]["field"], field, "{body}");
        }
        program.post_text(&address, "{").await.expect(400);
        webhooks::delete(&app.env, &app.permit(&house.organization), webhook).await.unwrap();
        program.post(&address, json!({"since": SINCE})).await.expect(404);
    }

    async fn the_same_wish_is_one_job_and_another_meanwhile_is_a_conflict(app) {
        let Failed { receiver: _kept, program, webhook, worker, .. } = Failed::of(app, 1).await;
        worker.stop().await.unwrap();
        let address = format!("/v1/webhooks/{webhook}/recover");
        let job = program.post(&address, json!({"since": SINCE})).await.expect(202).json();
        let again = program.post(&address, json!({"since": SINCE, "status": "failed"})).await.expect(202).json();
        assert_eq!(job["id"], again["id"]);
        let other = program.post(&address, json!({"since": "2026-01-02T00:00:00Z"})).await.expect(409);
        assert!(other.body.contains(job["id"].as_str().unwrap()), "{}", other.body);
        let list = program.get("/v1/jobs").await.expect(200).json();
        assert_eq!((list["data"].as_array().unwrap().len(), &list["data"][0]["id"]), (1, &job["id"]));
    }

    async fn a_paused_job_waits_and_a_cancelled_one_has_ended(app) {
        let Failed { receiver, program, webhook, worker, .. } = Failed::of(app, 3).await;
        worker.stop().await.unwrap();
        receiver.always(Answer::ok());
        let address = format!("/v1/webhooks/{webhook}/recover");
        let job = program.post(&address, json!({"since": SINCE, "rate_per_second": 1})).await.expect(202).json();
        let at = |verb: &str| format!("/v1/jobs/{}/{verb}", id_of(&job));
        assert_eq!(program.post(&at("pause"), json!({})).await.expect(200).json()["state"], "paused");
        program.post(&at("pause"), json!({})).await.expect(409);
        let mut pace = Pace::default();
        assert_eq!(round(&app.env, &mut pace).await.unwrap(), 0, "a paused job is nobody's to drive");
        assert_eq!(program.post(&at("resume"), json!({})).await.expect(200).json()["state"], "running");
        program.post(&at("resume"), json!({})).await.expect(409);
        let worker = app.start_worker().await;
        receiver.wait_for(4).await;
        let cancelled = program.post(&at("cancel"), json!({})).await.expect(200).json();
        assert_eq!(cancelled["state"], "cancelled");
        program.post(&at("cancel"), json!({})).await.expect(409);
        // What was under way is still counted, and nothing more is begun.
        within("its count", async {
            while program.get(&format!("/v1/jobs/{}", id_of(&job))).await.json()["succeeded"] != 1 {
                app.advance(Duration::from_secs(1));
            }
        })
        .await;
        worker.stop().await.unwrap();
        assert_eq!(receiver.requests().len(), 4);
        let job = program.post(&address, json!({"since": SINCE})).await.expect(202).json();
        assert_eq!(job["total"], 2);
        let worker = app.start_worker().await;
        let job = through(app, &program, &id_of(&job)).await;
        program.post(&format!("/v1/jobs/{}/cancel", id_of(&job)), json!({})).await.expect(409);
        worker.stop().await.unwrap();
    }

    async fn a_job_goes_on_after_a_restart_where_it_was(app) {
        let Failed { receiver, program, webhook, worker, .. } = Failed::of(app, 4).await;
        receiver.always(Answer::ok());
        let body = json!({"since": SINCE, "rate_per_second": 4});
        let job = program.post(&format!("/v1/webhooks/{webhook}/recover"), body).await.expect(202).json();
        receiver.wait_for(5).await;
        worker.stop().await.unwrap();
        assert!(receiver.requests().len() < 8, "the rate held");
        let worker = app.start_worker().await;
        let job = through(app, &program, &id_of(&job)).await;
        assert_eq!((&job["succeeded"], &job["failed"], &job["left_out"]), (&json!(4), &json!(0), &json!(0)));
        assert_eq!(receiver.requests().len(), 8, "each once");
        worker.stop().await.unwrap();
    }

    async fn what_somebody_sends_again_meanwhile_is_left_out(app) {
        let Failed { house, receiver, program, webhook, worker } = Failed::of(app, 2).await;
        worker.stop().await.unwrap();
        receiver.always(Answer::ok());
        let job = program.post(&format!("/v1/webhooks/{webhook}/recover"), json!({"since": SINCE})).await.expect(202).json();
        let by_hand = house.deliveries().await[0].id;
        program.post(&format!("/v1/webhooks/logs/{by_hand}/retry"), json!({})).await.expect(202);
        let worker = app.start_worker().await;
        let job = through(app, &program, &id_of(&job)).await;
        assert_eq!((&job["succeeded"], &job["left_out"], &job["done"]), (&json!(1), &json!(1), &json!(2)));
        receiver.wait_for(4).await;
        assert_eq!(house.attempts(by_hand).await[1].trigger, Trigger::Manual);
        worker.stop().await.unwrap();
    }

    async fn a_job_waits_where_its_webhook_is_switched_off_and_ends_where_it_is_deleted(app) {
        let Failed { house, receiver, program, webhook, worker } = Failed::of(app, 1).await;
        worker.stop().await.unwrap();
        let job = program.post(&format!("/v1/webhooks/{webhook}/recover"), json!({"since": SINCE})).await.expect(202).json();
        let active = |active| WebhookChange { active: Some(active), ..WebhookChange::default() };
        house.change(webhook, active(false)).await;
        let mut pace = Pace::default();
        round(&app.env, &mut pace).await.unwrap();
        let read = async || program.get(&format!("/v1/jobs/{}", id_of(&job))).await.expect(200).json();
        let paused = read().await;
        assert_eq!(paused["state"], "paused");
        assert!(paused["note"].as_str().unwrap().contains("switched off"));
        let resume = format!("/v1/jobs/{}/resume", id_of(&job));
        program.post(&resume, json!({})).await.expect(409);
        house.change(webhook, active(true)).await;
        program.post(&resume, json!({})).await.expect(200);
        webhooks::delete(&app.env, &app.permit(&house.organization), webhook).await.unwrap();
        round(&app.env, &mut pace).await.unwrap();
        assert_eq!(read().await["state"], "cancelled");
        assert_eq!(receiver.requests().len(), 1);
    }

    async fn one_process_at_a_time_drives_a_job_and_one_that_is_gone_is_followed(app) {
        let Failed { house, receiver: _kept, program, webhook, worker } = Failed::of(app, 3).await;
        worker.stop().await.unwrap();
        let failed: Vec<DeliveryId> = house.deliveries().await.iter().rev().map(|d| d.id).collect();
        let job = program.post(&format!("/v1/webhooks/{webhook}/recover"), json!({"since": SINCE})).await.expect(202).json();
        let id: JobId = id_of(&job).parse().unwrap();
        let none = DeliveryId::from_bytes([0; 16]);
        let step = async |driver: u8, reached: DeliveryId, next: &[DeliveryId]| {
            let step = recovery_step::Step {
                organization_id: house.organization.id,
                id,
                driver: ProcessId::from_bytes([driver; 16]),
                gone_before: app.now().minus(Duration::from_secs(30)),
                now: app.now(),
                reached,
                next,
                walked: false,
                status: DeliveryStatus::Failed,
                finished_by: app.now(),
                requested_by: "test",
            };
            recovery_step::take(&app.env.db, &step).await.unwrap().map(|stepped| stepped.begun.len())
        };
        for driver in [1, 2] {
            processes::beat(&app.env.db, ProcessId::from_bytes([driver; 16]), "worker", app.now()).await.unwrap();
        }
        assert_eq!(step(1, none, &failed[..1]).await, Some(1));
        assert_eq!(step(1, none, &failed[..1]).await, None, "it is further than that");
        assert_eq!(step(2, failed[0], &failed[1..2]).await, None, "it is another process's");
        app.advance(Duration::from_secs(31));
        assert_eq!(step(2, failed[0], &failed[1..2]).await, Some(1));
        assert_eq!(step(1, failed[1], &failed[2..]).await, None);
        assert_eq!(step(2, failed[1], &failed[..1]).await, Some(0), "what is pending is not begun again");
        processes::leave(&app.env.db, ProcessId::from_bytes([2; 16])).await.unwrap();
        assert_eq!(step(1, failed[0], &failed[2..]).await, Some(1), "who has ended is followed at once");
    }

    async fn a_job_of_the_past_does_not_hold_up_what_is_new(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let program = app.program_of(&house.organization).await;
        let webhook = one_try(&house, receiver.url("/")).await;
        for _ in 0..90 {
            let failed = Sent { status: DeliveryStatus::Failed, code: Some(500), ..Sent::default() };
            app.sent(&house.organization, webhook, failed).await;
        }
        receiver.always(Answer::ok().held());
        let worker = app.start_worker().await;
        let body = json!({"since": SINCE, "rate_per_second": 200});
        let job = program.post(&format!("/v1/webhooks/{webhook}/recover"), body).await.expect(202).json();
        receiver.wait_for(32).await;
        for _ in 0..20 {
            app.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
        let pending = house.deliveries().await.iter().filter(|d| d.status == DeliveryStatus::Pending).count();
        assert!(pending <= 64, "{pending} of 90 were set going while the receiver hangs");
        receiver.always(Answer::ok());
        receiver.release(100);
        let job = through(app, &program, &id_of(&job)).await;
        assert_eq!(job["succeeded"], 90);
        worker.stop().await.unwrap();
    }
}
