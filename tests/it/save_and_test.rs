//! “Save and send test”: what was saved is tried at once, and the answer stands on the page that follows.

use crate::support::{Answer, Receiver, TestApp, browser::Browser};
use switchhook::model::organization::{Organization, Role};

async fn admin(app: &TestApp) -> (Organization, Browser) {
    let acme = app.organization("acme").await;
    app.person(&acme, "ada@acme.test", Role::Admin).await;
    (acme, app.sign_in("ada@acme.test").await)
}

/// The form's fields with this address, sent by the button.
fn pressed(url: &str) -> [(&str, &str); 4] {
    [("url", url), ("events_mode", "all"), ("active", "on"), ("save_and_test", "1")]
}

async fn thankful() -> Receiver {
    let receiver = Receiver::start().await;
    receiver.always(Answer::ok().body("thank you"));
    receiver
}

both_databases! {
    async fn a_new_webhook_shows_its_secret_once_and_what_the_receiver_answered(app) {
        let ((_, browser), receiver) = (admin(app).await, thankful().await);
        let answer = browser.post("/o/acme/webhooks/new", &pressed(&receiver.url("/in"))).await.expect(303);
        assert!(answer.location().contains("/created?delivery=dlv_"), "{}", answer.location());
        let page = browser.get(answer.location()).await.expect(200);
        page.shows("whsec_").shows("I have stored it: go to the webhook");
        page.shows("Result of the test").shows("thank you");
        let again = browser.get(answer.location()).await.expect(200);
        again.shows("The secret was shown once").shows("thank you");
        assert_eq!(receiver.requests().len(), 1);
    }

    async fn changes_are_saved_before_the_test_goes_out(app) {
        let ((acme, browser), receiver) = (admin(app).await, thankful().await);
        let id = app.webhook(&acme, "CRM").await;
        let url = receiver.url("/new");
        let edit = format!("/o/acme/webhooks/{id}/edit");
        browser.get(&edit).await.expect(200).shows("Save and send test");
        let answer = browser.post(&edit, &pressed(&url)).await.expect(303);
        assert!(answer.location().starts_with(&format!("/o/acme/webhooks/{id}/test?delivery=dlv_")));
        browser.get(answer.location()).await.expect(200).shows("Saved. It holds").shows("thank you");
        assert_eq!(receiver.wait_for(1).await[0].path, "/new");
    }

    async fn a_receiver_that_refuses_the_test_takes_nothing_back_of_what_was_saved(app) {
        let ((_, browser), receiver) = (admin(app).await, Receiver::start().await);
        receiver.always(Answer::status(401));
        let page = browser.submit("/o/acme/webhooks/new", &pressed(&receiver.url("/in"))).await.expect(200);
        page.shows("whsec_").shows("401");
        assert_eq!(app.count("webhooks").await, 1);
    }

    async fn a_form_that_is_refused_sends_no_test(app) {
        let (_, browser) = admin(app).await;
        browser.post("/o/acme/webhooks/new", &pressed("nowhere")).await.expect(422).shows("This is no whole address");
        assert_eq!((app.count("webhooks").await, app.count("deliveries").await), (0, 0));
    }
}
