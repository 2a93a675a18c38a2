//! Alerts: who is told of what, how often, without a secret; and the steps before a webhook is switched off.

use crate::{
    engine::House,
    support::{Answer, Receiver, TestApp, browser::Browser},
};
use serde_json::Value;
use std::time::Duration;
use switchhook::{
    model::{alert::AlertForm, id::WebhookId, organization::Role, time::Time},
    on_db,
    server::domain::{
        alerts::{settings, watch},
        webhooks::{self, NewWebhook},
    },
};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// What the recorder would have counted in this minute and hour.
async fn counted(app: &TestApp, house: &House<'_>, webhook: WebhookId, measure: &str, count: i64) {
    const SQL: &str = "insert into health_rollups (organization_id, webhook_id, slice, start_at, measure, count) \
        values ($1, $2, 60, $3, $4, $5) on conflict (organization_id, webhook_id, slice, start_at, measure) \
        do update set count = health_rollups.count + excluded.count";
    let minute = Time::from_seconds(app.now().seconds() / 60 * 60);
    let written: Result<_, sqlx::Error> = on_db!(&app.env.db, write pool => sqlx::query(SQL)
        .bind(house.organization.id).bind(webhook).bind(minute).bind(measure).bind(count).execute(pool).await.map(drop));
    written.expect("a count");
}

/// Lets the minute end and looks.
async fn look(app: &TestApp) {
    app.advance(2 * MINUTE);
    watch::look(&app.env).await.expect("a look");
}

/// Subjects of the mails since the last call.
fn subjects(app: &TestApp, seen: &mut usize) -> Vec<String> {
    let all = app.mails.all();
    let new = all[*seen..].iter().map(|mail| mail.subject.clone()).collect();
    *seen = all.len();
    new
}

async fn house(app: &TestApp) -> (House<'_>, WebhookId) {
    let house = House::new(app).await;
    app.person(&house.organization, "ada@acme.test", Role::Owner).await;
    app.person(&house.organization, "bob@acme.test", Role::Member).await;
    let new = NewWebhook {
        url: "https://example.com/a-secret-path".into(),
        description: "CRM".into(),
        headers: vec![switchhook::model::webhook::Header {
            name: "authorization".into(),
            value: "Bearer hunter2".into(),
        }],
        ..Default::default()
    };
    let webhook = house.webhook_with(new).await.0;
    watch::look(&app.env).await.expect("the first look");
    (house, webhook.id)
}

/// The settings in force with a change.
async fn set(app: &TestApp, house: &House<'_>, change: impl FnOnce(&mut AlertForm)) {
    let permit = app.permit(&house.organization);
    let mut form = AlertForm::of(&settings::get(&app.env, &permit).await.expect("settings"));
    change(&mut form);
    settings::put(&app.env, &permit, &form).await.expect("saved");
}

async fn admin(app: &TestApp) -> Browser {
    app.sign_in("ada@acme.test").await
}

both_databases! {
    async fn a_webhook_that_keeps_failing_is_told_once_with_reason_and_link_and_so_is_its_recovery(app) {
        let (house, webhook) = house(app).await;
        let mut seen = 0;
        counted(app, &house, webhook, "failed", 9).await;
        look(app).await;
        assert!(subjects(app, &mut seen).is_empty(), "nine failures are not ten");
        counted(app, &house, webhook, "failed", 1).await;
        look(app).await;
        assert_eq!(subjects(app, &mut seen), ["[The acme company] “CRM” keeps failing"]);
        let mail = app.mails.all().remove(0);
        assert_eq!(mail.to, "ada@acme.test");
        assert!(mail.text.contains("10 attempts in a row have failed") && mail.text.contains(&format!("/o/acme/webhooks/{webhook}")));
        assert!(!mail.text.contains("hunter2") && !mail.text.contains("a-secret-path"));
        counted(app, &house, webhook, "failed", 5).await;
        look(app).await;
        assert!(subjects(app, &mut seen).is_empty(), "what still holds is not told again");
        counted(app, &house, webhook, "succeeded", 1).await;
        look(app).await;
        assert_eq!(subjects(app, &mut seen), ["[The acme company] “CRM” works again"]);
        counted(app, &house, webhook, "failed", 20).await;
        look(app).await;
        assert!(subjects(app, &mut seen).is_empty(), "not twice within the hour");
        app.advance(Duration::from_secs(3_600));
        look(app).await;
        assert_eq!(subjects(app, &mut seen).len(), 1, "told once the pause is over");
    }

    async fn after_days_of_failures_only_a_webhook_is_warned_of_and_then_switched_off_with_an_event(app) {
        let (house, webhook) = house(app).await;
        set(app, &house, |form| form.on_repeated = false).await;
        let other = Receiver::start().await;
        let taker = NewWebhook { url: other.url("/in"), events: Some(vec!["webhook.disabled".into()]), ..Default::default() };
        house.webhook_with(taker).await;
        let all = Receiver::start().await;
        house.webhook(&all.url("/in")).await;
        let worker = app.start_worker().await;
        let mut told = Vec::new();
        let mut seen = 0;
        for day in 0..=5 {
            counted(app, &house, webhook, "failed", 1).await;
            look(app).await;
            told.extend(subjects(app, &mut seen).into_iter().map(|subject| (day, subject)));
            app.advance(DAY - 2 * MINUTE);
        }
        let subject = |text: &str| format!("[The acme company] “CRM” {text}");
        let expected = [(1, subject("has failed for 1 day")), (3, subject("has failed for 3 days")), (5, subject("was switched off"))];
        assert_eq!(told, expected);
        let off = webhooks::get(&app.env, &app.permit(&house.organization), webhook).await.unwrap();
        assert!(!off.active && off.disabled_reason.unwrap().starts_with("Every attempt for 5 days has failed."));
        let event: Value = serde_json::from_slice(&other.wait_for(1).await[0].body).expect("JSON");
        assert_eq!(event["type"], "webhook.disabled");
        assert_eq!(event["data"]["webhook_id"], webhook.to_string());
        look(app).await;
        assert_eq!((subjects(app, &mut seen).len(), other.requests().len()), (0, 1), "told once");
        assert!(all.requests().is_empty(), "“all events” are those of the platform");
        webhooks::set_active(&app.env, &app.permit(&house.organization), webhook, true).await.unwrap();
        look(app).await;
        assert!(subjects(app, &mut seen).is_empty());
        worker.stop().await.expect("the worker stops");
    }

    async fn time_without_failures_in_it_and_a_setting_of_never_switch_nothing_off(app) {
        let (house, webhook) = house(app).await;
        counted(app, &house, webhook, "failed", 1).await;
        look(app).await;
        app.advance(30 * DAY);
        look(app).await;
        let active = async || webhooks::get(&app.env, &app.permit(&house.organization), webhook).await.unwrap().active;
        assert!(active().await, "one failure a month ago");
        set(app, &house, |form| form.disable_after_days = String::new()).await;
        counted(app, &house, webhook, "failed", 1).await;
        look(app).await;
        assert!(active().await, "never means never");
        set(app, &house, |form| form.disable_after_days = "5".into()).await;
        look(app).await;
        assert!(!active().await, "failures only, thirty days apart");
    }

    async fn a_rate_under_its_limit_and_an_event_type_that_is_given_up_are_told(app) {
        let (house, webhook) = house(app).await;
        set(app, &house, |form| {
            (form.on_rate, form.rate_below, form.on_repeated) = (true, "90".into(), false);
            form.event_types = "user.deleted".into();
        }).await;
        let mut seen = 0;
        counted(app, &house, webhook, "succeeded", 8).await;
        counted(app, &house, webhook, "failed", 2).await;
        let sent = crate::support::log::Sent { status: switchhook::model::delivery::DeliveryStatus::Failed, code: Some(503),
            event_type: "user.deleted", ..Default::default() };
        app.sent(&house.organization, webhook, sent).await;
        look(app).await;
        let mut told = subjects(app, &mut seen);
        told.sort();
        assert_eq!(told, ["[The acme company] user.deleted did not reach “CRM”", "[The acme company] “CRM” succeeds too rarely"]);
        let about = app.mails.all().into_iter().find(|mail| mail.subject.contains("user.deleted")).unwrap();
        assert!(about.text.contains("For example: user.deleted in dlv_") && about.text.contains("503 Service Unavailable"));
        counted(app, &house, webhook, "succeeded", 40).await;
        look(app).await;
        assert_eq!(subjects(app, &mut seen), ["[The acme company] “CRM” works again"]);
    }

    async fn the_page_keeps_the_chat_sealed_and_masked_and_sends_a_test_to_everybody(app) {
        let (house, webhook) = house(app).await;
        let browser = admin(app).await;
        let chat = Receiver::start().await;
        let page = browser.get("/o/acme/alerts").await.expect(200);
        page.shows("A webhook keeps failing").shows("After 5 days of failures only");
        let ada = page.body.split("value=\"usr_").nth(1).and_then(|rest| rest.split('"').next()).expect("a member");
        let (ada, url) = (format!("usr_{ada}"), chat.url("/services/T0/canary"));
        let form = [("mail_to", ada.as_str()), ("chat_url", &url), ("on_repeated", "on"), ("repeated_after", "3"),
            ("on_disabled", "on"), ("pause_seconds", "3600"), ("disable_after_days", "5"), ("rate_below", "90")];
        let saved = browser.submit("/o/acme/alerts", &form).await.expect(200);
        saved.shows("127.0.0.1/••••••••");
        assert!(!saved.body.contains("canary"));
        let sealed: Option<Vec<u8>> = on_db!(&app.env.db, read pool =>
            sqlx::query_scalar("select chat_url from alert_settings").fetch_one(pool).await).unwrap();
        assert!(!String::from_utf8_lossy(&sealed.expect("an address")).contains("canary"));
        assert!(!browser.get("/o/acme/audit?kind=alerts").await.expect(200).shows("changed the alerts").body.contains("canary"));
        browser.submit("/o/acme/alerts/test", &[]).await.shows("A test alert was sent to 1 person by mail and the chat.");
        let body: Value = serde_json::from_slice(&chat.wait_for(1).await[0].body).expect("JSON");
        assert!(body["text"].as_str().unwrap().contains("*A test alert* (The acme company)"));
        counted(app, &house, webhook, "failed", 3).await;
        look(app).await;
        let body = String::from_utf8(chat.wait_for(2).await[1].body.to_vec()).unwrap();
        assert!(body.contains("“CRM” keeps failing") && !body.contains("hunter2") && !body.contains("a-secret-path"));
        chat.always(Answer::status(404));
        browser.submit("/o/acme/alerts/test", &[]).await.shows("The chat did not take the test: it answered 404.");
        let bad = [("chat_url", "http://10.0.0.1/x"), ("pause_seconds", "3600"), ("disable_after_days", "5"),
            ("on_repeated", "on"), ("repeated_after", "1")];
        let page = browser.post("/o/acme/alerts", &bad).await.expect(422);
        page.shows("Webhooks cannot be sent to").shows("Give a number from 2 to 1000.").shows("value=\"http://10.0.0.1/x\"");
        let bob = app.sign_in("bob@acme.test").await;
        bob.get("/o/acme/alerts").await.expect(403);
        bob.post("/o/acme/alerts/test", &[]).await.expect(403);
    }

    async fn a_webhook_that_was_off_for_days_begins_anew_when_it_is_on_again(app) {
        let (house, webhook) = house(app).await;
        counted(app, &house, webhook, "failed", 1).await;
        look(app).await;
        let switched = |active| webhooks::WebhookChange { active: Some(active), ..Default::default() };
        house.change(webhook, switched(false)).await;
        look(app).await;
        app.advance(6 * DAY);
        house.change(webhook, switched(true)).await;
        counted(app, &house, webhook, "failed", 1).await;
        look(app).await;
        let found = webhooks::get(&app.env, &app.permit(&house.organization), webhook).await.unwrap();
        assert!(found.active, "one failure is not six days of them");
    }

    async fn a_webhook_that_is_on_again_before_the_next_look_stays_on_and_if_it_keeps_failing_is_told_of_again(app) {
        let (house, webhook) = house(app).await;
        set(app, &house, |form| form.on_repeated = false).await;
        let mut seen = 0;
        let switched_off = "[The acme company] “CRM” was switched off";
        for time in 1..=2 {
            for _ in 0..=5 {
                counted(app, &house, webhook, "failed", 1).await;
                look(app).await;
                app.advance(DAY - 2 * MINUTE);
            }
            let told = subjects(app, &mut seen);
            assert_eq!(told.iter().filter(|subject| *subject == switched_off).count(), 1, "time {time}: {told:?}");
            house.change(webhook, webhooks::WebhookChange { active: Some(true), ..Default::default() }).await;
            look(app).await;
            let found = webhooks::get(&app.env, &app.permit(&house.organization), webhook).await.unwrap();
            assert!(found.active, "time {time}: nothing has failed since");
        }
    }

    async fn where_a_receiver_answers_410_the_owner_is_told_that_its_webhook_was_switched_off(app) {
        let (house, webhook) = house(app).await;
        let receiver = Receiver::start().await;
        let moved = webhooks::WebhookChange { url: Some(receiver.url("/")), ..Default::default() };
        house.change(webhook, moved).await;
        receiver.always(Answer::status(410));
        let worker = app.start_worker().await;
        house.publish().await;
        house.settled(switchhook::model::delivery::DeliveryStatus::Failed, 1).await;
        worker.stop().await.unwrap();
        let mut seen = 0;
        subjects(app, &mut seen);
        look(app).await;
        look(app).await;
        assert_eq!(subjects(app, &mut seen), ["[The acme company] “CRM” was switched off"], "once, to the owner alone");
        let mail = app.mails.all().pop().unwrap();
        assert!(mail.to.contains("ada@acme.test") && mail.text.contains("410"));
    }

    async fn only_one_process_watches_and_another_takes_over_when_it_has_stopped(app) {
        use switchhook::{model::{id::ProcessId, time::Time}, server::store::{chores::{Due, take}, processes}};
        let (one, two) = (ProcessId::from_bytes([1; 16]), ProcessId::from_bytes([2; 16]));
        for who in [one, two] {
            processes::beat(&app.env.db, who, "worker", app.now()).await.unwrap();
        }
        let by = async |who| {
            let now = app.now();
            let due = Due { at_first: now, done_by: Time(i64::MAX), silent_since: now.minus(3 * MINUTE) };
            take(&app.env.db, "test", who, now, due).await.unwrap()
        };
        let begun = app.now();
        assert_eq!(by(one).await, Some(begun));
        assert_eq!(by(two).await, None);
        app.advance(MINUTE);
        assert_eq!(by(one).await, Some(begun));
        app.advance(2 * MINUTE);
        assert_eq!(by(two).await, None, "the other has said that it is still at it");
        app.advance(MINUTE);
        assert_eq!(by(two).await, Some(begun), "how far it has come stays");
        assert_eq!(by(one).await, None);
        processes::leave(&app.env.db, two).await.unwrap();
        assert_eq!(by(one).await, Some(begun), "who has ended is followed at once");
    }
}
