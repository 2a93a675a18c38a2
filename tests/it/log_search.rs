//! What is rare in a long log is searched for in steps: each page comes quickly, says how far it looked, and the
//! next goes on from there.

use crate::support::{TestApp, log::Sent};
use sqlx::QueryBuilder;
use std::time::Duration;
use switchhook::{
    model::{
        id::{DeliveryId, EventId, WebhookId},
        organization::{Organization, Role},
    },
    on_db,
};

/// More than one page looks through.
const MANY: usize = 20_100;

/// Newer deliveries that succeeded, as many as one page does not look through.
async fn many_newer(app: &TestApp, organization: &Organization, webhook: WebhookId) {
    let ids: Vec<(DeliveryId, EventId)> =
        (0..MANY).map(|_| (app.env.new_id(DeliveryId::from_bytes), app.env.new_id(EventId::from_bytes))).collect();
    for some in ids.chunks(1_000) {
        let written: Result<(), sqlx::Error> = async {
            on_db!(&app.env.db, write pool => {
                let mut insert = QueryBuilder::new(
                    "insert into deliveries (organization_id, id, event_id, webhook_id, event_type, status, is_test, \
                     attempt_count, max_attempts, next_trigger, created_at, response_code, outcome, completed_at) ",
                );
                insert.push_values(some, |mut row, (id, event)| {
                    row.push_bind(organization.id).push_bind(*id).push_bind(*event).push_bind(webhook)
                        .push("'call.completed', 1, false, 1, 10, 0").push_bind(app.now()).push("200, 0")
                        .push_bind(app.now());
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
        many_newer(app, &organization, webhook).await;
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
