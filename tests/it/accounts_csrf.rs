//! Writes from other sites are refused; headers say what pages may do.

use crate::support::browser::request;
use switchhook::model::organization::Role;

both_databases! {
    async fn a_write_is_accepted_from_this_site_only(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Admin).await;
        let browser = app.sign_in("ada@example.com").await;
        let own = app.base.clone();
        // Sec-Fetch-Site, Origin, expected.
        let table: [(Option<&str>, Option<&str>, u16); 10] = [
            (Some("same-origin"), None, 303),
            (Some("none"), None, 303),
            (Some("same-origin"), Some(&own), 303),
            (None, Some(&own), 303),
            (Some("cross-site"), None, 403),
            (Some("cross-site"), Some("https://evil.test"), 403),
            (Some("same-site"), Some("https://sub.evil.test"), 403),
            (None, Some("https://evil.test"), 403),
            (None, Some("null"), 403),
            (None, None, 403),
        ];
        for (site, origin, expected) in table {
            let mut form = request("POST", &format!("{own}/account/name"))
                .header("content-type", "application/x-www-form-urlencoded")
                .body("name=Ada");
            for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
                if let Some(value) = value {
                    form = form.header(name, value);
                }
            }
            let page = browser.carry(form).await;
            assert_eq!(page.status, expected, "{site:?} {origin:?}");
            if expected == 403 {
                page.shows("<h1>Not allowed</h1>").shows("sent from another site");
            }
        }
    }

    async fn an_api_key_needs_no_origin_and_no_cookie_stands_in_for_one(app) {
        let organization = app.organization("acme").await;
        app.person(&organization, "ada@example.com", Role::Owner).await;
        let key = app.key(&organization, &switchhook::model::organization::Scope::ALL).await;
        let program = app.program(&key);
        let answer = program.post("/v1/webhooks", serde_json::json!({"url": "nonsense"})).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
        let browser = app.sign_in("ada@example.com").await;
        let bare = request("POST", &format!("{}/v1/webhooks", app.base)).header("sec-fetch-site", "cross-site");
        browser.carry(bare.body("{}")).await.expect(401);
    }

    async fn every_page_carries_its_security_headers(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Viewer).await;
        let browser = app.sign_in("ada@example.com").await;
        for path in ["/sign-in", "/forgot", "/account", "/o/acme/members", "/o/nothing/members", "/no-such-page"] {
            let page = browser.get(path).await;
            assert!(page.header("content-security-policy").contains("default-src 'none'; script-src 'self'"), "{path}");
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
            ] {
                assert_eq!(page.header(name), value, "{path}");
            }
            assert_eq!(page.header("strict-transport-security"), "", "the test installation is http");
        }
    }

    async fn no_page_has_inline_scripts_or_styles(app) {
        app.person(&app.organization("acme").await, "ada@example.com", Role::Owner).await;
        let browser = app.sign_in("ada@example.com").await;
        for path in ["/account", "/o/acme/members", "/o/acme/api-keys", "/o/acme/settings", "/organizations/new", "/x"] {
            let page = browser.get(path).await;
            let html = page.body.to_lowercase();
            for forbidden in [" style=", "<style", " onclick=", " onload=", "javascript:"] {
                assert!(!html.contains(forbidden), "{path} has {forbidden}");
            }
        }
    }

    async fn an_address_that_leads_nowhere_has_a_page_with_a_way_on(app) {
        let page = app.browser().get("/no-such-page").await.expect(404);
        page.shows("<!DOCTYPE html>").shows("<h1>Nothing here</h1>").shows("href=\"/\"");
    }
}
