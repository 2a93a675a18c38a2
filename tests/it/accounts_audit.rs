//! The audit log: a row for each change, with who, from where, before and after, and no secret.

use switchhook::{
    model::organization::{Role, Scope},
    on_db,
};

type Row = (String, Option<String>, String, Option<String>, Option<String>, Option<String>);

both_databases! {
    async fn every_change_of_people_and_keys_leaves_a_row(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "ada@example.com", Role::Owner).await;
        app.person(&organization, "bob@example.com", Role::Viewer).await;
        let ada = app.sign_in("ada@example.com").await;
        let bob = switchhook::server::store::users::by_email(&app.env.db, "bob@example.com").await.expect("a query");
        let bob = bob.expect("bob is there").id;
        ada.post(&format!("/o/acme/members/{bob}/role"), &[("role", "admin")]).await.expect(303);
        ada.post(&format!("/o/acme/members/{bob}/remove"), &[]).await.expect(303);
        ada.post("/o/acme/members", &[("email", "eve@example.com"), ("role", "viewer")]).await.expect(303);
        ada.post("/o/acme/settings", &[("name", "Acme")]).await.expect(303);
        let key = app.key(&organization, &[Scope::LogsRead]).await;
        let rows: Vec<Row> = on_db!(&app.env.db, read pool =>
            sqlx::query_as("select actor, source, action, target, before, after from audit_log \
                where action not like 'account.%' order by id")
                .fetch_all(pool).await).expect("rows");
        let mut actions: Vec<&str> = rows.iter().map(|row| row.2.as_str()).collect();
        actions.sort_unstable();
        assert_eq!(actions, [
            "api_key.created", "invitation.created", "member.added", "member.added", "member.removed",
            "member.role_changed", "organization.created", "organization.renamed",
        ]);
        let lowered = rows.iter().find(|row| row.2 == "member.role_changed").expect("the change of a role");
        let (actor, source, _, target, before, after) = lowered;
        assert_eq!((actor.as_str(), source.as_deref()), ("ada@example.com", Some("127.0.0.1")));
        assert_eq!(target.as_deref(), Some("bob@example.com"));
        assert_eq!(before.as_deref(), Some("{\"role\":\"viewer\"}"));
        assert_eq!(after.as_deref(), Some("{\"role\":\"admin\"}"));
        let link = app.mails.link_to("eve@example.com", &app.base).await;
        let token = link.rsplit('/').next().expect("a token");
        let all = format!("{rows:?}");
        assert!(!all.contains(&key) && !all.contains(token), "a secret is in the audit log");
    }

    async fn a_change_that_did_not_happen_leaves_no_row(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "ada@example.com", Role::Owner).await;
        let ada = app.sign_in("ada@example.com").await;
        ada.post("/o/acme/members/leave", &[]).await.expect(409);
        ada.post("/organizations/new", &[("name", "Acme"), ("slug", "acme")]).await.expect(422);
        let left = app.count("audit_log where action in ('member.left')").await;
        let founded = app.count("audit_log where action = 'organization.created'").await;
        assert_eq!((left, founded), (0, 1));
    }
}
