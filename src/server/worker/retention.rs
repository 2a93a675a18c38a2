//! The removal of what was kept for long enough goes on in the background, once an hour.

use super::run::SILENT;
use crate::{
    model::error::AppError,
    server::{
        domain::retention::{self, EVERY},
        env::Env,
    },
};
use std::{io::ErrorKind, time::Duration};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

/// Shortest rest for each row that went, on either database.
const REST: Duration = Duration::from_micros(250);
/// On Postgres a rest is so many times as long as the batch before it took: most of the time is left to what comes in. On
/// SQLite a batch takes as long as the commit that it goes with.
const RESTS: u32 = 4;
/// Pause after the database did not take it.
const AGAIN: Duration = Duration::from_secs(60);
/// How often it is said that this process is still at it.
const SAY: Duration = Duration::from_secs(10);

/// What a silent database never answers is over after a while.
async fn in_time<T>(step: impl Future<Output = Result<T, AppError>>) -> Result<T, AppError> {
    timeout(SILENT, step).await.unwrap_or_else(|_| Err(sqlx::Error::Io(ErrorKind::TimedOut.into()).into()))
}

/// Looks once an hour until it is stopped.
pub async fn run(env: Env, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let rest = match pass(&env, &stop).await {
            Ok(0) => EVERY,
            Ok(rows) => {
                tracing::info!(rows, "removed what was kept for long enough");
                EVERY
            }
            Err(error) => {
                tracing::warn!(%error, "old deliveries could not be removed; tried again in a minute");
                AGAIN
            }
        };
        let next = env.now().plus(rest);
        tokio::select! {
            () = stop.cancelled() => {}
            () = env.clock.sleep_until(next) => {}
        }
    }
}

/// Removes all that can go, where that is this process's chore; answers how many rows.
async fn pass(env: &Env, stop: &CancellationToken) -> Result<u64, AppError> {
    if !in_time(retention::begin(env)).await? {
        return Ok(0);
    }
    let (mut rows, mut said) = (0, env.now());
    for mut turn in in_time(retention::turns(env)).await? {
        loop {
            let started = Instant::now();
            let removed = in_time(turn.batch(env)).await?;
            if removed == 0 {
                break;
            }
            rows += removed;
            let least = REST * u32::try_from(removed).unwrap_or(u32::MAX);
            let took = if env.db.is_sqlite() { Duration::ZERO } else { started.elapsed() };
            let rest = env.now().plus((took * RESTS).max(least));
            tokio::select! {
                () = stop.cancelled() => return Ok(rows),
                () = env.clock.sleep_until(rest) => {}
            }
            if env.now() >= said.plus(SAY) {
                if !in_time(retention::go_on(env)).await? {
                    return Ok(rows);
                }
                said = env.now();
            }
        }
    }
    in_time(retention::end(env)).await?;
    Ok(rows)
}
