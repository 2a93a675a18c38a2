//! Roles of members: who may change whose, and that an organization keeps an owner.

use super::audit::{self, Change};
use crate::{
    model::{error::AppError, id::UserId, member::Member, organization::Role},
    server::{
        access::{Actor, ManageMembers, ManageOwners, Permit, ReadMembers},
        env::Env,
        store::{self, members::Changed},
    },
};
use serde_json::json;

/// All members, owners first.
pub async fn list(env: &Env, permit: &Permit<ReadMembers>) -> Result<Vec<Member>, AppError> {
    Ok(store::members::list(&env.db, permit.organization_id()).await?)
}

/// Gives a member another role. Appointing an owner, or changing one, takes the permit for owners.
pub async fn change_role(
    env: &Env,
    permit: &Permit<ManageMembers>,
    owners: Option<&Permit<ManageOwners>>,
    user: UserId,
    to: Role,
) -> Result<Member, AppError> {
    if to == Role::Owner && owners.is_none() {
        return Err(owners_only());
    }
    let organization = permit.organization_id();
    let member = store::members::find(&env.db, organization, user).await?.ok_or(AppError::NotFound)?;
    let change = Change::of(user, &member.name);
    let change = change.before(json!({"role": member.role.as_str()})).after(json!({"role": to.as_str()}));
    let entry = audit::entry(env, permit, "member.role_changed", change);
    let changed = store::members::change(&env.db, organization, user, Some(to), owners.is_some(), &entry).await?;
    said(changed).map(|()| member)
}

/// Takes a membership away. What the person has open ends with its next request.
pub async fn remove(
    env: &Env,
    permit: &Permit<ManageMembers>,
    owners: Option<&Permit<ManageOwners>>,
    user: UserId,
) -> Result<Member, AppError> {
    let organization = permit.organization_id();
    let member = store::members::find(&env.db, organization, user).await?.ok_or(AppError::NotFound)?;
    let change = Change::of(user, &member.name).before(json!({"email": member.email, "role": member.role.as_str()}));
    let entry = audit::entry(env, permit, "member.removed", change);
    let changed = store::members::change(&env.db, organization, user, None, owners.is_some(), &entry).await?;
    said(changed).map(|()| member)
}

/// A person leaves; every role may, but for the last owner.
pub async fn leave(env: &Env, permit: &Permit<ReadMembers>) -> Result<(), AppError> {
    let Actor::User { id, name } = permit.actor() else { return Err(AppError::NotFound) };
    let entry = audit::entry(env, permit, "member.left", Change::of(id, name));
    let changed = store::members::change(&env.db, permit.organization_id(), *id, None, true, &entry).await?;
    said(changed)
}

fn owners_only() -> AppError {
    AppError::NotAllowed("Only an owner can appoint, change or remove owners. Ask an owner.".into())
}

fn said(changed: Changed) -> Result<(), AppError> {
    match changed {
        Changed::Done => Ok(()),
        Changed::NotAMember => Err(AppError::NotFound),
        Changed::OwnersOnly => Err(owners_only()),
        Changed::LastOwner => {
            let reason =
                "This is the last owner. Make somebody else an owner first, so that the organization keeps one.";
            Err(AppError::Conflict(reason.into()))
        }
    }
}
