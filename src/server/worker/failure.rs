//! What a failed exchange was, from the errors that the HTTP client reports: an outcome and a line in plain words.

use super::resolve::LookUpError;
use crate::model::{
    delivery::Outcome,
    failure::{CertificateFault, FROM, SINCE},
    time::Time,
};
use rustls::{CertificateError, pki_types::UnixTime};
use std::{error::Error, io};

/// Too many open files: of this process, and of the machine.
const DESCRIPTORS: [i32; 2] = [24, 23];
/// The year 10000 begins, in seconds since 1970: a certificate knows no later one.
const LAST_SECOND: i64 = 253_402_300_800;

/// Whether no connection was tried, since this process or the machine has no file descriptor left.
pub fn is_ours(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let code = error.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error);
        if code.is_some_and(|code| DESCRIPTORS.contains(&code)) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Outcome and detail of what the client reports.
pub fn classify(error: &(dyn Error + 'static), is_connect: bool) -> (Outcome, String) {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(known) = one(error, is_connect) {
            return known;
        }
        cause = error.source();
    }
    if is_connect {
        return (Outcome::Connect, "The receiver could not be connected to.".into());
    }
    (Outcome::Protocol, "What the receiver answered was no valid HTTP.".into())
}

fn one(error: &(dyn Error + 'static), is_connect: bool) -> Option<(Outcome, String)> {
    if let Some(look_up) = error.downcast_ref::<LookUpError>() {
        let outcome = match look_up {
            LookUpError::NotFound(_) => Outcome::Dns,
            _ => Outcome::RefusedAddress,
        };
        return Some((outcome, look_up.to_string()));
    }
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some((Outcome::Tls, tls_words(tls)));
    }
    if let Some(http) = error.downcast_ref::<hyper::Error>() {
        return http_words(http);
    }
    let io = error.downcast_ref::<io::Error>()?;
    match io.get_ref() {
        // An io error may carry another one, which `source` passes over.
        Some(inner) => one(inner, is_connect).or_else(|| io_words(io, is_connect)),
        None => io_words(io, is_connect),
    }
}

fn http_words(error: &hyper::Error) -> Option<(Outcome, String)> {
    if error.is_parse() || error.is_parse_too_large() || error.is_parse_status() {
        return Some((Outcome::Protocol, format!("What the receiver answered was no valid HTTP: {error}.")));
    }
    let cut =
        error.is_incomplete_message() || error.is_closed() || error.is_canceled() || error.is_body_write_aborted();
    cut.then(|| (Outcome::Reset, "The receiver closed the connection before it had answered.".into()))
}

fn io_words(error: &io::Error, is_connect: bool) -> Option<(Outcome, String)> {
    use io::ErrorKind::*;
    if error.raw_os_error().is_some_and(|code| DESCRIPTORS.contains(&code)) {
        return Some((Outcome::Internal, "This service has too many connections open at the moment.".into()));
    }
    let (outcome, words) = match error.kind() {
        ConnectionRefused => (Outcome::Connect, "Nothing listens at the receiver's port: the connection was refused."),
        HostUnreachable | NetworkUnreachable | AddrNotAvailable | NetworkDown => {
            (Outcome::Connect, "There is no route to the receiver's address.")
        }
        TimedOut => (Outcome::Timeout, "The receiver did not take the connection."),
        UnexpectedEof if is_connect => (Outcome::Tls, "The receiver closed the connection during the TLS handshake."),
        ConnectionReset | ConnectionAborted | BrokenPipe | UnexpectedEof | NotConnected => {
            (Outcome::Reset, "The receiver cut the connection.")
        }
        InvalidData => (Outcome::Protocol, "What the receiver answered was no valid HTTP."),
        _ => return None,
    };
    Some((outcome, words.into()))
}

fn tls_words(error: &rustls::Error) -> String {
    let words = match error {
        rustls::Error::InvalidCertificate(fault) => return certificate_words(fault),
        rustls::Error::InvalidMessage(_) => "The receiver does not speak TLS at this port.",
        rustls::Error::AlertReceived(alert) => return format!("The receiver refused the TLS handshake: {alert:?}."),
        rustls::Error::PeerIncompatible(_) => "The receiver offers no TLS version or cipher that is still safe.",
        other => return format!("The TLS handshake failed: {other}."),
    };
    words.into()
}

fn certificate_words(error: &CertificateError) -> String {
    use CertificateError as C;
    let (fault, day) = match error {
        C::Expired => (CertificateFault::Expired, String::new()),
        C::ExpiredContext { not_after, .. } => (CertificateFault::Expired, day(SINCE, *not_after)),
        C::NotValidYet => (CertificateFault::NotValidYet, String::new()),
        C::NotValidYetContext { not_before, .. } => (CertificateFault::NotValidYet, day(FROM, *not_before)),
        C::NotValidForName | C::NotValidForNameContext { .. } => (CertificateFault::OtherName, String::new()),
        C::UnknownIssuer => (CertificateFault::UnknownIssuer, String::new()),
        C::Revoked => (CertificateFault::Revoked, String::new()),
        // The library has no word of its own for it.
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => (CertificateFault::SelfSigned, String::new()),
        other => return format!("The receiver's certificate is not valid: {other:?}."),
    };
    format!("{}{day}.", fault.words())
}

/// A date with what leads to it, as in ` on 2026-11-20`; nothing for a time that no calendar has.
fn day(lead: &str, at: UnixTime) -> String {
    let seconds = i64::try_from(at.as_secs()).ok().filter(|seconds| *seconds < LAST_SECOND);
    let date = |seconds| Time::from_seconds(seconds).rfc3339().split('T').next().map(|day| format!("{lead}{day}"));
    seconds.and_then(date).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        delivery::{Attempt, Trigger},
        explain,
        id::AttemptId,
    };
    use rustls::{OtherError, pki_types::ServerName};
    use std::{sync::Arc, time::Duration};

    /// What an admin reads after an attempt that this error ended.
    fn told(error: CertificateError) -> String {
        let (outcome, detail) = classify(&rustls::Error::InvalidCertificate(error), true);
        explained(outcome, &detail)
    }

    fn explained(outcome: Outcome, detail: &str) -> String {
        let why = explain::attempt(&Attempt {
            id: AttemptId::from_bytes([1; 16]),
            number: 1,
            trigger: Trigger::Automatic,
            triggered_by: None,
            started_at: Time(0),
            duration_us: 1,
            outcome,
            detail: Some(detail.into()),
            response_code: None,
            succeeded: false,
            url: "https://hooks.example.com/in".into(),
            request_headers: vec![],
            response_headers: vec![],
            response_body: None,
            response_truncated: false,
        });
        format!("{} {}", why.reason, why.advice)
    }

    #[derive(Debug, thiserror::Error)]
    #[error("as the library names it")]
    struct CaUsedAsEndEntity;

    #[test]
    fn each_fault_of_a_certificate_is_explained_as_what_it_is() {
        use CertificateError as C;
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let (time, november, january) = (at(1_795_000_000), at(1_763_596_800), at(1_798_761_600));
        let presented = vec!["DnsName(\"elsewhere.test\")".to_string()];
        let expected = ServerName::try_from("hooks.example.com").unwrap();
        let other = C::Other(OtherError(Arc::new(CaUsedAsEndEntity)));
        for (error, reason, advice) in [
            (C::ExpiredContext { time, not_after: november }, "has expired on 2025-11-20.", "Renew"),
            (C::Expired, "has expired.", "Renew"),
            (
                C::NotValidYetContext { time, not_before: january },
                "is not valid yet, but from 2027-01-01.",
                "first day",
            ),
            (C::NotValidYet, "is not valid yet.", "first day"),
            (
                C::NotValidForNameContext { expected, presented },
                "for another name than hooks.example.com",
                "names this",
            ),
            (C::NotValidForName, "for another name than hooks.example.com", "names this host"),
            (C::UnknownIssuer, "its chain is incomplete, or it comes from a private authority or", "intermediate"),
            (other, "self-signed, or an authority's own", "public authority"),
            (C::Revoked, "has been revoked", "new certificate"),
        ] {
            let told = told(error.clone());
            assert!(told.contains(reason) && told.contains(advice), "{error:?}: {told}");
        }
        let generic = told(C::BadSignature);
        assert!(generic.contains("No secure connection") && generic.contains("BadSignature"), "{generic}");
    }

    #[test]
    fn a_date_that_no_calendar_has_is_left_out() {
        let (time, not_after) = (UnixTime::since_unix_epoch(Duration::ZERO), UnixTime::since_unix_epoch(Duration::MAX));
        let told = told(CertificateError::ExpiredContext { time, not_after });
        assert!(told.contains("has expired."), "{told}");
    }

    #[test]
    fn what_earlier_versions_recorded_is_understood() {
        for (detail, reason) in [
            ("The receiver's certificate has expired.", "has expired."),
            ("The receiver's certificate is not valid yet.", "is not valid yet."),
            ("The receiver's certificate is for another host name.", "is for another name than"),
            (
                "The receiver's certificate is self-signed, or its chain is incomplete or from an unknown authority.",
                "its chain is incomplete",
            ),
            ("The receiver's certificate is not valid: Other(OtherError(CaUsedAsEndEntity)).", "an authority's own"),
            ("The receiver's certificate has been revoked.", "has been revoked"),
        ] {
            let told = explained(Outcome::Tls, detail);
            assert!(told.contains(reason), "{detail}: {told}");
        }
    }

    #[test]
    fn what_the_guard_refuses_is_explained_by_its_own_rule() {
        for (refused, reason, advice) in [
            (LookUpError::Forbidden("a private address"), "must not reach", "SWITCHHOOK_ALLOW_TARGETS"),
            (LookUpError::NeedsHttps, "reached by https only", "Begin the webhook's URL with https://"),
            (LookUpError::Ourselves, "this installation itself", "inbox"),
        ] {
            let (outcome, detail) = classify(&refused, true);
            let told = explained(outcome, &detail);
            assert!(told.contains(reason) && told.contains(advice), "{told}");
            assert!(refused == LookUpError::Forbidden("a private address") || !told.contains("Use a public"), "{told}");
        }
    }
}
