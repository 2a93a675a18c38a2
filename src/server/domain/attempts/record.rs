//! Handing a record to the writer, and what follows once it is on the disk: onlookers are told, the next
//! attempt is put into the timer, an index that has changed is read again.

use super::make::Made;
use crate::{
    model::delivery::Attempt,
    server::{domain::live::DeliveryChange, env::Env, store::writer::Recording},
};
use tokio::sync::oneshot;

/// Queues the record; waits only while the writer's queue is full. What is held is dropped once the record is on the disk.
pub async fn queue(env: &Env, made: Made, is_awaited: bool, held: impl Send + Sync + 'static) {
    send(env, made, is_awaited, |_| drop(held)).await;
}

/// Queues the record and waits for the disk; answers the attempt, or none where the record no longer counted.
pub async fn write(env: &Env, made: Made) -> Option<Attempt> {
    let (answer, answered) = oneshot::channel();
    let attempt = made.attempt.clone();
    // Whoever asked may have left.
    let then = move |counted| {
        let _ = answer.send(counted);
    };
    send(env, made, true, then).await;
    if answered.await.unwrap_or(false) { attempt } else { None }
}

async fn send(env: &Env, made: Made, is_awaited: bool, then: impl FnOnce(bool) + Send + Sync + 'static) {
    let record = made.record;
    let change = DeliveryChange {
        organization_id: record.organization_id,
        delivery_id: record.delivery_id,
        webhook_id: record.webhook_id,
        status: record.status,
    };
    let (due, switched_off) = (record.next_attempt_at, record.switch_off.is_some());
    // Holds the environment only until the commit.
    let after = env.clone();
    let done = Box::new(move |counted: bool| {
        if counted {
            if switched_off {
                after.subscriptions.changed(change.organization_id);
            }
            if let Some(due) = due {
                after.wake.at(due);
            }
            after.live.tell(change);
        }
        then(counted);
    });
    env.writer.record(Recording { record, is_awaited, done }).await;
}
