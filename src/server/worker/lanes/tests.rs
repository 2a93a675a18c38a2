//! What lanes tell the worker.

use super::*;
use async_trait::async_trait;
use futures::FutureExt;

struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Time {
        Time::from_seconds(1_000_000)
    }
    async fn sleep_until(&self, _at: Time) {
        std::future::pending().await
    }
}

#[test]
fn what_is_stored_while_a_lane_is_refilled_is_looked_for_at_once_after_that() {
    let wake = Arc::new(Wake::default());
    let lanes = Lanes::new(Arc::new(Still), wake.clone());
    lanes.open(Box::new(|_| {}), 1, []);
    let (organization, webhook) = (OrganizationId::from_bytes([1; 16]), WebhookId::from_bytes([2; 16]));
    let has_rung = || wake.rung().now_or_never().is_some();
    lanes.more_is_stored(organization, webhook);
    assert!(has_rung());
    assert_eq!(lanes.take_refills().len(), 1);
    lanes.more_is_stored(organization, webhook);
    assert!(!has_rung(), "it is being refilled");
    lanes.refilled((organization, webhook), Vec::new(), false);
    assert!(has_rung());
    assert_eq!(lanes.take_refills().len(), 1);
    lanes.refilled((organization, webhook), Vec::new(), false);
    assert!(!has_rung(), "there was nothing more");
}
