use super::*;
use crate::model::{delivery::Trigger, id::*, time::Time};

fn attempted(outcome: Outcome, code: Option<u16>, detail: Option<&str>) -> Attempt {
    Attempt {
        id: AttemptId::from_bytes([1; 16]),
        number: 1,
        trigger: Trigger::Automatic,
        triggered_by: None,
        started_at: Time(0),
        duration_us: 240_000,
        outcome,
        detail: detail.map(str::to_owned),
        response_code: code,
        succeeded: code == Some(200),
        url: "https://hooks.example.com:8443/in?x=1".into(),
        request_headers: vec![],
        response_headers: vec![
            ("location".into(), "https://www.example.com/in".into()),
            ("retry-after".into(), "120".into()),
        ],
        response_body: None,
        response_truncated: false,
    }
}

fn delivered(status: DeliveryStatus, attempt_count: u32) -> Delivery {
    Delivery {
        id: DeliveryId::from_bytes([1; 16]),
        event_id: "evt".into(),
        event_type: "call.completed".into(),
        webhook_id: WebhookId::from_bytes([1; 16]),
        url: "https://hooks.example.com/in".into(),
        status,
        is_test: false,
        response_code: None,
        outcome: None,
        duration_us: None,
        attempt_count,
        max_attempts: 10,
        created_at: Time(0),
        next_attempt_at: None,
        completed_at: None,
    }
}

fn answered(code: u16) -> Explanation {
    attempt(&attempted(Outcome::Answered, Some(code), None))
}

fn unanswered(outcome: Outcome, detail: &str) -> Explanation {
    attempt(&attempted(outcome, None, Some(detail)))
}

#[track_caller]
fn says(explanation: &Explanation, reason: &str, advice: &str) {
    assert!(explanation.reason.contains(reason), "reason: {}", explanation.reason);
    assert!(explanation.advice.contains(advice), "advice: {}", explanation.advice);
}

#[test]
fn success_needs_no_advice() {
    assert_eq!(answered(200), Explanation::new("The receiver answered 200 OK in 240 ms.", ""));
}

#[test]
fn a_code_from_200_to_299_that_the_platform_does_not_count_is_no_success() {
    says(&answered(204), "answered 204 No Content, which this platform does not count as success.", "“Verify”");
    let last = attempted(Outcome::Answered, Some(204), None);
    says(&delivery(&delivered(DeliveryStatus::Failed, 10), Some(&last), true), "does not count", "After 10 attempts");
    let listed = Delivery {
        outcome: Some(Outcome::Answered),
        response_code: Some(204),
        ..delivered(DeliveryStatus::Failed, 10)
    };
    says(&delivery(&listed, None, true), "does not count as success", "“Verify”");
    let taken = Delivery { status: DeliveryStatus::Success, ..listed };
    says(&delivery(&taken, None, true), "The receiver answered 204 No Content.", "");
}

#[test]
fn each_code_says_what_to_do() {
    says(&answered(401), "401 Unauthorized", "signing secret");
    says(&answered(403), "403 Forbidden", "signing secret");
    says(&answered(404), "nothing listens at this path", "path in the webhook's URL");
    says(&answered(405), "no POST", "accept POST");
    says(&answered(410), "switched off", "switch the webhook on again");
    says(&answered(413), "larger than it takes", "limit for request bodies");
    says(&answered(415), "application/json", "application/json");
    says(&answered(422), "did not accept the body", "response below");
    says(&answered(429), "pause of 120 s", "Raise the receiver's limit");
    says(&answered(500), "failed while handling", "receiver's log");
    says(&answered(502), "proxy in front", "behind the proxy");
    says(&answered(503), "not available", "maintenance");
    says(&answered(418), "answered 418, which", "200 to 299");
}

#[test]
fn a_redirect_names_its_target() {
    says(&answered(308), "a redirect to https://www.example.com/in; redirects are not followed", "final address");
}

#[test]
fn each_way_to_get_no_answer_says_what_to_do() {
    says(&unanswered(Outcome::Timeout, ""), "within 240 ms", "raise the webhook's timeout");
    let silent = "No name server had answered for hooks.example.com after 15 s.";
    says(
        &unanswered(Outcome::Dns, silent),
        "No name server answered for hooks.example.com",
        "name servers of its domain",
    );
    says(&unanswered(Outcome::Dns, ""), "The name hooks.example.com could not be found", "typing errors");
    says(&unanswered(Outcome::Reset, ""), "cut the connection", "restart");
    says(&unanswered(Outcome::Protocol, "bad status line."), "(bad status line)", "HTTP server");
    says(&unanswered(Outcome::Interrupted, ""), "may have got it", "Nothing to do");
    says(&unanswered(Outcome::Internal, ""), "Switchhook itself", "delivery's id");
    says(&unanswered(Outcome::Connect, "Connection refused (os error 111)"), "nothing listens", "port");
    says(&unanswered(Outcome::Connect, "network unreachable"), "no way through", "IPv6");
    says(&unanswered(Outcome::Connect, "it took too long"), "(it took too long)", "firewall");
}

#[test]
fn a_refused_address_names_the_rule_and_the_operators_setting() {
    let said = unanswered(Outcome::RefusedAddress, "loopback");
    says(&said, "must not reach (loopback)", "SWITCHHOOK_ALLOW_TARGETS");
}

#[test]
fn each_certificate_problem_is_told_from_the_others() {
    let tls = |detail: &str| unanswered(Outcome::Tls, detail);
    says(&tls("certificate expired on 2026-11-20"), "has expired on 2026-11-20", "Renew");
    says(&tls("invalid peer certificate: Expired"), "has expired.", "Renew");
    says(&tls("certificate not valid for name \"x\""), "for another name than hooks.example.com", "names this host");
    says(&tls("the certificate is self-signed"), "self-signed", "public authority");
    says(&tls("invalid peer certificate: UnknownIssuer"), "not publicly trusted", "intermediate");
    says(&tls("handshake failure"), "(handshake failure)", "TLS 1.2");
}

#[test]
fn a_delivery_says_what_happens_next() {
    let last = attempted(Outcome::Answered, Some(500), None);
    says(&delivery(&delivered(DeliveryStatus::Pending, 3), Some(&last), true), "500", "up to 7 more times");
    says(&delivery(&delivered(DeliveryStatus::Pending, 9), Some(&last), true), "500", "once more");
    says(&delivery(&delivered(DeliveryStatus::Failed, 10), Some(&last), true), "500", "After 10 attempts");
    says(&delivery(&delivered(DeliveryStatus::Pending, 0), None, true), "for the first time", "");
}

#[test]
fn skipped_says_whether_the_webhook_was_inactive_or_deleted() {
    let skipped = delivered(DeliveryStatus::Skipped, 0);
    says(&delivery(&skipped, None, true), "inactive", "Switch the webhook on");
    says(&delivery(&skipped, None, false), "deleted", "Add a webhook");
}
