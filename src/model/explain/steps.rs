//! What to check when deliveries fail, cause by cause: the lists that platforms give their customers.

use crate::model::delivery::Outcome;

const UNREACHABLE: &[&str] = &[
    "The address is open to the public, not only inside your network or VPN.",
    "The receiver runs and listens at the port of the URL; try it with curl from outside.",
    "The firewall lets requests in from the addresses that deliveries come from.",
    "DNS leads to the machine that is meant, for IPv6 as well as IPv4.",
];
const TIMEOUT: &[&str] = &[
    "Answer first, work afterwards: put the event into a queue and answer 202 at once.",
    "Look for slow calls in the handler, as to a database or another service.",
    "Check that no proxy in front holds the request back.",
    "If the work must be done first, raise the webhook's timeout (at most 30 s).",
];
const TLS: &[&str] = &[
    "The certificate is valid today, and renewed in time.",
    "It names the host of the URL.",
    "The whole chain is served, with the intermediate certificate.",
    "It comes from a public authority; a self-signed one proves nothing.",
];
const REFUSED_ADDRESS: &[&str] = &[
    "The URL leads to a public address, not to one of a private network or of the machine itself.",
    "A name that leads to several addresses leads to public ones only.",
    "The URL begins with https://; plain http is for networks that your operator has allowed.",
    "For receivers inside: your operator can allow their network with SWITCHHOOK_ALLOW_TARGETS.",
];
const SIGNATURE: &[&str] = &[
    "The receiver verifies with this webhook's current secret, whole, with its prefix.",
    "It reads the signature from the header that the deliveries carry.",
    "It verifies the body's bytes as they came, before anything parses or changes them.",
    "It uses HMAC with SHA-256.",
    "Headers that you set for authorization hold valid credentials, and no firewall stands in front.",
];
const REJECTED: &[&str] = &[
    "The response body may say what it missed; compare it with the request.",
    "The handler reads the fields where this format has them; the event catalogue has examples.",
    "Fields that it does not know are passed over, not refused.",
    "It takes content-type application/json, and bodies as large as your events.",
];
const NOT_THERE: &[&str] = &[
    "The path of the URL is the route's, to the letter, with or without its last slash.",
    "The route is deployed at this host and accepts POST.",
    "A redirect is not followed: give the final address, with https.",
];
const OVERLOADED: &[&str] = &[
    "Answer first and work afterwards, so that each request is short.",
    "Raise the limit of the receiver, or of the proxy in front of it.",
    "Let the webhook take fewer event types, or filter them.",
];
const SERVER_ERROR: &[&str] = &[
    "Look into the receiver's log at the time of the attempt.",
    "An event may come more than once: keep the ids you have seen, and answer a repeat with success.",
    "Unknown event types and test events should be answered with success, not with an error.",
    "Behind a proxy: check that the application runs and answers in time.",
];
const NO_HTTP: &[&str] = &[
    "An HTTP server, and not another kind of service, listens at the port of the URL.",
    "The scheme fits: https for a port that speaks TLS.",
    "The receiver reads the whole body before it closes the connection.",
];

/// What to check after an attempt that came to this, most likely first; nothing where nothing is wrong.
pub fn steps(outcome: Outcome, code: Option<u16>) -> &'static [&'static str] {
    match (outcome, code) {
        (Outcome::Answered, Some(code)) => of_code(code),
        (Outcome::Timeout, _) => TIMEOUT,
        (Outcome::Dns | Outcome::Connect, _) => UNREACHABLE,
        (Outcome::Tls, _) => TLS,
        (Outcome::RefusedAddress, _) => REFUSED_ADDRESS,
        (Outcome::Reset | Outcome::Protocol, _) => NO_HTTP,
        (Outcome::Answered | Outcome::Interrupted | Outcome::Internal, _) => &[],
    }
}

fn of_code(code: u16) -> &'static [&'static str] {
    match code {
        401 | 403 => SIGNATURE,
        400 | 413 | 415 | 422 => REJECTED,
        300..400 | 404 | 405 => NOT_THERE,
        408 => TIMEOUT,
        429 => OVERLOADED,
        500..600 => SERVER_ERROR,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_of_a_receiver_has_something_to_check() {
        let ours = [Outcome::Answered, Outcome::Interrupted, Outcome::Internal];
        for outcome in Outcome::ALL.iter().filter(|outcome| !ours.contains(outcome)) {
            assert!(!steps(*outcome, None).is_empty(), "{outcome:?}");
        }
        for code in [301, 400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 500, 502, 503, 504] {
            assert!(steps(Outcome::Answered, Some(code)).len() >= 3, "{code}");
        }
        assert!(steps(Outcome::Answered, Some(204)).is_empty());
    }
}
