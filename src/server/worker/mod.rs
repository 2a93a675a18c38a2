//! The worker: claims what is due, attempts it, records what came of it.

mod address;
mod failure;
pub mod lanes;
mod others;
mod outage;
pub mod pace;
pub mod pulse;
mod recovery;
pub mod resolve;
mod rest;
mod retention;
mod rotation;
mod run;
pub mod send;
mod target;
pub mod wake;

use self::others::GONE_AFTER;
use super::{
    env::Env,
    store::{claims, db::said, news::Item, processes},
};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Longest wait for attempts that are under way when the worker stops.
pub const DRAIN: Duration = Duration::from_secs(20);

/// The worker of this process.
pub struct Worker {
    env: Env,
    stop: CancellationToken,
    running: JoinHandle<()>,
    /// What goes on beside deliveries.
    beside: JoinHandle<()>,
}

/// Starts the worker. On SQLite whatever an earlier run held comes free at once: there is no other process. On Postgres
/// it does where that has ended in order, or was killed long enough ago; else once it was silent for long enough.
pub async fn start(env: &Env) -> Result<Worker, sqlx::Error> {
    let freed = if env.db.is_sqlite() {
        processes::forget_others(&env.db, env.id).await?;
        claims::void_all_leases(&env.db, env.now()).await?
    } else {
        processes::forget_unheard(&env.db, GONE_AFTER.as_secs() + 5).await?;
        processes::take_over_from_any_organization(&env.db, &[], env.now()).await?
    };
    if freed > 0 {
        tracing::info!(deliveries = freed, "an earlier run left these; they go on");
    }
    let now = env.now();
    processes::beat(&env.db, env.id, "worker", now).await?;
    env.pulse.told(now);
    let attempts = env.clone();
    let starter = Box::new(move |job| drop(tokio::spawn(run::attempt(attempts.clone(), job))));
    let (free, now) = (claims::free_of_any_organization(&env.db).await?, env.now());
    let due = free.into_iter().filter(|free| free.due <= now).map(|free| (free.organization_id, free.webhook_id));
    env.lanes.open(starter, most_in_flight(), due);
    env.pulse.beat(env.now());
    let stop = CancellationToken::new();
    tokio::spawn(run::rest(env.clone(), stop.clone()));
    let running = tokio::spawn(run::run(env.clone(), "worker", stop.clone()));
    let (recoveries, removal) = (recovery::run(env.clone(), stop.clone()), retention::run(env.clone(), stop.clone()));
    let beside = tokio::spawn(async move {
        tokio::join!(recoveries, removal);
    });
    Ok(Worker { env: env.clone(), stop, running, beside })
}

/// Says that this process is there for as long as it drains, so that what it still records counts.
async fn still_there(env: &Env, drained: &CancellationToken) {
    while !drained.is_cancelled() {
        tokio::select! {
            () = env.clock.sleep_until(env.now().plus(run::NET)) => {}
            () = drained.cancelled() => return,
        }
        if let Err(error) = processes::beat(&env.db, env.id, "worker", env.now()).await {
            tracing::warn!(error = said(&error), "the database could not be told that this process is still there");
        }
    }
}

/// Half of the file descriptors that the system grants; the others are for callers and the database.
fn most_in_flight() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap_or_default();
    let granted = line.split_whitespace().next().and_then(|number| number.parse::<usize>().ok());
    granted.map_or(lanes::IN_FLIGHT, |granted| (granted / 2).clamp(16, lanes::IN_FLIGHT))
}

impl Worker {
    /// False where the loop has stalled.
    pub fn is_alive(&self) -> bool {
        !self.running.is_finished() && self.env.pulse.is_alive(self.env.now())
    }

    /// Claims nothing more, waits up to 20 s for what is under way, and gives the rest back.
    pub async fn stop(self) -> Result<(), sqlx::Error> {
        let (env, drained) = (self.env.clone(), CancellationToken::new());
        let drain = async {
            let released = self.drain().await;
            drained.cancel();
            released
        };
        let (released, ()) = tokio::join!(drain, still_there(&env, &drained));
        tracing::info!(released = released?, "the worker has stopped");
        processes::leave(&env.db, env.id).await
    }

    /// Waits for what is under way and gives the rest back; answers how many that were.
    async fn drain(self) -> Result<u64, sqlx::Error> {
        let limit = self.env.now().plus(DRAIN);
        self.stop.cancel();
        self.env.lanes.close();
        // What waits is not to wait for what is under way: others may have it at once.
        match outage::give_back(&self.env).await {
            Ok(given) => given.into_iter().for_each(|(of, webhook)| self.env.news.tell(Item::Stored(of, webhook))),
            Err(error) => tracing::warn!(error = said(&error), "what waits could not be given back yet"),
        }
        let under_way = async {
            // The loop ends after its turn.
            let _ = tokio::join!(self.running, self.beside);
            self.env.lanes.idle().await;
        };
        tokio::select! {
            () = under_way => {}
            () = self.env.clock.sleep_until(limit) => {
                tracing::warn!(left = self.env.lanes.in_flight(), "attempts were still under way and are made again");
            }
        }
        self.env.writer.flush().await;
        self.env.pulse.stop();
        claims::release_of_any_organization(&self.env.db, self.env.id, self.env.now()).await
    }
}
