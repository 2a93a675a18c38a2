//! Keeping what this process remembers right while other processes change it. See `store/news.rs` for what
//! is told and what is not promised.

use super::{lease::give_back_forgotten, live::DeliveryChange};
use crate::{
    model::{
        id::{OrganizationId, WebhookId},
        time::Time,
    },
    server::{
        env::Env,
        store::{
            db::said,
            news::{self, Item, Queue, Reader},
            processes,
        },
    },
};
use std::{io::ErrorKind, time::Duration};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Items of one round.
const ROUND: usize = 4_096;
/// Pause between rounds in which onlookers are told.
const UNHURRIED: Duration = Duration::from_millis(200);
/// Pause after the database did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// After so long a silence a connection to the database is no longer one: what lies between may have forgotten it.
const SILENT: Duration = Duration::from_secs(30);
/// How often a process looks who else is there, and one without a worker says that it is.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Tells and hears until it is stopped, and then tells what is still to be told; ends at once on SQLite. A process with a worker says by that worker
/// that it is there; one without says it here.
pub async fn exchange(env: Env, has_worker: bool, stop: CancellationToken) {
    if env.db.is_sqlite() {
        return;
    }
    let until_stopped = async {
        tokio::select! {
            () = stop.cancelled() => {}
            () = hear(&env) => {}
            () = look_around(&env, has_worker) => {}
        }
    };
    let needed = tell(&env, &env.news.needed, Duration::ZERO, &stop);
    let shown = tell(&env, &env.news.shown, UNHURRIED, &stop);
    tokio::join!(needed, shown, until_stopped);
}

/// A due delivery was written that nobody holds: whoever has room takes it.
pub fn stored(env: &Env, organization: OrganizationId, webhook: WebhookId) {
    env.lanes.more_is_stored(organization, webhook);
    env.news.tell(Item::Stored(organization, webhook));
}

async fn look_around(env: &Env, has_worker: bool) {
    loop {
        let looked = timeout(SILENT, look(env, has_worker)).await;
        let looked = looked.unwrap_or_else(|_| {
            env.leases.doubt();
            Err(silent())
        });
        match looked {
            Ok(has_others) => env.news.set_has_readers(has_others),
            Err(error) => tracing::warn!(error = said(&error), "who else is running could not be seen"),
        }
        pause(env, LOOK_EVERY).await;
    }
}

async fn look(env: &Env, has_worker: bool) -> Result<bool, sqlx::Error> {
    if !has_worker {
        let told = processes::beat(&env.db, env.id, "web", env.now()).await;
        env.writer.note_beat(&told);
        told?;
        if env.leases.take_doubt() {
            // What a test or a retry has left behind: there is no worker here to look after it.
            give_back_forgotten(env).await.inspect_err(|_| env.leases.doubt())?;
        }
    }
    // Every listener hears it, this process's own too, and so knows that it still hears.
    env.news.tell(Item::Here);
    processes::has_others(&env.db, env.id).await
}

async fn pause(env: &Env, length: Duration) {
    env.clock.sleep_until(env.now().plus(length)).await;
}

async fn tell(env: &Env, queue: &Queue, rest: Duration, stop: &CancellationToken) {
    let Some(mut queued) = queue.take_receiver() else { return };
    let mut items = Vec::new();
    loop {
        tokio::select! {
            biased;
            _ = queued.recv_many(&mut items, ROUND) => {}
            () = stop.cancelled() => return,
        }
        let mut is_known = false;
        queue.told(&mut items);
        while let Err(error) = send(env, &mut items).await {
            if !std::mem::replace(&mut is_known, true) {
                tracing::warn!(
                    error = said(&error),
                    "other processes could not be told of a change; they will see it a little later"
                );
            }
            tokio::select! {
                () = pause(env, PAUSE) => {}
                () = stop.cancelled() => return,
            }
            queue.leave_out();
            queue.told(&mut items);
        }
        tokio::select! {
            () = sleep(rest) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn send(env: &Env, items: &mut Vec<Item>) -> Result<(), sqlx::Error> {
    timeout(SILENT, news::send(&env.db, env.id, items)).await.unwrap_or_else(|_| Err(silent()))
}

fn silent() -> sqlx::Error {
    sqlx::Error::Io(ErrorKind::TimedOut.into())
}

async fn hear(env: &Env) {
    loop {
        if let Err(error) = hear_while_connected(env).await {
            tracing::warn!(error = said(&error), "changes by other processes are not heard; connecting again");
        }
        pause(env, PAUSE).await;
    }
}

async fn hear_while_connected(env: &Env) -> Result<(), sqlx::Error> {
    let Some(mut reader) = Reader::open(&env.db, env.id).await? else { return Ok(()) };
    forget_everything(env);
    env.live.leave_behind();
    env.news.tell(Item::Here);
    loop {
        match timeout(SILENT, reader.next()).await.map_err(|_| silent())?? {
            Some(items) => {
                // Whoever speaks also listens.
                if !items.is_empty() {
                    env.news.set_has_readers(true);
                }
                items.into_iter().for_each(|item| apply(env, item));
            }
            None => {
                forget_everything(env);
                env.live.leave_behind();
            }
        }
    }
}

/// Something may have been missed.
fn forget_everything(env: &Env) {
    env.subscriptions.forget_all();
    env.gate.keys.forget_all();
    env.wake.at(Time::default());
}

fn apply(env: &Env, item: Item) {
    match item {
        Item::Here => {}
        Item::Anything => forget_everything(env),
        Item::Deliveries => env.live.leave_behind(),
        Item::Webhooks(organization) => env.subscriptions.forget(organization),
        Item::Key(key) => env.gate.keys.forget(key),
        Item::Stored(organization, webhook) => env.lanes.more_is_stored(organization, webhook),
        Item::Delivery(organization_id, delivery_id, webhook_id, status) => {
            env.live.tell_here(DeliveryChange { organization_id, delivery_id, webhook_id, status });
        }
    }
}
