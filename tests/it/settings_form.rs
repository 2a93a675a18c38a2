//! Filters and the retry policy in a webhook's form, without scripts: what is typed is kept, tried and saved.

use crate::support::{
    TestApp,
    browser::{Browser, Page},
    log::Sent,
};
use serde_json::{Value, json};
use switchhook::{
    model::{
        organization::Role,
        webhook::{EventSelection, Webhook},
    },
    server::domain::webhooks,
};

async fn admin(app: &TestApp, convention: &str) -> Browser {
    let acme = app.organization_of("acme", convention).await;
    app.person(&acme, "ada@acme.test", Role::Admin).await;
    app.sign_in("ada@acme.test").await
}

/// The one webhook of the organization.
async fn only(app: &TestApp) -> Webhook {
    let acme = switchhook::server::store::organizations::by_slug(&app.env.db, "acme").await.unwrap().unwrap();
    webhooks::list(&app.env, &app.permit(&acme)).await.unwrap().remove(0)
}

const NEW: &str = "/o/acme/webhooks/new";
/// What every form has.
const PLAIN: [(&str, &str); 3] = [("url", "https://example.com/in"), ("events_mode", "all"), ("active", "on")];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    PLAIN.iter().chain(more).copied().collect()
}

fn filter<'a>(key: &'a str, is: &'a str, value: &'a str) -> [(&'a str, &'a str); 3] {
    [("filter_key", key), ("filter_is", is), ("filter_value", value)]
}

/// The tag that has this among its attributes.
fn tag<'a>(body: &'a str, attribute: &str) -> &'a str {
    let at = body.find(attribute).unwrap_or_else(|| panic!("no {attribute}"));
    let start = body[..at].rfind('<').unwrap_or_default();
    &body[start..at + body[at..].find('>').unwrap_or_default()]
}

both_databases! {
    async fn filters_are_saved_as_the_api_has_them_and_read_back_into_rows(app) {
        let browser = admin(app, "callintel").await;
        browser.get(NEW).await.expect(200).shows("<option value=\"direction\">").shows("is at least");
        let rows = [filter("direction", "is", "outbound"), filter("duration", "min", "60"),
            filter("code", "any", "\"60\", 61"), filter("", "is", "")].concat();
        browser.post(NEW, &with(&rows)).await.expect(303);
        let webhook = only(app).await;
        let expected = json!({"direction": "outbound", "min_duration": 60, "code": ["60", 61]});
        assert_eq!(Value::Object(webhook.filters.clone()), expected);
        let at = format!("/o/acme/webhooks/{}", webhook.id);
        browser.get(&at).await.expect(200).shows("duration is at least 60");
        let edit = browser.get(&format!("{at}/edit")).await.expect(200);
        edit.shows("value=\"&quot;60&quot;, 61\"").shows("<option value=\"min\" selected");
        browser.post(&format!("{at}/edit"), &with(&filter("direction", "is", "inbound"))).await.expect(303);
        assert_eq!(Value::Object(only(app).await.filters), json!({"direction": "inbound"}));
    }

    async fn a_filter_that_cannot_be_one_comes_back_with_its_reason_and_all_that_was_typed(app) {
        let browser = admin(app, "standard").await;
        let rows = [filter("duration", "max", "long"), filter("agent.id", "is", "")].concat();
        let page = browser.post(NEW, &with(&[rows, vec![("timeout_seconds", "soon")]].concat())).await.expect(422);
        page.shows("A bound (min_, max_) is a number.").shows("Give a value; an empty text is written");
        page.shows("value=\"long\"").shows("value=\"agent.id\"").shows("Give 1 to 30 seconds.");
    }

    async fn filters_are_tried_on_an_example_and_on_an_event_that_came(app) {
        let browser = admin(app, "callintel").await;
        let acme = switchhook::server::store::organizations::by_slug(&app.env.db, "acme").await.unwrap().unwrap();
        let webhook = app.webhook(&acme, "CRM").await;
        let data = r#"{"direction": "inbound", "duration": "75"}"#;
        app.sent(&acme, webhook, Sent { event_type: "call.completed", data, ..Default::default() }).await;
        let form = browser.get(NEW).await.expect(200);
        let came = form.body.split("value=\"event:").nth(1).and_then(|rest| rest.split('"').next()).expect("an event");
        let came = format!("event:{came}");
        let rows = [filter("direction", "is", "inbound"), filter("duration", "min", "60")].concat();
        let press = [("trial", came.as_str()), ("try", "1")];
        let page = browser.post(NEW, &with(&[rows.clone(), press.to_vec()].concat())).await.expect(200);
        page.shows("Not sent: 1 of 2 filters do not match.").shows("“direction” is the text “inbound”.");
        page.shows("“duration” is the text “75”; the filter wants a number of at least 60.");
        page.shows("value=\"https://example.com/in\"");
        let press = [("trial", "type:call.completed"), ("try", "1"), ("events_mode", "only"), ("events", "call.failed")];
        let page = browser.post(NEW, &with(&press)).await.expect(200);
        page.shows("Not sent: call.completed is not among the chosen events.");
        browser.post(NEW, &with(&[("trial", "type:no.such"), ("try", "1")])).await.expect(422).shows("Choose an event");
        assert_eq!(webhooks::list(&app.env, &app.permit(&acme)).await.unwrap().len(), 1, "trying saves nothing");
    }

    async fn without_scripts_one_type_of_a_whole_group_can_be_taken_away_again(app) {
        let browser = admin(app, "callintel").await;
        let form = browser.get(NEW).await.expect(200);
        let group = form.body.split("name=\"group\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a group");
        let only_these = [("url", "https://example.com/in"), ("events_mode", "only"), ("active", "on")];
        browser.post(NEW, &[&only_these[..], &[("group", group)]].concat()).await.expect(303);
        let webhook = only(app).await;
        let EventSelection::Only(types) = webhook.events else { panic!("all") };
        assert!(types.len() > 1, "{types:?}");
        // What the page says is sent again, but for one box.
        let edit = format!("/o/acme/webhooks/{}/edit", webhook.id);
        let page = browser.get(&edit).await.expect(200);
        let ticked = |name: &str| {
            let boxes = page.body.split("<input").filter(|one| one.contains(&format!("name=\"{name}\""))).collect::<Vec<_>>();
            let ticked = boxes.into_iter().filter(|one| one.split('>').next().is_some_and(|tag| tag.contains(" checked")));
            ticked.filter_map(|one| one.split("value=\"").nth(1)?.split('"').next().map(str::to_owned)).collect::<Vec<_>>()
        };
        let sent = ticked("events").into_iter().skip(1).map(|one| ("events", one));
        let sent = sent.chain(ticked("group").into_iter().map(|one| ("group", one))).collect::<Vec<_>>();
        let sent = sent.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
        browser.post(&edit, &[&only_these[..], &sent].concat()).await.expect(303);
        assert_eq!(only(app).await.events, EventSelection::Only(types[1..].to_vec()));
    }

    async fn what_is_wrong_with_a_row_is_tied_to_it_and_has_the_focus(app) {
        let browser = admin(app, "standard").await;
        let header = [("header_name", "X-Fine"), ("header_value", "1"), ("header_saved", ""),
            ("header_name", "Host"), ("header_value", "example.com"), ("header_saved", "")];
        let page = browser.post(NEW, &with(&header)).await.expect(422);
        page.shows("id=\"header-2-error\"");
        let field = tag(&page.body, "aria-label=\"Name of header 2\"");
        assert!(field.contains("aria-describedby=\"header-2-error\"") && field.contains("autofocus"), "{field}");
        assert!(!tag(&page.body, "aria-label=\"Name of header 1\"").contains("autofocus"));

        let page = browser.post(NEW, &with(&filter("duration", "max", "long"))).await.expect(422);
        let field = tag(&page.body, "aria-label=\"Field of filter 1\"");
        assert!(field.contains("aria-describedby=\"filter-1-error\"") && field.contains("autofocus"), "{field}");

        let none = [("url", "https://example.com/in"), ("events_mode", "only"), ("active", "on")];
        let page = browser.post(NEW, &none).await.expect(422);
        assert!(tag(&page.body, "value=\"only\"").contains("autofocus"));
    }

    async fn the_retry_policy_writes_its_times_out_before_it_is_saved(app) {
        let browser = admin(app, "callintel").await;
        browser.get(NEW).await.expect(200).shows("The platform’s own schedule")
            .shows("Retries after 1 min, 5 min, 15 min; gives up after 21 min.");
        let own = [("policy", "schedule"), ("retry_policy.schedule_seconds", "30, 5 min, 2 h"), ("preview", "1")];
        let page = browser.post(NEW, &with(&own)).await.expect(200);
        page.shows("Retries after 30 s, 5 min, 2 h; gives up after 2 h 5 min.").shows("value=\"30, 5 min, 2 h\"");
        let growing = [("policy", "backoff"), ("retry_policy.max_attempts", "4"), ("retry_policy.initial_delay_seconds", "60"),
            ("retry_policy.backoff_multiplier", "2"), ("retry_policy.max_delay_seconds", "3 min")];
        let page = browser.post(NEW, &with(&[&growing[..], &[("preview", "1")]].concat())).await.expect(200);
        page.shows("Retries after 1 min, 2 min, 3 min; gives up after 6 min.");
        let wrong = [("policy", "backoff"), ("retry_policy.max_attempts", "500"), ("retry_policy.initial_delay_seconds", "60"),
            ("retry_policy.backoff_multiplier", "2"), ("retry_policy.max_delay_seconds", "1"), ("preview", "1")];
        browser.post(NEW, &with(&wrong)).await.expect(422).shows("Give 1 to 100").shows("Give at least the initial delay.");
        browser.post(NEW, &with(&growing)).await.expect(303);
        assert_eq!(only(app).await.retry_policy.map(|policy| policy.max_attempts()), Some(4));
    }

    async fn who_saves_second_is_told_what_the_first_has_changed(app) {
        let browser = admin(app, "standard").await;
        browser.post(NEW, &with(&[("description", "CRM")])).await.expect(303);
        let edit = format!("/o/acme/webhooks/{}/edit", only(app).await.id);
        let mark = |page: &Page| {
            let field = tag(&page.body, "name=\"opened\"");
            field.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a mark").to_owned()
        };
        let opened = mark(&browser.get(&edit).await.expect(200));
        // Somebody else moves it, and writes what it is for.
        let theirs = [("url", "https://example.com/new"), ("events_mode", "all"), ("active", "on"), ("description", "Sales")];
        browser.post(&edit, &theirs).await.expect(303);

        let mine = with(&[("description", "Billing"), ("timeout_seconds", "7"), ("opened", &opened)]);
        let asks = browser.post(&edit, &mine).await.expect(409);
        asks.shows("Somebody else has changed this webhook since you opened its settings. Nothing is saved yet.");
        asks.shows("differs from theirs in the address, the description and the timeout: save again");
        asks.shows("value=\"Billing\"").shows("value=\"https://example.com/in\"");
        assert_eq!(only(app).await.description, "Sales");
        let told = mark(&asks);
        let mine = with(&[("description", "Billing"), ("timeout_seconds", "7"), ("opened", &told)]);
        browser.post(&edit, &mine).await.expect(303);
        let saved = only(app).await;
        assert_eq!((saved.url.as_str(), saved.description.as_str()), ("https://example.com/in", "Billing"));

        // The same wish from two of them is no conflict.
        let same = with(&[("description", "Billing"), ("timeout_seconds", "7"), ("opened", &opened)]);
        browser.post(&edit, &same).await.expect(303);
    }
}
