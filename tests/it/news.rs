//! What processes on one Postgres tell each other. The clock stands still, so that nothing is owed to a net that looks
//! every few seconds.

use crate::{
    engine::House,
    several_processes::{beside, in_touch},
    support::{TestApp, database::Kind, until, within},
};
use std::time::Duration;
use switchhook::{
    model::{
        delivery::DeliveryStatus,
        error::AppError,
        id::{DeliveryId, WebhookId},
        organization::{Organization, Scope},
    },
    on_db,
    server::{
        access::by_key,
        domain::{
            api_keys,
            live::DeliveryChange,
            news,
            webhooks::{self, WebhookChange},
        },
        env::Env,
    },
};
use tokio::sync::broadcast::Receiver;
use tokio_util::sync::{CancellationToken, DropGuard};

/// One process revokes every key that is in force.
async fn revoke_all(by: &Env, app: &TestApp, organization: &Organization) {
    let made = api_keys::list(by, &app.permit(organization)).await.unwrap();
    for key in made.iter().filter(|key| key.revoked_at.is_none()) {
        api_keys::revoke(by, &app.permit(organization), key.id).await.unwrap();
    }
}

/// An organization, and a further process that listens; what its pages are told, and what ends it.
async fn with_a_listener(app: &TestApp) -> (Organization, Env, Receiver<Option<DeliveryChange>>, DropGuard) {
    let (organization, other) = (app.organization("acme").await, app.env_beside());
    let mut seen = other.live.subscribe();
    let guard = in_touch(&other, false);
    // Who begins to listen may have missed something, and says so.
    assert_eq!(within("the other to listen", seen.recv()).await, Ok(None));
    (organization, other, seen, guard)
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
            revoke_all(&other, &app, &organization).await;
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
async fn however_much_pages_are_to_be_told_a_key_is_refused_at_once_and_the_pages_find_that_they_are_behind() {
    let app = TestApp::on(Kind::Postgres).await;
    let organization = app.organization("acme").await;
    let _guard = in_touch(&app.env, false);
    let (other, _other) = beside(&app, false);
    app.env.news.set_has_readers(true);
    let change = |n: u32| DeliveryChange {
        organization_id: organization.id,
        delivery_id: DeliveryId::from_bytes([n.to_be_bytes(); 4].concat().try_into().unwrap()),
        webhook_id: WebhookId::from_bytes([1; 16]),
        status: DeliveryStatus::Success,
    };
    within("the revocation to be heard", async {
        loop {
            (0..10_000).for_each(|n| app.env.live.tell(change(n)));
            let key = app.key(&organization, &Scope::ALL).await;
            assert!(by_key(&other, &key).await.is_ok());
            revoke_all(&app.env, &app, &organization).await;
            for _ in 0..1_000 {
                if by_key(&other, &key).await.err() == Some(AppError::NotSignedIn) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
    let mut seen = other.live.subscribe();
    app.env.news.set_has_readers(true);
    (0..10_000).for_each(|n| app.env.live.tell(change(n)));
    within("the page to be told", async {
        while seen.recv().await.expect("no more is told than is kept").is_some() {}
    })
    .await;
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_whose_listener_was_cut_listens_anew_says_so_and_hears_what_others_change() {
    let app = TestApp::on(Kind::Postgres).await;
    let (organization, other, mut seen, _other) = with_a_listener(&app).await;
    let _guard = in_touch(&app.env, false);
    let cut: Vec<bool> = on_db!(&app.env.db, write pool => sqlx::query_scalar(
        "select true from pg_stat_activity where datname = current_database() and query ilike 'listen%' \
         and pg_terminate_backend(pid)").fetch_all(pool).await)
    .unwrap();
    assert!(!cut.is_empty(), "somebody listened");
    let time_goes_on = async {
        loop {
            app.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
    };
    let anew = async { while seen.recv().await.expect("it is told").is_some() {} };
    within("the other to listen anew", async {
        tokio::select! {
            () = anew => {}
            () = time_goes_on => {}
        }
    })
    .await;
    let key = app.key(&organization, &Scope::ALL).await;
    assert!(by_key(&other, &key).await.is_ok());
    app.env.news.set_has_readers(true);
    revoke_all(&app.env, &app, &organization).await;
    until("the revocation to be heard", async || by_key(&other, &key).await.err() == Some(AppError::NotSignedIn)).await;
    app.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_to_be_told_at_the_end_is_told() {
    let app = TestApp::on(Kind::Postgres).await;
    let (organization, other, _seen, _other) = with_a_listener(&app).await;
    let key = app.key(&organization, &Scope::ALL).await;
    assert!(by_key(&other, &key).await.is_ok());
    revoke_all(&app.env, &app, &organization).await;
    let stopped = CancellationToken::new();
    stopped.cancel();
    within("the end", news::exchange(app.env.clone(), false, stopped)).await;
    until("the revocation to be heard", async || by_key(&other, &key).await.err() == Some(AppError::NotSignedIn)).await;
    app.close().await;
}
