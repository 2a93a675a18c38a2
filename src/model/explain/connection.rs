//! When the receiver did not answer: what stood in the way.

use super::{Explanation, Facts};
use crate::model::{
    delivery::Outcome,
    failure::{CertificateFault, FROM, NO_NAME_SERVER, SINCE},
    time::duration,
};

pub(super) fn explain(facts: &Facts<'_>) -> Explanation {
    let host = facts.host();
    match facts.outcome {
        Outcome::Timeout => timeout(facts),
        Outcome::Dns => dns(facts),
        Outcome::RefusedAddress => refused_address(facts),
        Outcome::Connect => connect(facts),
        Outcome::Tls => tls(facts),
        Outcome::Reset => Explanation::new(
            format!("{host} cut the connection before it had answered."),
            "Check the receiver for a crash or a restart at that moment, and for limits on size or time in a proxy.",
        ),
        Outcome::Protocol => Explanation::new(
            format!("What {host} sent back is no valid HTTP answer{}.", because(facts.detail)),
            "Check that an HTTP server, and not another kind of service, listens at the URL's port.",
        ),
        Outcome::Interrupted => Explanation::new(
            "Switchhook was stopped between sending this and recording the answer; the receiver may have got it.",
            "Nothing to do: it is sent again with the same webhook-id, by which the receiver can tell a repeat.",
        ),
        Outcome::Internal | Outcome::Answered => Explanation::new(
            format!("Switchhook itself failed before the receiver was asked{}.", because(facts.detail)),
            "Retry; if it stays, give your operator the delivery's id.",
        ),
    }
}

fn because(detail: Option<&str>) -> String {
    detail.map(|d| format!(" ({})", d.trim_end_matches('.'))).unwrap_or_default()
}

fn dns(facts: &Facts<'_>) -> Explanation {
    let host = facts.host();
    if facts.detail.is_some_and(|detail| detail.starts_with(NO_NAME_SERVER)) {
        return Explanation::new(
            format!("No name server answered for {host} in time, so nothing was sent."),
            "Check that the name servers of its domain answer. If webhooks at other names fail like this too, tell \
             whoever operates this installation: the name server that it asks is silent.",
        );
    }
    Explanation::new(
        format!("The name {host} could not be found in DNS."),
        "Check the webhook's URL for typing errors, and that the name's DNS record exists.",
    )
}

fn timeout(facts: &Facts<'_>) -> Explanation {
    let within = facts.duration_us.map(|us| format!(" within {}", duration(us))).unwrap_or_default();
    Explanation::new(
        format!("{} did not answer completely{within}.", facts.host()),
        "Let the receiver answer first and work afterwards, or raise the webhook's timeout (at most 30 s).",
    )
}

fn refused_address(facts: &Facts<'_>) -> Explanation {
    let host = facts.host();
    let says = |words: &str| facts.detail.is_some_and(|detail| detail.contains(words));
    if says("by https only") {
        return Explanation::new(
            format!("{host} may be reached by https only, so nothing was sent."),
            "Begin the webhook's URL with https://; plain http is for networks that whoever operates this \
             installation has allowed.",
        );
    }
    if says("this installation itself") {
        return Explanation::new(
            format!("{host} leads to this installation itself, so nothing was sent."),
            "Give the receiver's own address. To look at what is sent without a receiver, use an inbox.",
        );
    }
    Explanation::new(
        format!(
            "{host} leads to an address that webhooks must not reach{}, so nothing was sent.",
            because(facts.detail)
        ),
        "Use a public address. Whoever operates this installation can allow private ones with the setting \
         SWITCHHOOK_ALLOW_TARGETS.",
    )
}

fn connect(facts: &Facts<'_>) -> Explanation {
    let detail = facts.detail.unwrap_or_default().to_ascii_lowercase();
    let host = facts.host();
    if detail.contains("refused") {
        return Explanation::new(
            format!("{host} refused the connection: nothing listens at that port."),
            "Check that the receiver runs, and the port in the webhook's URL.",
        );
    }
    if detail.contains("unreachable") || detail.contains("no route") {
        return Explanation::new(
            format!("There is no way through to {host}: its network cannot be reached."),
            "Check that the name's DNS records point at a machine that is up, for IPv6 as well as IPv4.",
        );
    }
    Explanation::new(
        format!("No connection to {host} could be made{}.", because(facts.detail)),
        "Check that the receiver runs and that its firewall lets Switchhook in.",
    )
}

/// What is known of the certificate; else what the TLS library says.
fn tls(facts: &Facts<'_>) -> Explanation {
    let host = facts.host();
    let Some(fault) = facts.detail.and_then(CertificateFault::read) else {
        return Explanation::new(
            format!("No secure connection to {host} could be agreed on{}.", because(facts.detail)),
            "Check that the port speaks TLS 1.2 or 1.3, and the certificate that it shows.",
        );
    };
    let (reason, advice) = match fault {
        CertificateFault::NotValidYet => (
            format!("The certificate of {host} is not valid yet{}.", date_in(facts.detail, FROM)),
            "Check the receiver's clock and the certificate's first day.",
        ),
        CertificateFault::Expired => (
            format!("The certificate of {host} has expired{}.", date_in(facts.detail, SINCE)),
            "Renew the certificate on the receiver and reload its server.",
        ),
        CertificateFault::UnknownIssuer => (
            format!(
                "The certificate of {host} is not publicly trusted: its chain is incomplete, or it comes from a \
                 private authority or is self-signed."
            ),
            "Serve the whole chain with the intermediate certificate. One that is private or self-signed does not \
             do: get one from a public authority, as from Let's Encrypt.",
        ),
        CertificateFault::SelfSigned => (
            format!("The certificate of {host} is self-signed, or an authority's own, so it proves nothing."),
            "Install a certificate from a public authority, as from Let's Encrypt.",
        ),
        CertificateFault::OtherName => (
            format!("The certificate of the receiver is for another name than {host}."),
            "Install a certificate that names this host, or correct the host in the webhook's URL.",
        ),
        CertificateFault::Revoked => (
            format!("The certificate of {host} has been revoked by the authority that issued it."),
            "Install a new certificate on the receiver and reload its server.",
        ),
    };
    Explanation::new(reason, advice)
}

/// The date in the detail, where it has one, with what leads to it.
fn date_in(detail: Option<&str>, lead: &str) -> String {
    let is_date = |word: &&str| {
        let bytes = word.as_bytes();
        bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[..4].iter().all(u8::is_ascii_digit)
    };
    let date = detail.and_then(|d| d.split([' ', 'T', ',', ';', '(', ')']).find(is_date));
    date.and_then(|d| d.get(..10)).map(|d| format!("{lead}{d}")).unwrap_or_default()
}
