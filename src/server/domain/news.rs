//! Keeping what this process remembers right while other processes change it. See `store/news.rs` for what
//! is told and what is not promised.

use super::live::DeliveryChange;
use crate::{
    model::{
        id::{OrganizationId, WebhookId},
        time::Time,
    },
    server::{
        env::Env,
        store::{
            db::said,
            news::{self, Item, Reader},
            processes,
        },
    },
};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Items of one round.
const ROUND: usize = 256;
/// Pause between rounds in which only onlookers are told.
const UNHURRIED: Duration = Duration::from_millis(200);
/// Pause after the database did not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// How often a process looks who else is there, and one without a worker says that it is.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Tells and hears until it is stopped; ends at once on SQLite. A process with a worker says by that worker
/// that it is there; one without says it here.
pub async fn exchange(env: Env, has_worker: bool, stop: CancellationToken) {
    if env.db.is_sqlite() {
        return;
    }
    tokio::select! {
        () = stop.cancelled() => {}
        () = tell(&env) => {}
        () = hear(&env) => {}
        () = look_around(&env, has_worker) => {}
    }
}

/// A due delivery was written that nobody holds: whoever has room takes it.
pub fn stored(env: &Env, organization: OrganizationId, webhook: WebhookId) {
    env.lanes.more_is_stored(organization, webhook);
    env.news.tell(Item::Stored(organization, webhook));
}

async fn look_around(env: &Env, has_worker: bool) {
    loop {
        match look(env, has_worker).await {
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
    }
    processes::has_others(&env.db, env.id).await
}

async fn pause(env: &Env, length: Duration) {
    env.clock.sleep_until(env.now().plus(length)).await;
}

async fn tell(env: &Env) {
    let Some(mut queue) = env.news.take_receiver() else { return std::future::pending().await };
    let mut items = Vec::new();
    while queue.recv_many(&mut items, ROUND).await > 0 {
        let is_urgent = items.iter().any(|item| !matches!(item, Item::Delivery(..)));
        if let Err(error) = news::send(&env.db, env.id, &mut items).await {
            tracing::warn!(
                error = said(&error),
                "other processes could not be told of a change; they will see it a little later"
            );
            pause(env, PAUSE).await;
        } else if !is_urgent {
            pause(env, UNHURRIED).await;
        }
    }
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
    env.news.tell(Item::Here);
    loop {
        match reader.next().await? {
            Some(items) => {
                // Whoever speaks also listens.
                if !items.is_empty() {
                    env.news.set_has_readers(true);
                }
                items.into_iter().for_each(|item| apply(env, item));
            }
            None => forget_everything(env),
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
        Item::Webhooks(organization) => env.subscriptions.forget(organization),
        Item::Key(key) => env.gate.keys.forget(key),
        Item::Stored(organization, webhook) => env.lanes.more_is_stored(organization, webhook),
        Item::Delivery(organization_id, delivery_id, webhook_id, status) => {
            env.live.tell_here(DeliveryChange { organization_id, delivery_id, webhook_id, status });
        }
    }
}
