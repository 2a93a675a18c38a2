//! API keys: shown once, known by their hash, gone at once when they are revoked.

use std::time::Duration;
use switchhook::{
    model::{
        error::AppError,
        organization::{Role, Scope},
    },
    on_db,
    server::{
        access::{self, ManageKeys, PublishEvents, ReadLogs},
        domain::api_keys::{self, NewKey},
    },
};

const FORM: [(&str, &str); 4] =
    [("name", "Billing backend"), ("scopes", "events:write"), ("scopes", "logs:read"), ("expires", "30")];

/// The key on a page that shows one.
fn key_on(html: &str) -> String {
    let start = html.find("swh_").expect("a key is shown");
    html[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

both_databases! {
    async fn a_key_is_shown_once_and_may_do_what_its_scopes_say(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Admin).await;
        let admin = app.sign_in("ada@example.com").await;
        let page = admin.submit("/o/acme/api-keys", &FORM).await.expect(200);
        let key = key_on(&page.body);
        assert_eq!(key.len(), 53, "{key}");
        let again = admin.get("/o/acme/api-keys").await.expect(200);
        assert!(!again.body.contains(&key));
        again.shows("Billing backend").shows("by ada@example.com").shows("events:write, logs:read");
        let identity = access::by_key(&app.env, &key).await.expect("the key works");
        assert_eq!(identity.organization.slug, "acme");
        assert!(identity.permit::<PublishEvents>().is_ok() && identity.permit::<ReadLogs>().is_ok());
        let refused = identity.permit::<access::WriteWebhooks>().expect_err("no such scope");
        assert_eq!(refused, AppError::NotAllowed("This API key lacks the scope webhooks:write.".into()));
        assert!(identity.permit::<ManageKeys>().is_err(), "no key makes keys");
    }

    async fn a_key_without_a_scope_or_a_name_is_not_made(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Admin).await;
        let admin = app.sign_in("ada@example.com").await;
        let page = admin.post("/o/acme/api-keys", &[("name", ""), ("expires", "never")]).await.expect(422);
        page.shows("Give a name.").shows("Choose at least one scope.");
    }

    async fn a_revoked_key_is_refused_at_once(app) {
        let organization = app.organization("acme").await;
        let key = app.key(&organization, &Scope::ALL).await;
        access::by_key(&app.env, &key).await.expect("it works and is remembered");
        let permit = app.permit::<ManageKeys>(&organization);
        let id = api_keys::list(&app.env, &permit).await.expect("keys")[0].id;
        api_keys::revoke(&app.env, &permit, id).await.expect("it is revoked");
        assert_eq!(access::by_key(&app.env, &key).await.err(), Some(AppError::NotSignedIn));
        let twice = api_keys::revoke(&app.env, &permit, id).await;
        assert!(matches!(twice, Err(AppError::Conflict(_))));
    }

    async fn a_key_revoked_by_another_process_is_refused_within_five_seconds(app) {
        let organization = app.organization("acme").await;
        let key = app.key(&organization, &Scope::ALL).await;
        access::by_key(&app.env, &key).await.expect("it works and is remembered");
        on_db!(&app.env.db, write pool =>
            sqlx::query("update api_keys set revoked_at = 1").execute(pool).await.map(drop)).expect("revoked elsewhere");
        app.advance(Duration::from_secs(5));
        assert_eq!(access::by_key(&app.env, &key).await.err(), Some(AppError::NotSignedIn));
    }

    async fn a_key_stops_working_when_it_expires(app) {
        let organization = app.organization("acme").await;
        let expires_at = Some(app.now().plus(Duration::from_secs(10)));
        let new = NewKey { name: "short".into(), scopes: vec![Scope::LogsRead], expires_at };
        let permit = app.permit::<ManageKeys>(&organization);
        let (_, key) = api_keys::create(&app.env, &permit, new).await.expect("the key is made");
        app.advance(Duration::from_secs(8));
        access::by_key(&app.env, &key).await.expect("it works until then");
        app.advance(Duration::from_secs(2));
        assert_eq!(access::by_key(&app.env, &key).await.err(), Some(AppError::NotSignedIn));
    }

    async fn what_is_no_key_or_an_unknown_one_is_refused(app) {
        let organization = app.organization("acme").await;
        let key = app.key(&organization, &Scope::ALL).await;
        let mistyped = format!("{}{}", &key[..52], if key.ends_with('0') { '1' } else { '0' });
        let unknown = switchhook::server::key_text::generate(&*app.env.random);
        for wrong in ["", "swh_", &mistyped, &unknown] {
            assert_eq!(access::by_key(&app.env, wrong).await.err(), Some(AppError::NotSignedIn), "{wrong}");
        }
    }

    async fn the_database_holds_the_hash_alone(app) {
        let key = app.key(&app.organization("acme").await, &Scope::ALL).await;
        let (hash, hint): (Vec<u8>, String) = on_db!(&app.env.db, read pool =>
            sqlx::query_as("select key_hash, hint from api_keys").fetch_one(pool).await).expect("a row");
        assert_eq!(hash, switchhook::server::key_text::hash(&key));
        assert!(hint.chars().count() <= 13 && !hint.contains(&key[8..40]));
    }
}

/// “Last used” is written beside the request, at most once a minute.
#[test]
fn last_used_is_written_by_one_request_a_minute() {
    use std::sync::Arc;
    use switchhook::{
        model::{
            id::{ApiKeyId, OrganizationId},
            organization::Organization,
            time::Time,
        },
        server::{access::Identity, key_cache::Checked},
    };
    let at = Time::from_seconds;
    let organization = Organization {
        id: OrganizationId::from_bytes([1; 16]),
        slug: "acme".into(),
        name: "Acme".into(),
        convention: "standard".into(),
        created_at: at(0),
    };
    let id = ApiKeyId::from_bytes([2; 16]);
    let identity = Identity::key(Arc::new(organization), id, "k".into(), Vec::new());
    let key = Checked::new(id, identity, None, at(1_000), Some(at(1_000)));
    let written: Vec<i64> = (1_000..1_200).filter(|second| key.should_touch(at(*second))).collect();
    assert_eq!(written, [1_060, 1_120, 1_180]);
}
