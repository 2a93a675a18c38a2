//! Accounts of people: adding them, their names and their passwords.

use super::{
    audit::{self, Change},
    passwords,
};
use crate::{
    model::{
        error::{AppError, FieldErrors},
        id::*,
        organization::*,
    },
    server::{access::Actor, env::Env, store},
};
use serde_json::json;

pub use store::users::User;

/// The person of a session; `NotSignedIn` where the account is gone.
pub async fn by_id(env: &Env, id: UserId) -> Result<User, AppError> {
    store::users::by_id(&env.db, id).await?.ok_or(AppError::NotSignedIn)
}

/// What a person gives when signing up.
#[derive(Clone, Default)]
pub struct NewPerson {
    pub email: String,
    pub name: String,
    pub password: String,
}

impl NewPerson {
    /// Adds what is wrong to `errors`, under the names of the form's fields.
    pub fn check(&self, errors: &mut FieldErrors) -> Option<(String, String)> {
        let email = errors.take("email", parse_email(&self.email));
        let name = errors.take("name", parse_name(&self.name));
        errors.take("password", passwords::check_rule(&self.password));
        email.zip(name)
    }
    /// The account, its password hashed.
    pub async fn account(&self, env: &Env) -> Result<User, AppError> {
        let mut errors = FieldErrors::default();
        let checked = self.check(&mut errors);
        errors.finish()?;
        let (email, name) = checked.unwrap_or_default();
        let password_hash = passwords::hash(env, &self.password).await?;
        Ok(User { id: env.new_id(UserId::from_bytes), email, name, password_hash, created_at: env.now() })
    }
}

/// Adds a person from the command line, with a place in an organization where one is given.
pub async fn create_as_operator(
    env: &Env,
    new: &NewPerson,
    place: Option<(&Organization, Role)>,
) -> Result<UserId, AppError> {
    let user = new.account(env).await?;
    let entry = place.map(|(organization, role)| {
        let change = Change::of(user.id, &user.name).after(json!({"email": user.email, "role": role.as_str()}));
        audit::by_actor(env, organization.id, &Actor::System, None, "member.added", change)
    });
    let membership = place.map(|(organization, role)| (organization.id, role));
    match store::users::add(&env.db, &user, membership, entry.as_ref()).await? {
        true => Ok(user.id),
        false => Err(AppError::field("email", format!("There is already an account for {}.", user.email))),
    }
}

/// Gives the signed-in person another name.
pub async fn rename(env: &Env, person: &User, name: &str, source: Option<&str>) -> Result<(), AppError> {
    let name = parse_name(name).map_err(|message| AppError::field("name", message))?;
    let change = Change::default().before(json!({"name": person.name})).after(json!({"name": name}));
    let entries = audit::of_person(env, person, source, "account.renamed", change).await?;
    Ok(store::users::rename(&env.db, person.id, &name, &entries).await?)
}

/// Sets another password for the signed-in person and ends the other sessions.
pub async fn change_password(
    env: &Env,
    user: &User,
    current: &str,
    new: &str,
    keep_session: &[u8],
    source: Option<&str>,
) -> Result<(), AppError> {
    let person = user.id;
    passwords::check_rule(new).map_err(|message| AppError::field("new_password", message))?;
    let throttle = format!("password:{person}");
    env.gate.throttle.enter(&throttle, crate::server::throttle::ACCOUNT, env.now()).map_err(AppError::TooMany)?;
    if !passwords::verify(env, current, Some(user.password_hash.clone())).await? {
        return Err(AppError::field("current_password", "This is not your current password."));
    }
    env.gate.throttle.clear(&throttle);
    let hash = passwords::hash(env, new).await?;
    let entries = audit::of_person(env, user, source, "account.password_changed", Change::default()).await?;
    Ok(store::users::set_password(&env.db, person, &hash, Some(keep_session), &entries).await?)
}
