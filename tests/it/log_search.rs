//! What is rare in a long log is searched for in steps: each page comes quickly, says how far it looked, and the
//! next goes on from there. What an index answers is not searched for at all.

use crate::support::{TestApp, database::Kind, log::Sent};
use futures::future::join_all;
use sqlx::{Executor, PgPool, QueryBuilder};
use std::time::Duration;
use switchhook::{
    model::{
        delivery::DeliveryStatus,
        id::{DeliveryId, EventId, WebhookId},
        organization::{Organization, Role},
    },
    on_db,
    server::store::db::Db,
};

/// More than one page looks through.
const MANY: usize = 20_100;

/// Newer deliveries that have ended so.
async fn many_newer(
    app: &TestApp,
    organization: &Organization,
    webhook: WebhookId,
    (count, status, code): (usize, DeliveryStatus, i16),
) {
    let ids: Vec<(DeliveryId, EventId)> =
        (0..count).map(|_| (app.env.new_id(DeliveryId::from_bytes), app.env.new_id(EventId::from_bytes))).collect();
    for some in ids.chunks(1_000) {
        let written: Result<(), sqlx::Error> = async {
            on_db!(&app.env.db, write pool => {
                let mut insert = QueryBuilder::new(
                    "insert into deliveries (organization_id, id, event_id, webhook_id, event_type, status, is_test, \
                     attempt_count, max_attempts, next_trigger, created_at, response_code, outcome, completed_at) ",
                );
                insert.push_values(some, |mut row, (id, event)| {
                    row.push_bind(organization.id).push_bind(*id).push_bind(*event).push_bind(webhook)
                        .push("'call.completed'").push_bind(status).push("false, 1, 10, 0").push_bind(app.now())
                        .push_bind(code).push("0").push_bind(app.now());
                });
                insert.build().execute(pool).await.map(drop)
            })
        }
        .await;
        written.expect("the deliveries are written");
    }
}

both_databases! {
    async fn what_is_rare_is_searched_for_in_steps_and_found_by_going_on(app) {
        let organization = app.organization("acme").await;
        let webhook = app.webhook(&organization, "the one").await;
        let rare = app.sent(&organization, webhook, Sent { event_type: "user.deleted", ..Sent::default() }).await;
        app.advance(Duration::from_secs(3_600));
        many_newer(app, &organization, webhook, (MANY, DeliveryStatus::Success, 200)).await;
        let program = app.program_of(&organization).await;
        let query = format!("/v1/webhooks/logs?webhook_id={webhook}&event_type=user.deleted");
        let first = program.get(&query).await.expect(200).json();
        assert_eq!(first["data"], serde_json::json!([]));
        let (mut page, mut pages) = (first, 1);
        while let Some(cursor) = page["next_cursor"].as_str() {
            assert_eq!(page["data"], serde_json::json!([]), "it is not found twice");
            page = program.get(&format!("{query}&cursor={cursor}")).await.expect(200).json();
            pages += 1;
        }
        assert_eq!(page["data"][0]["id"], rare.to_string());
        assert!((2..=90).contains(&pages), "{pages} pages, each a part of the way");
        // An index answers this one at once, however far back it is.
        let alone = program.get("/v1/webhooks/logs?event_type=user.deleted").await.expect(200).json();
        assert_eq!(alone["data"][0]["id"], rare.to_string());

        app.person(&organization, "mia@acme.test", Role::Member).await;
        let browser = app.sign_in("mia@acme.test").await;
        let address = format!("/o/acme/deliveries?webhook_id={webhook}&event_type=user.deleted");
        let page = browser.get(&address).await.expect(200);
        page.shows("No match yet").shows("Searched back to 5 Jan 2026, 13:00:00 UTC").shows("Search older");
    }
}

/// Rows that were read of the indexes of deliveries so far, by all connections.
async fn rows_read(pool: &PgPool) -> i64 {
    let connections = join_all((0..pool.options().get_max_connections()).map(|_| pool.acquire())).await;
    for connection in connections {
        // Each keeps its counts for a while.
        connection.unwrap().execute("select pg_stat_force_next_flush()").await.unwrap();
    }
    let sum = "select coalesce(sum(idx_tup_read), 0)::bigint from pg_stat_user_indexes where relname = 'deliveries'";
    sqlx::query_scalar(sum).fetch_one(pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_webhook_nothing_of_which_has_failed_no_other_failures_are_gone_through_on_postgres() {
    let app = TestApp::on(Kind::Postgres).await;
    let organization = app.organization("acme").await;
    let (fine, bad) = (app.webhook(&organization, "fine").await, app.webhook(&organization, "bad").await);
    many_newer(&app, &organization, fine, (20_000, DeliveryStatus::Success, 200)).await;
    many_newer(&app, &organization, bad, (4_000, DeliveryStatus::Failed, 500)).await;
    let program = app.program_of(&organization).await;
    let Db::Postgres(pool) = &app.env.db else { panic!("it is on Postgres") };
    pool.execute("vacuum analyze deliveries").await.unwrap();
    for more in ["", "&error=status", "&error=status&event_type=call.completed", "&response_code=5xx"] {
        let before = rows_read(pool).await;
        let query = format!("/v1/webhooks/logs?webhook_id={fine}&status=failed{more}");
        let page = program.get(&query).await.expect(200).json();
        assert_eq!((&page["data"], &page["next_cursor"]), (&serde_json::json!([]), &serde_json::Value::Null));
        let read = rows_read(pool).await - before;
        assert!(read < 100, "{read} rows for {more}");
    }
    app.close().await;
}
