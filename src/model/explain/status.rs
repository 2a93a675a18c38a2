//! When the receiver answered: its status code in words.

use super::{Explanation, Facts};

/// The standard's name of a code, for the ones that receivers send; empty for others.
pub fn phrase(code: u16) -> &'static str {
    match code {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

pub(super) fn explain(facts: &Facts<'_>, code: u16) -> Explanation {
    let named = format!("{code} {}", phrase(code));
    let named = named.trim_end();
    match code {
        _ if facts.succeeded => Explanation::new(format!("The receiver answered {named}{}.", facts.took()), ""),
        200..300 => Explanation::new(
            format!("The receiver answered {named}, which this platform does not count as success."),
            "Let the receiver answer with a code that counts; the webhook's page “Verify” names one.",
        ),
        300..400 => redirect(facts, named),
        429 => slow_down(facts, named),
        500..600 => server_error(facts, code, named),
        _ => Explanation::new(refusal(code, named), next_step(code)),
    }
}

fn refusal(code: u16, named: &str) -> String {
    match code {
        400 | 422 => format!("The receiver answered {named}: it did not accept the body."),
        401 | 403 => format!("The receiver answered {named}: it does not let this request in."),
        404 => format!("The receiver answered {named}: nothing listens at this path."),
        405 => format!("The receiver answered {named}: it takes no POST at this path."),
        408 => format!("The receiver answered {named}: it gave up waiting for the body."),
        410 => {
            format!("The receiver answered {named}: it no longer wants these events, so the webhook was switched off.")
        }
        413 => format!("The receiver answered {named}: the body is larger than it takes."),
        415 => format!("The receiver answered {named}: it does not take application/json."),
        _ => format!("The receiver answered {named}, which does not count as success."),
    }
}

fn next_step(code: u16) -> &'static str {
    match code {
        400 | 422 => "The response below may say what it missed; compare it with the request.",
        401 | 403 => {
            "Check that the receiver verifies with this webhook's current signing secret, that custom headers carry \
             valid credentials, and that no firewall stands in front."
        }
        404 => "Check the path in the webhook's URL, and that the route is deployed.",
        405 => "Let the route accept POST, or correct the webhook's URL.",
        408 => "Check whether the receiver or a proxy in front of it is overloaded.",
        410 => "If that was not meant, mend the receiver, switch the webhook on again, then retry.",
        413 => "Raise the receiver's limit for request bodies, often that of a proxy in front of it.",
        415 => "Let the route accept the content type application/json.",
        _ => "Let the receiver answer with a code from 200 to 299 once it has taken the event.",
    }
}

fn redirect(facts: &Facts<'_>, named: &str) -> Explanation {
    let target = facts.header("location").map(|to| format!(" to {to}")).unwrap_or_default();
    Explanation::new(
        format!("The receiver answered {named}, a redirect{target}; redirects are not followed."),
        "Set the webhook's URL to the final address.",
    )
}

fn slow_down(facts: &Facts<'_>, named: &str) -> Explanation {
    let wait = match facts.header("retry-after") {
        Some(when) if when.bytes().all(|b| b.is_ascii_digit()) => format!(" and asked for a pause of {when} s"),
        Some(when) => format!(" and asked for a pause until {when}"),
        None => String::new(),
    };
    Explanation::new(
        format!("The receiver answered {named}: it gets more than it can take{wait}."),
        "Raise the receiver's limit, or let the webhook take fewer event types.",
    )
}

fn server_error(facts: &Facts<'_>, code: u16, named: &str) -> Explanation {
    match code {
        502 | 504 => Explanation::new(
            format!("The receiver answered {named}: a proxy in front of it got no answer from the application."),
            "Check that the application behind the proxy runs and answers in time.",
        ),
        503 => {
            let wait = facts.header("retry-after").map(|w| format!(" (Retry-After: {w})")).unwrap_or_default();
            Explanation::new(
                format!("The receiver answered {named}: it is not available for the moment{wait}."),
                "Check whether it is being deployed, overloaded or in maintenance.",
            )
        }
        _ => Explanation::new(
            format!("The receiver answered {named}: it failed while handling the event."),
            "Look into the receiver's log at the time of the attempt; the response below may help.",
        ),
    }
}
