//! What happens after an attempt: again, later, never; and after the process that made it has gone.

use crate::{
    engine::House,
    support::{Answer, Receiver, until, within},
};
use std::time::Duration;
use switchhook::{
    model::{
        delivery::{DeliveryStatus, Trigger},
        error::AppError,
        id::*,
        time::Time,
        webhook::RetryPolicy,
    },
    on_db,
    server::{
        domain::{
            deliveries,
            webhooks::{self, NewWebhook, WebhookChange},
        },
        store::{claims, record, writer::Recording},
    },
};

/// More than any jitter adds to a second.
const A_MINUTE: Duration = Duration::from_secs(60);

async fn with_schedule(house: &House<'_>, url: String, seconds: &[u32]) -> WebhookId {
    let retry_policy = Some(RetryPolicy::Schedule { schedule_seconds: seconds.to_vec() });
    house.webhook_with(NewWebhook { url, retry_policy, ..NewWebhook::default() }).await.0.id
}

both_databases! {
    async fn a_failed_attempt_is_made_again_with_the_same_body_until_it_succeeds(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        with_schedule(&house, receiver.url("/"), &[30, 30, 30]).await;
        receiver.next([Answer::status(500), Answer::Reset, Answer::ok()]);
        let worker = app.start_worker().await;
        house.publish().await;
        let waiting = house.settled(DeliveryStatus::Pending, 1).await;
        let wait = waiting.next_attempt_at.unwrap().since(app.now());
        assert!((30.0..=36.0).contains(&wait.as_secs_f64()), "{wait:?}");
        app.advance(A_MINUTE);
        house.settled(DeliveryStatus::Pending, 2).await;
        app.advance(A_MINUTE);
        house.settled(DeliveryStatus::Success, 3).await;
        let requests = receiver.requests();
        assert!(requests.iter().all(|r| r.body == requests[0].body));
        assert!(requests.iter().all(|r| r.header("webhook-id") == requests[0].header("webhook-id")));
        assert_ne!(requests[0].header("webhook-timestamp"), requests[1].header("webhook-timestamp"));
        worker.stop().await.unwrap();
    }

    async fn no_attempt_starts_before_its_time(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        with_schedule(&house, receiver.url("/"), &[30]).await;
        receiver.next([Answer::status(500)]);
        let worker = app.start_worker().await;
        house.publish().await;
        let waiting = house.settled(DeliveryStatus::Pending, 1).await;
        let due = waiting.next_attempt_at.unwrap();
        app.clock.set(due.minus(Duration::from_micros(1)));
        // The worker looks for itself, and finds nothing due.
        assert!(claims::claim(&app.env.db, house.organization.id, waiting.webhook_id, app.env.id, app.now(), 9)
            .await.unwrap().is_empty());
        app.clock.set(due);
        house.settled(DeliveryStatus::Success, 2).await;
        worker.stop().await.unwrap();
    }

    async fn when_no_attempt_is_left_it_has_failed_and_a_person_can_send_it_once_more(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        with_schedule(&house, receiver.url("/"), &[]).await;
        receiver.next([Answer::status(500), Answer::status(500), Answer::ok()]);
        let worker = app.start_worker().await;
        house.publish().await;
        let failed = house.settled(DeliveryStatus::Failed, 1).await;
        let retry = || async {
            let permit = app.permit(&house.organization);
            deliveries::retry(&app.env, &permit, failed.id).await
        };
        let again = retry().await.unwrap();
        assert_eq!((again.status, again.max_attempts), (DeliveryStatus::Pending, 2));
        house.settled(DeliveryStatus::Failed, 2).await;
        retry().await.unwrap();
        house.settled(DeliveryStatus::Success, 3).await;
        let attempts = house.attempts(failed.id).await;
        assert_eq!(attempts.iter().map(|a| a.trigger).collect::<Vec<_>>(),
            [Trigger::Automatic, Trigger::Manual, Trigger::Manual]);
        assert_eq!(attempts[1].triggered_by.as_deref(), Some("Switchhook"));
        worker.stop().await.unwrap();
        let of_nobody = DeliveryId::from_bytes([7; 16]);
        let permit = app.permit(&house.organization);
        assert_eq!(deliveries::retry(&app.env, &permit, of_nobody).await, Err(AppError::NotFound));
        let other = app.permit(&app.organization("other").await);
        assert_eq!(deliveries::retry(&app.env, &other, failed.id).await, Err(AppError::NotFound));
    }

    async fn a_pending_delivery_cannot_be_retried(app) {
        let house = House::new(app).await;
        house.webhook("https://example.com/").await;
        house.publish().await;
        let pending = house.settled(DeliveryStatus::Pending, 0).await;
        let permit = app.permit(&house.organization);
        assert!(matches!(deliveries::retry(&app.env, &permit, pending.id).await, Err(AppError::Conflict(_))));
    }

    async fn a_delivery_is_sent_a_thousand_times_at_most(app) {
        let house = House::new(app).await;
        let webhook = app.webhook(&house.organization, "CRM").await;
        let id = app.sent(&house.organization, webhook, crate::support::log::Sent::default()).await;
        let attempts = async |number: i32| {
            let set = "update deliveries set attempt_count = $1";
            on_db!(&app.env.db, write pool => sqlx::query(set).bind(number).execute(pool).await.map(drop)).unwrap();
        };
        let retry = async || deliveries::retry(&app.env, &app.permit(&house.organization), id).await;
        attempts(1_000).await;
        assert!(matches!(retry().await, Err(AppError::Conflict(why)) if why.contains("1000 times")));
        attempts(999).await;
        retry().await.unwrap();
    }

    async fn gone_switches_the_webhook_off_and_skips_what_waits(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let id = with_schedule(&house, receiver.url("/"), &[3_600]).await;
        receiver.next([Answer::status(500), Answer::status(410)]);
        let worker = app.start_worker().await;
        house.publish().await;
        house.settled(DeliveryStatus::Pending, 1).await;
        house.publish().await;
        house.settled(DeliveryStatus::Failed, 1).await;
        house.settled(DeliveryStatus::Skipped, 1).await;
        let webhook = webhooks::get(&app.env, &app.permit(&house.organization), id).await.unwrap();
        assert!(!webhook.active && webhook.disabled_reason.is_some_and(|why| why.contains("410")));
        // Who saves it as it is, off, has not mended why it is off.
        let saved = |active| WebhookChange { active: Some(active), ..WebhookChange::default() };
        house.change(id, saved(false)).await;
        let webhook = webhooks::get(&app.env, &app.permit(&house.organization), id).await.unwrap();
        assert!(!webhook.active && webhook.disabled_reason.is_some_and(|why| why.contains("410")));
        house.publish().await;
        house.settled(DeliveryStatus::Skipped, 0).await;
        let written: i64 = on_db!(&app.env.db, read pool => sqlx::query_scalar(
            "select count(*) from audit_log where action = 'webhook.disabled'").fetch_one(pool).await).unwrap();
        assert_eq!((written, receiver.requests().len()), (1, 2));
        house.change(id, saved(true)).await;
        let webhook = webhooks::get(&app.env, &app.permit(&house.organization), id).await.unwrap();
        assert!(webhook.active && webhook.disabled_reason.is_none());
        worker.stop().await.unwrap();
    }

    async fn a_retry_of_a_paused_webhook_is_skipped_when_it_is_due(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let id = with_schedule(&house, receiver.url("/"), &[30]).await;
        receiver.next([Answer::status(500)]);
        let worker = app.start_worker().await;
        house.publish().await;
        house.settled(DeliveryStatus::Pending, 1).await;
        house.change(id, WebhookChange { active: Some(false), ..WebhookChange::default() }).await;
        app.advance(A_MINUTE);
        house.settled(DeliveryStatus::Skipped, 1).await;
        assert_eq!(receiver.requests().len(), 1);
        worker.stop().await.unwrap();
    }

    async fn what_a_stopped_process_held_goes_on_after_the_next_start(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        house.webhook(&receiver.url("/")).await;
        house.publish().await;
        let lost = ProcessId::from_bytes([9; 16]);
        let held = house.settled(DeliveryStatus::Pending, 0).await;
        let claimed = claims::claim(&app.env.db, house.organization.id, held.webhook_id, lost, app.now(), 9).await;
        assert_eq!(claimed.unwrap().len(), 1);
        let worker = app.start_worker().await;
        // On Postgres another process takes over once it is sure; there the clock must have moved.
        app.advance(A_MINUTE);
        receiver.wait_for(1).await;
        house.settled(DeliveryStatus::Success, 1).await;
        worker.stop().await.unwrap();
    }

    async fn the_record_of_a_process_that_lost_its_lease_is_refused(app) {
        let house = House::new(app).await;
        house.webhook("https://example.com/").await;
        house.publish().await;
        let held = house.settled(DeliveryStatus::Pending, 0).await;
        let (late, now) = (ProcessId::from_bytes([9; 16]), app.now());
        let claim = |holder| claims::claim(&app.env.db, house.organization.id, held.webhook_id, holder, now, 9);
        assert_eq!(claim(late).await.unwrap().len(), 1);
        let record = |holder, before| late_record(&house, held.id, held.webhook_id, holder, before, now);
        on_db!(&app.env.db, write pool => sqlx::query("update deliveries set leased_by = null")
            .execute(pool).await.map(drop)).unwrap();
        assert!(!write(app, record(late, 0)).await, "nobody holds it");
        assert_eq!(claim(app.env.id).await.unwrap().len(), 1);
        assert!(!write(app, record(late, 0)).await, "another process holds it");
        assert!(!write(app, record(app.env.id, 1)).await, "it is at another attempt");
        assert!(house.attempts(held.id).await.is_empty());
        assert!(write(app, record(app.env.id, 0)).await);
        assert!(!write(app, record(app.env.id, 0)).await, "it was recorded before");
        house.settled(DeliveryStatus::Success, 1).await;
    }

    async fn a_worker_that_stops_waits_for_what_is_under_way_and_starts_nothing_more(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        house.webhook(&receiver.url("/")).await;
        receiver.always(Answer::ok().held());
        let worker = app.start_worker().await;
        house.publish().await;
        receiver.wait_for(1).await;
        let stopping = tokio::spawn(worker.stop());
        until("the lanes to close", async || app.env.lanes.is_closed()).await;
        house.publish().await;
        receiver.release(2);
        within("the stop", stopping).await.unwrap().unwrap();
        house.settled(DeliveryStatus::Success, 1).await;
        let left = house.settled(DeliveryStatus::Pending, 0).await;
        assert_eq!(left.attempt_count, 0);
        let held: i64 = on_db!(&app.env.db, read pool => sqlx::query_scalar(
            "select count(*) from deliveries where leased_by is not null").fetch_one(pool).await).unwrap();
        assert_eq!((held, receiver.requests().len()), (0, 1));
        let next = app.start_worker().await;
        receiver.wait_for(2).await;
        next.stop().await.unwrap();
    }

    async fn a_receiver_that_hangs_does_not_hold_up_another(app) {
        let (house, hanging, healthy) = (House::new(app).await, Receiver::start().await, Receiver::start().await);
        house.webhook(&hanging.url("/")).await;
        house.webhook(&healthy.url("/")).await;
        hanging.always(Answer::ok().held());
        let worker = app.start_worker().await;
        for _ in 0..50 {
            house.publish().await;
        }
        healthy.wait_for(50).await;
        assert_eq!(hanging.wait_for(32).await.len(), 32);
        hanging.release(100);
        hanging.wait_for(50).await;
        worker.stop().await.unwrap();
    }
}

fn late_record(
    house: &House<'_>,
    delivery_id: DeliveryId,
    webhook_id: WebhookId,
    holder: ProcessId,
    attempts_before: u32,
    at: Time,
) -> record::Record {
    use switchhook::model::delivery::Outcome;
    record::Record {
        organization_id: house.organization.id,
        delivery_id,
        webhook_id,
        holder,
        attempts_before,
        attempt: Some(record::NewAttempt {
            id: house.app.env.new_id(AttemptId::from_bytes),
            number: attempts_before + 1,
            trigger: Trigger::Automatic,
            triggered_by: None,
            started_at: at,
            duration_us: 1_000,
            outcome: Outcome::Answered,
            detail: None,
            response_code: Some(200),
            url: "https://example.com/".into(),
            request_headers: "[]".into(),
            response_headers: None,
            response_body: None,
            response_deflated: false,
            response_truncated: false,
        }),
        is_test: false,
        status: DeliveryStatus::Success,
        next_attempt_at: None,
        at,
        switch_off: None,
    }
}

async fn write(app: &crate::support::TestApp, record: record::Record) -> bool {
    let (tell, told) = tokio::sync::oneshot::channel();
    let done = Box::new(move |counted| tell.send(counted).unwrap());
    app.env.writer.record(Recording { record, is_awaited: true, done }).await;
    told.await.unwrap()
}
