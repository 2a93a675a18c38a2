//! The test house itself: its receiver, its clock and its databases do what other tests rely on.

use crate::support::{Answer, Receiver, browser::Browser, within};
use std::time::Duration;
use switchhook::server::env::Clock;

both_databases! {
    async fn an_installation_answers_on_a_port_of_its_own(app) {
        app.browser().get("/healthz").await.expect(200);
    }

    async fn each_test_has_a_database_of_its_own(app) {
        app.organization("acme").await;
        let count = app.count("organizations").await;
        assert_eq!(count, 1);
    }

    async fn the_clock_stands_still_until_it_is_moved_and_then_wakes_sleepers(app) {
        let noon = app.now();
        assert_eq!(app.now(), noon);
        let clock = app.clock.clone();
        let at = noon.plus(Duration::from_secs(3_600));
        let sleeper = tokio::spawn(async move { clock.sleep_until(at).await });
        app.advance(Duration::from_secs(3_599));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        app.advance(Duration::from_secs(1));
        within("the sleeper", sleeper).await.unwrap();
    }
}

#[tokio::test]
async fn a_receiver_records_requests_and_answers_its_script() {
    let receiver = Receiver::start().await;
    receiver.next([Answer::status(503).header("retry-after", "7").body("busy")]);
    let browser = Browser::new(&receiver.url(""));
    let first = browser.post("/hook?x=1", &[("a", "b c")]).await;
    assert_eq!((first.status, first.header("retry-after"), first.body.as_str()), (503, "7", "busy"));
    let requests = receiver.wait_for(1).await;
    assert_eq!((requests[0].path.as_str(), &requests[0].body[..]), ("/hook?x=1", &b"a=b+c"[..]));
}

#[tokio::test]
async fn a_held_answer_waits_for_its_release() {
    let receiver = Receiver::start().await;
    receiver.always(Answer::status(204).held());
    let url = receiver.url("");
    let asked = tokio::spawn(async move { Browser::new(&url).get("/").await.status });
    receiver.wait_for(1).await;
    assert!(!asked.is_finished());
    receiver.release(1);
    assert_eq!(within("the answer", asked).await.unwrap(), 204);
}
