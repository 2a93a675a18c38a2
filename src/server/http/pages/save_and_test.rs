//! “Save and send test”: what was saved is tried at once, and the page that follows shows the receiver's answer.

use super::Signed;
use crate::{model::id::WebhookId, model::query_string::query_string, server::domain::deliveries};

/// Sends a test of the first type that the webhook takes; answers the query of a page that shows what came of it. Where
/// none can be sent, the next page says why: what was saved stays.
pub async fn tested(signed: &Signed, id: WebhookId) -> String {
    let sent = match signed.identity.permit() {
        Ok(permit) => deliveries::send_test(&signed.env, &permit, id, None, None).await,
        Err(refusal) => Err(refusal),
    };
    match sent {
        Ok((delivery, _)) => {
            query_string(&[("delivery", &delivery.id.to_string()), ("event_type", &delivery.event_type)])
        }
        Err(error) => {
            signed.flash(false, &format!("Saved, but no test could be sent. {error}")).await;
            String::new()
        }
    }
}
