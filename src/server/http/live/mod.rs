//! Live streams (server-sent events): what changes, as it is committed, for one onlooker.
//!
//! A stream ends when the onlooker leaves, when the process is asked to stop, and within 5 seconds after
//! the session has ended or the membership was taken away. It never waits for a slow onlooker: who falls
//! behind is told so, and loads the page anew.

pub mod inbox;
pub mod part;
pub mod rows;

use super::pages::Signed;
use crate::{
    model::{error::AppError, id::UserId, time::Time},
    server::{
        access::{Identity, ReadLogs, sessions::USER},
        domain::organizations,
        env::Env,
        fault::fault,
    },
};
use axum::{
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use std::{convert::Infallible, time::Duration};
use tokio::sync::mpsc;
use tower_sessions::Session;

/// Events that an onlooker may fall behind by.
const BUFFER: usize = 64;
/// How often it is asked whether the onlooker may still look.
const CHECK_EVERY: Duration = Duration::from_secs(5);
/// Pause between two rounds of changes, so that a busy organization costs each onlooker little.
const PAUSE: Duration = Duration::from_millis(250);

/// Who looks on, and the way to them.
pub struct Onlooker {
    pub env: Env,
    session: Session,
    slug: String,
    out: mpsc::Sender<Event>,
}

impl Onlooker {
    /// Opens a stream; `work` runs until it ends.
    pub fn open<W: Future<Output = ()> + Send + 'static>(
        signed: &Signed,
        work: impl FnOnce(std::sync::Arc<Self>) -> W + Send + 'static,
    ) -> Response {
        let (out, received) = mpsc::channel(BUFFER);
        let onlooker = std::sync::Arc::new(Self {
            env: signed.env.clone(),
            session: signed.session.clone(),
            slug: signed.frame.organization.slug.clone(),
            out,
        });
        tokio::spawn(async move {
            let work = work(onlooker.clone());
            tokio::select! {
                () = onlooker.is_over() => {}
                () = work => {}
            }
        });
        answer(received)
    }

    /// Sends a named event about the thing with this id. An onlooker who does not keep up misses it and
    /// is told to load the page anew.
    pub async fn send(&self, name: &str, id: &str, html: &str) {
        offer(&self.out, self.env.now(), name, id, html).await;
    }

    /// Waits before the next round.
    pub async fn pause(&self) {
        self.env.clock.sleep_until(self.env.now().plus(PAUSE)).await;
    }

    async fn is_over(&self) {
        tokio::select! {
            () = self.out.closed() => {}
            () = self.env.stopping.cancelled() => {}
            () = self.is_refused() => {}
        }
    }

    /// Returns once the person may no longer look.
    async fn is_refused(&self) {
        loop {
            self.env.clock.sleep_until(self.env.now().plus(CHECK_EVERY)).await;
            match self.identity().await.and_then(|identity| identity.may::<ReadLogs>()) {
                // A database that is away for a moment is no reason to send anybody off.
                Ok(()) | Err(AppError::Internal(_) | AppError::Busy(_) | AppError::Away(_)) => {}
                Err(_) => return,
            }
        }
    }

    /// Who this is now: session and membership read anew.
    pub async fn identity(&self) -> Result<Identity, AppError> {
        self.session.load().await.map_err(fault)?;
        let user: Option<UserId> = self.session.get(USER).await.map_err(fault)?;
        let user = user.ok_or(AppError::NotSignedIn)?;
        let places = organizations::of_person(&self.env, user).await?;
        let place = places.into_iter().find(|place| place.organization.slug == self.slug).ok_or(AppError::NotFound)?;
        Ok(Identity::person(std::sync::Arc::new(place.organization), user, String::new(), place.role))
    }
}

/// What is put in at the other end, as it comes.
fn answer(received: mpsc::Receiver<Event>) -> Response {
    let events = futures::stream::unfold(received, |mut received| async {
        received.recv().await.map(|event| (Ok::<_, Infallible>(event), received))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}

/// The last word of a stream to somebody who may not look at it, or not any more: a browser gives up silently where it
/// is refused. None where trying again makes sense.
pub fn over(error: &AppError) -> Option<Response> {
    let (way_on, why) = match error {
        AppError::NotSignedIn => ("Sign in", "You are signed out"),
        AppError::NotAllowed(_) | AppError::NotFound => ("Load the page", "You cannot look at this any more"),
        _ => return None,
    };
    let event = Event::default().event("over").data(format!("{way_on}\n{why}"));
    Some(Sse::new(futures::stream::iter([Ok::<_, Infallible>(event)])).into_response())
}

/// Puts an event where it is fetched from; where too many wait there already, the word that something was missed.
async fn offer(out: &mpsc::Sender<Event>, now: Time, name: &str, id: &str, html: &str) {
    // Never without data: a browser passes over an event that has none.
    let event = |name: &str, data: String| Event::default().event(name).id(now.0.to_string()).data(data);
    if let Err(mpsc::error::TrySendError::Full(_)) = out.try_send(event(name, format!("{id}\n{html}"))) {
        let _ = out.send(event("behind", "\n".to_owned())).await;
    }
}

/// From when on nothing may be missed, in microseconds: the browser's own memory of the stream, else the
/// time that the page was made.
pub fn seen(headers: &HeaderMap, raw: &str) -> i64 {
    let from_page = || {
        let pairs = url::form_urlencoded::parse(raw.as_bytes());
        pairs.filter(|(name, _)| name == "seen").last().and_then(|(_, value)| value.parse().ok())
    };
    let remembered = headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    remembered.or_else(from_page).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_does_not_keep_up_is_told_so_in_an_event_that_browsers_take() {
        let (out, received) = mpsc::channel(1);
        offer(&out, Time(1), "row", "dlv_a", "<tr>").await;
        // The second finds the place taken, before anybody reads.
        let second = async move { offer(&out, Time(2), "row", "dlv_b", "<tr>").await };
        let ((), sent) = tokio::join!(second, axum::body::to_bytes(answer(received).into_body(), 1_000));
        let sent = String::from_utf8(sent.unwrap().to_vec()).unwrap();
        let events: Vec<_> = sent.trim_end().split("\n\n").collect();
        assert!(events[0].contains("event: row") && events[0].contains("data: dlv_a"), "{sent}");
        assert!(events[1].contains("event: behind") && events[1].contains("data:"), "{sent}");
        assert!(!sent.contains("dlv_b"));
    }
}
