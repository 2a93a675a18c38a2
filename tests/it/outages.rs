//! How fast a webhook is sent to: an outage is noticed and waited for, a receiver that asks for less gets less.

use crate::{
    engine::House,
    support::{Answer, Receiver, TestApp, until, within},
};
use std::time::Duration;
use switchhook::{
    model::{
        delivery::{Delivery, DeliveryStatus},
        id::*,
        time::Time,
        webhook::RetryPolicy,
    },
    on_db,
    server::{
        domain::{
            deliveries,
            webhooks::{self, NewWebhook},
        },
        worker::Worker,
    },
};

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A webhook whose deliveries have one attempt.
async fn of_one_attempt(house: &House<'_>, receiver: &Receiver) -> WebhookId {
    let retry_policy = Some(RetryPolicy::Schedule { schedule_seconds: Vec::new() });
    house.webhook_with(NewWebhook { url: receiver.url("/"), retry_policy, ..NewWebhook::default() }).await.0.id
}

/// Publishes, one after the other, and waits for each to fail.
async fn fail(house: &House<'_>, times: usize) {
    for _ in 0..times {
        let id = house.publish().await.id;
        all_are(house, DeliveryStatus::Failed, |delivery| delivery.event_id == id).await;
    }
}

/// Waits until all that are chosen stand so.
async fn all_are(house: &House<'_>, status: DeliveryStatus, chosen: impl Fn(&Delivery) -> bool) {
    let mut changes = house.app.env.live.subscribe();
    within(&format!("{status:?}"), async {
        loop {
            let all: Vec<Delivery> = house.deliveries().await.into_iter().filter(|d| chosen(d)).collect();
            if !all.is_empty() && all.iter().all(|delivery| delivery.status == status) {
                return;
            }
            let _ = changes.recv().await;
        }
    })
    .await;
}

async fn rests_until(house: &House<'_>, id: WebhookId) -> Option<Time> {
    let permit = house.app.permit(&house.organization);
    webhooks::get(&house.app.env, &permit, id).await.expect("the webhook is there").rests_until
}

/// Waits until the webhook says that it rests, or that it does not.
async fn rest_is(house: &House<'_>, id: WebhookId, wanted: Option<Time>) {
    until(&format!("a rest until {wanted:?}"), async || rests_until(house, id).await == wanted).await;
}

/// Lets what waits wait so many times.
async fn waiting_many_times(app: &TestApp, times: i64) {
    copy(app, "", times).await;
}

/// The same of what waits once.
async fn waiting_copies(app: &TestApp, times: i64) {
    copy(app, " where status = 0", times).await;
}

async fn copy(app: &TestApp, which: &str, times: i64) {
    let id = if app.env.db.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
    let sql = format!(
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < $1) \
         insert into deliveries (organization_id, id, event_id, webhook_id, event_type, status, is_test, attempt_count, \
         max_attempts, next_trigger, created_at, next_attempt_at) \
         select organization_id, {id}, event_id, webhook_id, event_type, status, is_test, attempt_count, \
         max_attempts, next_trigger, created_at, next_attempt_at from deliveries cross join n{which}"
    );
    on_db!(&app.env.db, write pool => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(times).execute(pool).await.map(drop))
        .expect("they are written");
}

/// A receiver that has failed until its webhook rests, and works again; and an event that waits for it.
async fn mended(app: &TestApp, house: &House<'_>, receiver: &Receiver) -> (WebhookId, Worker, String) {
    let id = of_one_attempt(house, receiver).await;
    receiver.always(Answer::status(500));
    let worker = app.start_worker().await;
    fail(house, 10).await;
    let waiting = house.publish().await.id;
    rest_is(house, id, Some(app.now().plus(seconds(30)))).await;
    receiver.always(Answer::ok());
    (id, worker, waiting)
}

both_databases! {
    async fn after_ten_failures_in_a_row_what_comes_waits_without_using_up_attempts(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let id = of_one_attempt(&house, &receiver).await;
        receiver.always(Answer::status(500));
        let worker = app.start_worker().await;
        fail(&house, 10).await;
        rest_is(&house, id, Some(app.now().plus(seconds(30)))).await;
        for _ in 0..20 {
            house.publish().await;
        }
        let waiting: Vec<Delivery> =
            house.deliveries().await.into_iter().filter(|d| d.status == DeliveryStatus::Pending).collect();
        assert!(waiting.len() == 20 && waiting.iter().all(|d| d.attempt_count == 0));
        let held = app.count("deliveries where leased_by is not null").await;
        assert_eq!((held, receiver.requests().len()), (0, 10), "they wait in the database");
        receiver.always(Answer::ok());
        app.advance(seconds(30));
        all_are(&house, DeliveryStatus::Success, |d| waiting.iter().any(|w| w.id == d.id)).await;
        rest_is(&house, id, None).await;
        assert_eq!(receiver.requests().len(), 30);
        worker.stop().await.unwrap();
    }

    async fn a_probe_that_fails_makes_the_next_rest_twice_as_long(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let id = of_one_attempt(&house, &receiver).await;
        receiver.always(Answer::status(500));
        let worker = app.start_worker().await;
        fail(&house, 10).await;
        for _ in 0..3 {
            house.publish().await;
        }
        rest_is(&house, id, Some(app.now().plus(seconds(30)))).await;
        app.advance(seconds(30));
        rest_is(&house, id, Some(app.now().plus(seconds(60)))).await;
        assert_eq!(receiver.requests().len(), 11, "one went out to see");
        worker.stop().await.unwrap();
    }

    async fn what_waited_in_memory_goes_back_when_the_outage_is_noticed(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let id = of_one_attempt(&house, &receiver).await;
        receiver.always(Answer::status(500).held());
        let worker = app.start_worker().await;
        for _ in 0..80 {
            house.publish().await;
        }
        receiver.wait_for(32).await;
        assert_eq!(app.env.lanes.waiting(), 48);
        receiver.release(200);
        rest_is(&house, id, Some(app.now().plus(seconds(30)))).await;
        app.until_none("deliveries where leased_by is not null").await;
        assert_eq!(app.env.lanes.waiting(), 0);
        assert!(receiver.requests().len() < 80, "{}", receiver.requests().len());
        worker.stop().await.unwrap();
    }

    async fn a_retry_that_somebody_asks_for_goes_out_during_an_outage_and_its_success_ends_it(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let (id, worker, waiting) = mended(app, &house, &receiver).await;
        let failed = house.deliveries().await.into_iter().find(|d| d.status == DeliveryStatus::Failed).unwrap();
        deliveries::retry(&app.env, &app.permit(&house.organization), failed.id).await.unwrap();
        all_are(&house, DeliveryStatus::Success, |d| d.id == failed.id || d.event_id == waiting).await;
        rest_is(&house, id, None).await;
        worker.stop().await.unwrap();
    }

    async fn a_test_that_succeeds_ends_an_outage(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let (id, worker, waiting) = mended(app, &house, &receiver).await;
        deliveries::send_test(&app.env, &app.permit(&house.organization), id, None, None).await.unwrap();
        all_are(&house, DeliveryStatus::Success, |d| d.is_test || d.event_id == waiting).await;
        rest_is(&house, id, None).await;
        worker.stop().await.unwrap();
    }

    async fn a_receiver_that_names_a_time_is_left_alone_until_then(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        of_one_attempt(&house, &receiver).await;
        receiver.next([Answer::status(429).header("retry-after", "20")]);
        let worker = app.start_worker().await;
        fail(&house, 1).await;
        let id = house.publish().await.id;
        until("the lane to rest", async || app.env.lanes.rested_at() == Some(app.now().plus(seconds(20)))).await;
        assert_eq!(receiver.requests().len(), 1);
        app.advance(seconds(20));
        all_are(&house, DeliveryStatus::Success, |d| d.event_id == id).await;
        worker.stop().await.unwrap();
    }

    async fn a_webhook_with_a_rate_is_sent_no_more_than_that(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let new = NewWebhook { url: receiver.url("/"), rate_per_second: Some(1), ..NewWebhook::default() };
        house.webhook_with(new).await;
        let worker = app.start_worker().await;
        for _ in 0..4 {
            house.publish().await;
        }
        for sent in 1..=4 {
            receiver.wait_for(sent).await;
            all_are(&house, DeliveryStatus::Success, |d| d.attempt_count > 0).await;
            assert_eq!(receiver.requests().len(), sent);
            app.advance(seconds(1));
        }
        worker.stop().await.unwrap();
    }

    async fn a_receiver_that_was_down_for_days_is_asked_by_one_and_then_sent_to_by_few(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let id = of_one_attempt(&house, &receiver).await;
        receiver.always(Answer::status(500));
        let worker = app.start_worker().await;
        fail(&house, 10).await;
        for _ in 0..12 {
            house.publish().await;
        }
        waiting_many_times(app, 4).await;
        let mut asked = 10;
        let mut rest = 30;
        // A rest is a quarter of an hour at most, however long the outage.
        for _ in 0..12 {
            rest_is(&house, id, Some(app.now().plus(seconds(rest)))).await;
            assert_eq!(receiver.requests().len(), asked);
            app.advance(seconds(rest));
            asked += 1;
            rest = (2 * rest).min(15 * 60);
            receiver.wait_for(asked).await;
        }
        rest_is(&house, id, Some(app.now().plus(seconds(rest)))).await;
        receiver.always(Answer::ok().held());
        app.advance(seconds(rest));
        receiver.wait_for(asked + 1).await;
        assert_eq!(app.env.lanes.in_flight(), 1, "one goes out to see");
        receiver.release(1);
        receiver.wait_for(asked + 1 + 8).await;
        assert_eq!((app.env.lanes.in_flight(), receiver.requests().len()), (8, asked + 9), "then few");
        receiver.release(1_000);
        app.until_none("deliveries where status = 0").await;
        // Twelve and four times as many waited; twelve of them were asked with.
        assert_eq!(app.count("deliveries where status = 1").await, 5 * 12 - 12);
        worker.stop().await.unwrap();
    }

    async fn a_receiver_that_comes_back_to_fifty_thousand_is_sent_to_by_a_few_more_with_each_success(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let (id, worker, _) = mended(app, &house, &receiver).await;
        waiting_copies(app, 50_000).await;
        receiver.always(Answer::ok().held());
        let before = receiver.requests().len();
        app.advance(seconds(30));
        receiver.wait_for(before + 1).await;
        assert_eq!(app.env.lanes.in_flight(), 1, "one goes out to see");
        receiver.release(1);
        rest_is(&house, id, None).await;
        // Four successes let one more go out beside the others.
        let mut answered = 1;
        for at_once in 8..=32 {
            receiver.wait_for(before + answered + at_once).await;
            assert_eq!((app.env.lanes.in_flight(), receiver.requests().len()), (at_once, before + answered + at_once));
            receiver.release(4);
            answered += 4;
        }
        receiver.wait_for(before + answered + 32).await;
        assert_eq!(app.env.lanes.in_flight(), 32, "and never more");
        receiver.release(32);
        worker.stop().await.unwrap();
    }

    async fn what_fails_at_the_same_time_is_not_tried_again_at_the_same_time(app) {
        let (house, receiver) = (House::new(app).await, Receiver::start().await);
        let retry_policy = Some(RetryPolicy::Schedule { schedule_seconds: vec![1_000] });
        house.webhook_with(NewWebhook { url: receiver.url("/"), retry_policy, ..NewWebhook::default() }).await;
        receiver.always(Answer::status(500));
        let worker = app.start_worker().await;
        for _ in 0..9 {
            house.publish().await;
        }
        all_are(&house, DeliveryStatus::Pending, |d| d.attempt_count == 1).await;
        app.until_none("deliveries where attempt_count = 0").await;
        let due = house.deliveries().await.into_iter().map(|d| d.next_attempt_at.unwrap().since(app.now()).as_secs());
        let mut due: Vec<u64> = due.collect();
        due.sort_unstable();
        assert!(due[0] >= 1_000 && due[8] <= 1_200, "{due:?}");
        assert!(due[8] - due[0] >= 60, "spread over a good part of the fifth that may be added: {due:?}");
        worker.stop().await.unwrap();
    }

    async fn ten_thousand_that_wait_for_a_receiver_that_hangs_hold_up_no_other_organization(app) {
        let (house, hangs, well) = (House::new(app).await, Receiver::start().await, Receiver::start().await);
        hangs.always(Answer::ok().held());
        house.webhook(&hangs.url("/")).await;
        house.publish().await;
        waiting_many_times(app, 10_000).await;
        let other = House { app, organization: app.organization("other").await };
        other.webhook(&well.url("/")).await;
        let worker = app.start_worker().await;
        hangs.wait_for(32).await;
        for sent in 1..=100 {
            // Each arrives before the next is published: none waits for what hangs.
            other.publish().await;
            well.wait_for(sent).await;
        }
        assert_eq!(hangs.requests().len(), 32, "as many as hang at most");
        assert!(app.env.lanes.waiting() <= 512, "the others wait in the database");
        hangs.always(Answer::ok());
        hangs.release(32);
        worker.stop().await.unwrap();
    }

    async fn a_hundred_thousand_waiting_deliveries_of_a_dead_webhook_cost_others_nothing(app) {
        let (house, dead, well) = (House::new(app).await, Receiver::start().await, Receiver::start().await);
        dead.always(Answer::status(500));
        let (webhook, _) = house.webhook(&dead.url("/")).await;
        house.publish().await;
        waiting_many_times(app, 100_000).await;
        house.webhook(&well.url("/")).await;
        let worker = app.start_worker().await;
        rest_is(&house, webhook.id, Some(app.now().plus(seconds(30)))).await;
        for _ in 0..20 {
            house.publish().await;
        }
        well.wait_for(20).await;
        until("what arrived to be recorded, and memory to be free", async || {
            app.count("deliveries where status = 1").await >= 20 && app.env.lanes.waiting() == 0
        })
        .await;
        assert!(dead.requests().len() <= 64, "what was under way when it was found dead");
        worker.stop().await.unwrap();
    }
}
