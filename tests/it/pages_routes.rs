//! Every address of the pages at once: what is read changes nothing, and what belongs to others is not there.

use crate::support::{
    TestApp,
    browser::{Browser, Page},
    database::Kind,
    log::Sent,
    routes::{Route, of_pages},
};
use serde_json::json;
use std::collections::BTreeMap;
use switchhook::{
    model::{
        delivery::DeliveryStatus,
        organization::{Organization, Role, Scope},
    },
    on_db,
    server::{domain::inbox, http::rest::calls, store::db::Db},
};

/// What an organization has, by the name that stands before its id in an address.
struct Things(BTreeMap<&'static str, String>);

impl Things {
    /// One thing of each kind, made by the owner in the pages.
    async fn of(app: &TestApp, organization: &Organization, owner: &Browser) -> Self {
        let slug = &organization.slug;
        let webhook = app.webhook(organization, "CRM").await;
        let failed = Sent { status: DeliveryStatus::Failed, code: Some(500), ..Sent::default() };
        let delivery = app.sent(organization, webhook, failed).await;
        let inbox = inbox::create(&app.env, &app.permit(organization)).await.unwrap();
        let token = inbox.url.rsplit('/').next().unwrap();
        owner.post(&format!("/inbox/{token}"), &[("a", "b")]).await.expect(200);
        let made = async |path: &str, fields: &[(&str, &str)]| {
            let page = owner.post(&format!("/o/{slug}/{path}"), fields).await;
            assert!(matches!(page.status, 200 | 303), "{path}: {} {}", page.status, page.body);
        };
        made("views", &[("name", "Failed"), ("status", "failed")]).await;
        made(&format!("webhooks/{webhook}/secret"), &[("overlap_seconds", "3600")]).await;
        made("members", &[("email", &format!("guest@{slug}.test")), ("role", "viewer")]).await;
        made("api-keys", &[("name", "backend"), ("scopes", "logs:read")]).await;
        let key = app.program_of(organization).await;
        let job = key.post(&format!("/v1/webhooks/{webhook}/recover"), json!({"since": "2026-01-01T00:00:00Z"})).await;
        Self(BTreeMap::from([
            ("webhooks", webhook.to_string()),
            ("deliveries", delivery.to_string()),
            ("inbox", inbox.id.to_string()),
            ("jobs", job.expect(202).json()["id"].as_str().unwrap().to_owned()),
            ("requests", id_on(owner, slug, &format!("inbox/{}", inbox.id), "/requests/").await),
            ("secret", id_on(owner, slug, &format!("webhooks/{webhook}/secret"), "/secret/").await),
            ("views", id_on(owner, slug, "views", "/views/").await),
            ("members", id_on(owner, slug, "members", "/members/").await),
            ("invitations", id_on(owner, slug, "members", "/invitations/").await),
            ("api-keys", id_on(owner, slug, "api-keys", "/api-keys/").await),
        ]))
    }
    /// The address with these things' ids, in the organization of this slug.
    fn path(&self, route: &Route, slug: &str) -> String {
        let parts: Vec<&str> = route.path.split('/').collect();
        let filled = parts.iter().enumerate().map(|(place, part)| match *part {
            "{slug}" => slug.to_owned(),
            "{which}" => "request".into(),
            "{verb}" => "pause".into(),
            "{name}" | "{*name}" | "{token}" => "none".into(),
            part if part.starts_with('{') => self.0[parts[place - 1]].clone(),
            part => part.to_owned(),
        });
        filled.collect::<Vec<_>>().join("/")
    }
}

/// The id that stands after `before` on a page.
async fn id_on(browser: &Browser, slug: &str, path: &str, before: &str) -> String {
    let page = browser.get(&format!("/o/{slug}/{path}")).await.expect(200);
    let is_id = |text: &&str| text.split_once('_').is_some_and(|(kind, rest)| kind.len() < 5 && rest.len() == 26);
    let after = page.body.split(before).skip(1).filter_map(|rest| rest.split(['/', '"', '?']).next());
    after.into_iter().find(is_id).unwrap_or_else(|| panic!("no id after {before} on {path}:\n{}", page.body)).to_owned()
}

/// Every row but of sessions, which remember when they were last used.
async fn everything(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let Db::Sqlite(sqlite) = &app.env.db else { panic!("it is SQLite") };
    let names = "select name from sqlite_master where type = 'table' and name not in ('sessions', 'sqlite_sequence')";
    let tables: Vec<String> = sqlx::query_scalar(names).fetch_all(&sqlite.read).await.unwrap();
    let mut all = BTreeMap::new();
    for table in tables {
        let columns = format!("select name from pragma_table_info('{table}')");
        let columns: Vec<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(columns)).fetch_all(&sqlite.read).await.unwrap();
        let text: Vec<_> = columns.iter().map(|name| format!("quote(\"{name}\")")).collect();
        // An export notes who took the file along.
        let only = if table == "audit_log" { "where action <> 'deliveries.exported'" } else { "" };
        let rows = format!("select {} as line from \"{table}\" {only} order by line", text.join(" || "));
        let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(rows)).fetch_all(&sqlite.read).await.unwrap();
        all.insert(table, rows);
    }
    all
}

/// A form with whatever any of the pages asks for.
const FIELDS: [(&str, &str); 14] = [
    ("name", "CRM"),
    ("url", "https://example.com/in"),
    ("description", "changed"),
    ("events_mode", "all"),
    ("active", "false"),
    ("event_type", "call.completed"),
    ("data", "{}"),
    ("overlap_seconds", "0"),
    ("role", "viewer"),
    ("email", "eve@example.com"),
    ("status", "failed"),
    ("slug", "taken"),
    ("convention", "standard"),
    ("confirm", "CRM"),
];

async fn ask(browser: &Browser, route: &Route, path: &str) -> Page {
    match route.method {
        "GET" => browser.get(path).await,
        "POST" => browser.post(path, &FIELDS).await,
        other => panic!("{other} {path}: pages know no such method"),
    }
}

async fn owner_of(app: &TestApp, slug: &str) -> (Organization, Browser) {
    let organization = app.organization(slug).await;
    let email = format!("owner@{slug}.test");
    app.person(&organization, &email, Role::Owner).await;
    app.person(&organization, &format!("second@{slug}.test"), Role::Owner).await;
    let browser = app.sign_in(&email).await;
    (organization, browser)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_address_that_is_read_changes_anything() {
    let app = TestApp::on(Kind::Sqlite).await;
    let (acme, owner) = owner_of(&app, "acme").await;
    let things = Things::of(&app, &acme, &owner).await;
    let before = everything(&app).await;
    // Live streams do not end; they read what their pages read.
    for route in of_pages().iter().filter(|route| route.method == "GET" && !route.path.ends_with("/live")) {
        let path = things.path(route, "acme");
        let page = ask(&owner, route, &path).await;
        assert!(page.status < 500, "{path}: {}", page.status);
        let now = everything(&app).await;
        for (table, rows) in &before {
            assert_eq!(&now[table], rows, "GET {path} has changed {table}");
        }
    }
    app.close().await;
}

#[test]
fn programs_read_by_get_and_write_by_other_methods() {
    for call in calls() {
        let reads = matches!(call.scope, Scope::WebhooksRead | Scope::LogsRead);
        assert_eq!(call.method == "GET", reads, "{call:?}");
    }
}

#[test]
fn whatever_islands_call_is_a_post() {
    let all: Vec<_> = leptos::server_fn::axum::server_fn_paths().collect();
    assert!(all.len() >= 6, "{all:?}");
    for (path, method) in all {
        assert_eq!(method.as_str(), "POST", "{path}");
        assert!(path.starts_with("/api/"), "{path}");
    }
}

both_databases! {
    async fn what_belongs_to_another_organization_is_at_no_address_for_any_role(app) {
        let (acme, _) = owner_of(app, "acme").await;
        let (other, stranger) = owner_of(app, "other").await;
        let theirs = Things::of(app, &other, &stranger).await;
        let statement = "select count(*) from audit_log where organization_id = $1";
        let traces = async || -> i64 {
            on_db!(&app.env.db, read pool => sqlx::query_scalar(statement).bind(other.id).fetch_one(pool).await).unwrap()
        };
        let before = traces().await;
        for role in [Role::Owner, Role::Admin, Role::Member, Role::Viewer] {
            let email = format!("{}@acme.test", role.as_str());
            if role != Role::Owner {
                app.person(&acme, &email, role).await;
            }
            let browser = app.sign_in(&email).await;
            let mut tried = 0;
            for route in of_pages().iter().filter(|route| route.path.starts_with("/o/{slug}/")) {
                let (home, abroad) = (theirs.path(route, "acme"), theirs.path(route, "other"));
                let page = ask(&browser, route, &abroad).await;
                assert_eq!(page.status, 404, "{role:?}: {} {abroad}", route.method);
                if route.path.matches('{').count() < 2 {
                    continue;
                }
                tried += 1;
                let page = ask(&browser, route, &home).await;
                // Who may do such a thing to nothing at all is told that first.
                let refused = role != Role::Owner && page.status == 403;
                assert!(page.status == 404 || refused, "{role:?}: {} {home} is {}", route.method, page.status);
            }
            assert!(tried > 30, "{tried} addresses with ids");
        }
        assert_eq!(traces().await, before);
        stranger.get(&format!("/o/other/webhooks/{}", theirs.0["webhooks"])).await.expect(200).shows("CRM");
    }
}
