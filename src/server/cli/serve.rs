//! `serve`: from settings to a listening process, and its orderly end.
//!
//! On SIGTERM or SIGINT no new work is begun: the listener closes, live streams end, requests and
//! attempts in flight have 20 seconds, then the process ends with exit code 0 whatever is left. What
//! was interrupted is delivered after the next start.

use super::{Part, Refusal, lock, logging, open, trouble};
use crate::model::error::AppError;
use crate::server::{
    config::{Cidr, Settings},
    demo::{self, clock::DemoClock},
    domain::{alerts, inbox, news, organizations, sessions},
    env::Env,
    http::{
        connections::{self, Patience},
        router,
    },
    store::db::said,
    worker::{self, Worker},
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{io::ErrorKind, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

/// Longest wait for what is in flight.
const DRAIN: Duration = Duration::from_secs(20);
/// Longest wait for what then is still to be written, and given back.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// File descriptors that the process asks for, where it may have so many: shells grant 1,024, and each connection takes one.
const DESCRIPTORS: u64 = 65_536;

fn grant_descriptors() {
    let granted = getrlimit(Resource::Nofile);
    let most = granted.maximum.map_or(DESCRIPTORS, |most| most.min(DESCRIPTORS));
    if granted.current.is_none_or(|current| current >= most) {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(most), ..granted }) {
        tracing::warn!(%error, "the system grants no more file descriptors");
    }
}

/// Serves until the process is asked to stop.
pub async fn run(mut settings: Settings, part: Part) -> Result<(), Refusal> {
    logging::start(&settings.log)?;
    grant_descriptors();
    let _lock = lock::take(&settings)?;
    let listener = listen(&mut settings).await?;
    let env = open::environment(settings).await?;
    organizations::check_conventions_of_everybody(&env).await?;
    until_stopped(env, listener, part).await
}

/// `demo`: the same, with an organization to look at and a clock that first lives through a day.
pub async fn demo(mut settings: Settings) -> Result<(), Refusal> {
    logging::start(&settings.log)?;
    let _lock = lock::take(&settings)?;
    let listener = listen(&mut settings).await?;
    settings.allow_targets.push(Cidr::LOOPBACK);
    let clock = Arc::new(DemoClock::default());
    let env = open::environment_at(settings, clock.clone()).await?;
    demo::begin(&env, clock).await?;
    println!("Sign in as {} with the password “{}”. A day of history is there in 40 s.", demo::EMAIL, demo::PASSWORD);
    until_stopped(env, listener, Part::All).await
}

async fn until_stopped(env: Env, listener: TcpListener, part: Part) -> Result<(), Refusal> {
    let stopping = env.stopping.clone();
    env.db.empty_log().await;
    let worker = match part {
        Part::All | Part::Worker => Some(worker::start(&env).await.map_err(unstarted)?),
        Part::Web => None,
    };
    // Heard from before anybody is told that it is ready.
    let signals = Signals::listen()?;
    let server = tokio::spawn(answer(env.clone(), listener, part));
    tokio::spawn(sweep(env.clone()));
    // What is given back at the end is told too.
    let drained = CancellationToken::new();
    let exchange = tokio::spawn(news::exchange(env.clone(), worker.is_some(), drained.clone()));
    if part != Part::Web {
        tokio::spawn(alerts::watch::run(env.clone()));
    }
    let (public, here) = (env.settings.public_url(), format!("http://{}", env.settings.listen));
    if public != here {
        println!("Switchhook listens on {here}");
    }
    println!("Switchhook is ready: {public}");
    tracing::info!(listen = %env.settings.listen, role = ?part, "ready");
    signals.asked_to_stop().await;
    tracing::info!("stopping: no new work, what is in flight has 20 s");
    stopping.cancel();
    let (served, ()) = tokio::join!(tokio::time::timeout(DRAIN, server), stop(worker));
    if served.is_err() {
        tracing::warn!("some requests were still open after 20 s and were cut off");
    }
    drained.cancel();
    // A connection that hangs must not hold the end.
    let _ = tokio::time::timeout(Duration::from_secs(1), exchange).await;
    let _ = tokio::time::timeout(Duration::from_secs(2), env.db.close()).await;
    tracing::info!("stopped");
    Ok(())
}

/// Removes what inboxes have kept for long enough, batch by batch.
async fn clean_inboxes(env: &Env) -> Result<(), AppError> {
    while inbox::clean_up(env).await? {}
    Ok(())
}

/// Removes what has run out (sessions, links, what inboxes received), once an hour.
async fn sweep(env: Env) {
    loop {
        if let Err(error) = sessions::sweep_for_everybody(&env).await {
            tracing::warn!(%error, "what has run out could not be removed; tried again in an hour");
        }
        if let Err(error) = clean_inboxes(&env).await {
            tracing::warn!(%error, "old requests of inboxes could not be removed; tried again in an hour");
        }
        let next = env.now().plus(Duration::from_secs(3_600));
        tokio::select! {
            () = env.clock.sleep_until(next) => {}
            () = env.stopping.cancelled() => return,
        }
    }
}

fn unstarted(error: sqlx::Error) -> Refusal {
    Refusal::Failed(format!("The worker cannot be started: {error}."))
}

async fn stop(worker: Option<Worker>) {
    let Some(worker) = worker else { return };
    match tokio::time::timeout(DRAIN + LAST_WRITES, worker.stop()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(
                error = said(&error),
                "what was held could not be given back; it goes on after the next start"
            );
        }
        Err(_) => tracing::warn!("the database did not take the last records in time; they are sent again"),
    }
}

/// Binds, and notes the port in the settings: links and the cross-site check need it.
async fn listen(settings: &mut Settings) -> Result<TcpListener, Refusal> {
    let wanted = settings.listen;
    let taken = |error: std::io::Error| {
        let what_to_do = match error.kind() {
            ErrorKind::AddrInUse => "end the program that listens there, or choose another port; 0 picks a free one",
            ErrorKind::PermissionDenied => "choose a port from 1024 on, with a proxy in front for 80 and 443",
            ErrorKind::AddrNotAvailable => "give an address of this machine, or 0.0.0.0 for all of them",
            _ => "choose another address",
        };
        let why = trouble::said(&error);
        Refusal::Wrong(format!("SWITCHHOOK_LISTEN: {wanted} cannot be listened on ({why}): {what_to_do}."))
    };
    let listener = TcpListener::bind(wanted).await.map_err(taken)?;
    settings.listen = listener.local_addr().map_err(taken)?;
    Ok(listener)
}

async fn answer(env: Env, listener: TcpListener, part: Part) {
    let stopping: CancellationToken = env.stopping.clone();
    let routes = match part {
        Part::All | Part::Web => router::router(env),
        Part::Worker => router::for_worker(env),
    };
    connections::serve(listener, routes, Patience::default(), stopping).await;
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> Result<Self, Refusal> {
        let unheard = |error| Refusal::Failed(format!("Signals cannot be listened to: {error}."));
        let terminate = signal(SignalKind::terminate()).map_err(unheard)?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt()).map_err(unheard)? })
    }
    /// Returns on either.
    async fn asked_to_stop(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
