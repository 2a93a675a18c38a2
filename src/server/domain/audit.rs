//! What goes into the audit log: who, what, from where, before and after; secrets masked by whoever
//! describes the thing.

use crate::{
    model::{error::AppError, id::*, time::Time},
    server::{
        access::{Actor, Permission, Permit},
        env::Env,
        store::{self, audit::Entry, organizations::Place, users::User},
    },
};
use serde_json::Value;

/// What a change was done to, and how it looked.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub target_id: Option<String>,
    /// Its name for people.
    pub target: Option<String>,
    /// JSON object; secrets masked.
    pub before: Option<Value>,
    /// JSON object; secrets masked.
    pub after: Option<Value>,
}

impl Change {
    /// A change of the thing with this id and name.
    pub fn of(id: impl ToString, name: impl Into<String>) -> Self {
        Self { target_id: Some(id.to_string()), target: Some(name.into()), ..Self::default() }
    }
    pub fn before(mut self, value: Value) -> Self {
        self.before = Some(value);
        self
    }
    pub fn after(mut self, value: Value) -> Self {
        self.after = Some(value);
        self
    }
}

/// The row for a change made under a permit; `action` reads like `webhook.created`.
/// Hand it to the store function that makes the change, which writes it in its own transaction.
pub fn entry<P: Permission>(env: &Env, permit: &Permit<P>, action: &'static str, change: Change) -> Entry {
    by_actor(env, permit.organization_id(), permit.actor(), permit.source(), action, change)
}

/// The rows for what a person did to their own account: one in each organization that they belong to, since
/// each has its own log.
pub async fn of_person(
    env: &Env,
    person: &User,
    source: Option<&str>,
    action: &'static str,
    change: Change,
) -> Result<Vec<Entry>, AppError> {
    let actor = Actor::User { id: person.id, name: person.name.clone() };
    let change = Change { target_id: Some(person.id.to_string()), target: Some(person.name.clone()), ..change };
    let places = store::organizations::of_person(&env.db, person.id).await?;
    let row = |place: Place| by_actor(env, place.organization.id, &actor, source, action, change.clone());
    Ok(places.into_iter().map(row).collect())
}

/// Writes down what a person did that leaves no other trace in the database.
pub async fn note(env: &Env, person: &User, source: Option<&str>, action: &'static str) -> Result<(), AppError> {
    for entry in of_person(env, person, source, action, Change::default()).await? {
        store::audit::write(&env.db, &entry).await?;
    }
    Ok(())
}

/// The row for a change by somebody who holds no permit yet: a founder, someone who accepts an invitation.
pub fn by_actor(
    env: &Env,
    organization_id: OrganizationId,
    actor: &Actor,
    source: Option<&str>,
    action: &'static str,
    change: Change,
) -> Entry {
    let actor_id = match actor {
        Actor::User { id, .. } => Some(id.to_string()),
        Actor::Key { id, .. } => Some(id.to_string()),
        Actor::System => None,
    };
    let at: Time = env.now();
    Entry {
        organization_id,
        id: env.new_id(AuditId::from_bytes),
        at,
        actor: actor.name().into(),
        actor_id,
        source: source.map(str::to_string),
        action,
        target_id: change.target_id,
        target: change.target,
        before: change.before.map(|value| value.to_string()),
        after: change.after.map(|value| value.to_string()),
    }
}
