//! What a failed exchange was, from the errors that the HTTP client reports: an outcome and a line in plain words.

use super::resolve::LookUpError;
use crate::model::delivery::Outcome;
use rustls::CertificateError;
use std::{error::Error, io};

/// Too many open files: of this process, and of the machine.
const DESCRIPTORS: [i32; 2] = [24, 23];

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
    use CertificateError as C;
    let words = match error {
        rustls::Error::InvalidCertificate(fault) => match fault {
            C::Expired | C::ExpiredContext { .. } => "The receiver's certificate has expired.",
            C::NotValidYet | C::NotValidYetContext { .. } => "The receiver's certificate is not valid yet.",
            C::NotValidForName | C::NotValidForNameContext { .. } => {
                "The receiver's certificate is for another host name."
            }
            C::UnknownIssuer => {
                "The receiver's certificate is self-signed, or its chain is incomplete or from an unknown authority."
            }
            C::Revoked => "The receiver's certificate has been revoked.",
            other => return format!("The receiver's certificate is not valid: {other:?}."),
        },
        rustls::Error::InvalidMessage(_) => "The receiver does not speak TLS at this port.",
        rustls::Error::AlertReceived(alert) => return format!("The receiver refused the TLS handshake: {alert:?}."),
        rustls::Error::PeerIncompatible(_) => "The receiver offers no TLS version or cipher that is still safe.",
        other => return format!("The TLS handshake failed: {other}."),
    };
    words.into()
}
