//! Recovery jobs go on in the background: a step every quarter of a second while there is one, else a look
//! every few seconds, or at once when a job is started in this process.

use super::run::SILENT;
use crate::server::{
    domain::recovery_drive::{Pace, STEP, round},
    env::Env,
};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Drives jobs until it is stopped. What it has not come to goes on after the next start.
pub async fn run(env: Env, stop: CancellationToken) {
    let mut pace = Pace::default();
    while !stop.is_cancelled() {
        let jobs = match timeout(SILENT, round(&env, &mut pace)).await {
            Ok(Ok(jobs)) => jobs,
            Ok(Err(error)) => {
                tracing::warn!(%error, "recovery jobs could not be looked at");
                0
            }
            Err(_) => {
                tracing::warn!("recovery jobs could not be looked at: the database is silent");
                0
            }
        };
        let pause = if jobs > 0 { STEP } else { super::run::NET };
        tokio::select! {
            () = stop.cancelled() => {}
            () = env.recoveries.notified() => {}
            () = env.clock.sleep_until(env.now().plus(pause)) => {}
        }
    }
}
