//! Invitations: bound to one address, single use, seven days. The link carries 256 random bits; only
//! their hash is kept, so a link can be copied once, when it is made.

use super::{
    audit::{self, Change},
    people::NewPerson,
};
use crate::{
    model::{error::AppError, id::*, member::Invitation, organization::*},
    server::{
        access::{Actor, ManageMembers, ManageOwners, Permit},
        env::Env,
        key_text,
        notify::mail::Mail,
        store::{self, invitations::Accepted, users::User},
    },
};
use serde_json::json;
use std::time::Duration;

/// How long a link works.
pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Invites a person by mail; also answers the link, for handing over by other ways.
pub async fn invite(
    env: &Env,
    permit: &Permit<ManageMembers>,
    owners: Option<&Permit<ManageOwners>>,
    email: &str,
    role: Role,
) -> Result<(Invitation, String), AppError> {
    let email = parse_email(email).map_err(|message| AppError::field("email", message))?;
    if role == Role::Owner && owners.is_none() {
        return Err(AppError::field("role", "Only an owner can invite an owner."));
    }
    let Actor::User { id: invited_by, name } = permit.actor() else { return Err(AppError::NotFound) };
    let organization = permit.organization_id();
    let members = store::members::list(&env.db, organization).await?;
    if members.iter().any(|member| member.email == email) {
        return Err(AppError::field("email", format!("{email} is a member already.")));
    }
    let (token, now) = (key_text::random_text(&*env.random, 43), env.now());
    let id = env.new_id(InvitationId::from_bytes);
    let invitation = Invitation { id, email, role, created_at: now, expires_at: now.plus(LIFETIME) };
    let change = Change::of(id, &invitation.email).after(json!({"role": role.as_str()}));
    let entry = audit::entry(env, permit, "invitation.created", change);
    let hash = key_text::hash(&token);
    store::invitations::add(&env.db, organization, &invitation, &hash, *invited_by, &entry).await?;
    let link = format!("{}/invitations/{token}", env.settings.public_url());
    env.mailer.send(mail(&invitation, &permit.organization().name, name, &link));
    Ok((invitation, link))
}

fn mail(invitation: &Invitation, organization: &str, inviter: &str, link: &str) -> Mail {
    // Names are one line each (see parse_name), so they cannot add headers or paragraphs.
    let text = format!(
        "{inviter} invites you to {organization} on Switchhook, as {}.\n\nAccept within 7 days:\n{link}\n\n\
         If you did not expect this, do nothing.\n",
        invitation.role.as_str()
    );
    Mail { to: invitation.email.clone(), subject: format!("Invitation to {organization}"), text }
}

/// Makes a new link for an invitation, which ends the old one, and sends it again.
pub async fn resend(
    env: &Env,
    permit: &Permit<ManageMembers>,
    owners: Option<&Permit<ManageOwners>>,
    id: InvitationId,
) -> Result<(Invitation, String), AppError> {
    let earlier = store::invitations::find(&env.db, permit.organization_id(), id).await?.ok_or(AppError::NotFound)?;
    invite(env, permit, owners, &earlier.email, earlier.role).await
}

/// Invitations that nobody accepted yet.
pub async fn list(env: &Env, permit: &Permit<ManageMembers>) -> Result<Vec<Invitation>, AppError> {
    Ok(store::invitations::list(&env.db, permit.organization_id()).await?)
}

/// Takes an invitation back.
pub async fn withdraw(env: &Env, permit: &Permit<ManageMembers>, id: InvitationId) -> Result<Invitation, AppError> {
    let organization = permit.organization_id();
    let invitation = store::invitations::find(&env.db, organization, id).await?.ok_or(AppError::NotFound)?;
    let entry = audit::entry(env, permit, "invitation.withdrawn", Change::of(id, &invitation.email));
    match store::invitations::withdraw(&env.db, organization, id, &entry).await? {
        true => Ok(invitation),
        false => Err(AppError::NotFound),
    }
}

/// The invitation behind a link, while it works.
pub async fn by_token(env: &Env, token: &str) -> Result<(Invitation, Organization), AppError> {
    let hash = key_text::hash(token);
    let found = store::invitations::find_by_token_in_any_organization(&env.db, &hash, env.now()).await?;
    found.ok_or_else(gone)
}

fn gone() -> AppError {
    AppError::Conflict("This invitation was used or withdrawn, or is older than 7 days. Ask for a new one.".into())
}

/// Whether the invited address has an account.
pub async fn has_account(env: &Env, invitation: &Invitation) -> Result<bool, AppError> {
    Ok(store::users::by_email(&env.db, &invitation.email).await?.is_some())
}

/// The signed-in person accepts; it must be the one who was invited.
pub async fn accept_as(env: &Env, token: &str, user: &User, source: Option<&str>) -> Result<Organization, AppError> {
    let (invitation, organization) = by_token(env, token).await?;
    if invitation.email != user.email {
        let sentence = format!("This invitation is for {}. Sign in with that address.", invitation.email);
        return Err(AppError::NotAllowed(sentence));
    }
    join(env, &organization, &invitation, user, false, source).await?;
    Ok(organization)
}

/// A new person accepts: the account is made for the invited address, whatever the form says.
pub async fn accept_as_new(
    env: &Env,
    token: &str,
    name: &str,
    password: &str,
    source: Option<&str>,
) -> Result<(User, Organization), AppError> {
    let (invitation, organization) = by_token(env, token).await?;
    let new = NewPerson { email: invitation.email.clone(), name: name.into(), password: password.into() };
    let user = new.account(env).await?;
    join(env, &organization, &invitation, &user, true, source).await?;
    Ok((user, organization))
}

async fn join(
    env: &Env,
    organization: &Organization,
    invitation: &Invitation,
    user: &User,
    is_new: bool,
    source: Option<&str>,
) -> Result<(), AppError> {
    let actor = Actor::User { id: user.id, name: user.name.clone() };
    let change = Change::of(user.id, &user.name);
    let change = change.after(json!({"email": user.email, "role": invitation.role.as_str()}));
    let entry = audit::by_actor(env, organization.id, &actor, source, "invitation.accepted", change);
    let account = is_new.then_some(user);
    let now = env.now();
    match store::invitations::accept(&env.db, organization.id, invitation, user.id, account, now, &entry).await? {
        Accepted::Joined => Ok(()),
        Accepted::Gone => Err(gone()),
        Accepted::EmailTaken => {
            Err(AppError::Conflict("There is an account for this address by now. Sign in, then accept.".into()))
        }
    }
}
