//! Signing up: the first person on an empty installation founds the first organization; afterwards
//! people come by invitation, or by this page where `SWITCHHOOK_OPEN_SIGN_UP` says so.

use super::{
    audit,
    organizations::{self, NewOrganization},
    people::NewPerson,
};
use crate::{
    model::error::{AppError, FieldErrors},
    server::{
        access::Actor,
        env::Env,
        store::{self, sign_up::SignedUp, users::User},
        throttle::ADDRESS,
    },
};

/// Why somebody may sign up without an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Nobody is there yet.
    First,
    /// The setting says so.
    Open,
    /// By invitation only.
    Closed,
}

/// How the door stands.
pub async fn door(env: &Env) -> Result<Door, AppError> {
    if store::users::is_nobody_there(&env.db).await? {
        return Ok(Door::First);
    }
    Ok(if env.settings.open_sign_up { Door::Open } else { Door::Closed })
}

/// The sentence for a closed door.
pub fn closed() -> AppError {
    AppError::NotAllowed("Accounts here are made by invitation. Ask an admin of your organization for one.".into())
}

/// Adds the person and the organization they name; they are its first owner.
pub async fn sign_up(
    env: &Env,
    person: &NewPerson,
    organization_name: &str,
    source: Option<&str>,
) -> Result<User, AppError> {
    let door = door(env).await?;
    if door == Door::Closed {
        return Err(closed());
    }
    let throttle = format!("sign-up from:{}", source.unwrap_or_default());
    env.gate.throttle.enter(&throttle, ADDRESS, env.now()).map_err(AppError::TooMany)?;
    let new = check(env, person, organization_name)?;
    let user = person.account(env).await?;
    let actor = Actor::User { id: user.id, name: user.name.clone() };
    let mut organization = new.check(env)?;
    for _ in 0..5 {
        let change = organizations::described(&organization);
        let entry = audit::by_actor(env, organization.id, &actor, source, "organization.created", change);
        let only_the_first = door == Door::First && !env.settings.open_sign_up;
        match store::sign_up::with_organization(&env.db, &user, &organization, only_the_first, &entry).await? {
            SignedUp::Done => return Ok(user),
            SignedUp::NotTheFirst => return Err(closed()),
            SignedUp::EmailTaken => {
                return Err(AppError::field("email", "There is already an account for this address. Sign in instead."));
            }
            SignedUp::SlugTaken => organization.slug = numbered(env, &new.slug),
        }
    }
    Err(AppError::field("organization", "This name is taken. Choose another."))
}

/// What is wrong with any field of the form, all at once.
fn check(env: &Env, person: &NewPerson, organization_name: &str) -> Result<NewOrganization, AppError> {
    let mut errors = FieldErrors::default();
    let name = errors.take("organization", crate::model::organization::parse_name(organization_name));
    person.check(&mut errors);
    errors.finish()?;
    let name = name.unwrap_or_default();
    let slug = crate::model::organization::slug_from_name(&name);
    // A name in letters that a slug cannot have still needs one.
    let slug = if slug.len() < 2 { numbered(env, "organization") } else { slug };
    Ok(NewOrganization { slug, name, convention: String::new() })
}

/// The slug with a few digits behind it.
fn numbered(env: &Env, slug: &str) -> String {
    let number = u16::from_be_bytes(env.random::<2>());
    format!("{}-{number}", slug.chars().take(34).collect::<String>().trim_end_matches('-'))
}
