//! Founding organizations and changing what they are called.

use super::audit::{self, Change};
use crate::{
    model::{
        error::{AppError, FieldErrors},
        id::*,
        organization::*,
    },
    server::{
        access::{Actor, ManageOrganization, Permit, ReadMembers},
        env::Env,
        store::{self, organizations::Added},
    },
};
use serde_json::json;

pub use store::organizations::Place;

/// All that a person belongs to, by name.
pub async fn of_person(env: &Env, person: UserId) -> Result<Vec<Place>, AppError> {
    Ok(store::organizations::of_person(&env.db, person).await?)
}

/// What an organization starts with.
#[derive(Debug, Clone, Default)]
pub struct NewOrganization {
    /// Made from the name where it is empty.
    pub slug: String,
    pub name: String,
    /// `standard` where it is empty.
    pub convention: String,
}

impl NewOrganization {
    /// Checks all fields at once.
    pub fn check(&self, env: &Env) -> Result<Organization, AppError> {
        let mut errors = FieldErrors::default();
        let name = errors.take("name", parse_name(&self.name));
        let from_name = slug_from_name(&self.name);
        let slug = if self.slug.trim().is_empty() { from_name.as_str() } else { self.slug.as_str() };
        let slug = errors.take("slug", parse_slug(slug));
        let convention = errors.take("convention", convention(env, &self.convention));
        errors.finish()?;
        Ok(Organization {
            id: env.new_id(OrganizationId::from_bytes),
            slug: slug.unwrap_or_default(),
            name: name.unwrap_or_default(),
            convention: convention.unwrap_or_default(),
            created_at: env.now(),
        })
    }
}

fn convention(env: &Env, text: &str) -> Result<String, String> {
    let name = if text.trim().is_empty() { "standard" } else { text.trim() };
    let known = env.conventions.get(name).map(|_| name.to_string());
    known.ok_or_else(|| format!("There is no convention “{name}”; there are {}.", env.conventions.names().join(", ")))
}

/// Whether every organization's convention is there. One whose file has gone could neither take events nor
/// deliver what waits, so that nothing is begun without it.
pub async fn check_conventions_of_everybody(env: &Env) -> Result<(), AppError> {
    let used = store::organizations::conventions_of_every_organization(&env.db).await?;
    match used.iter().find(|(name, _)| env.conventions.get(name).is_none()) {
        None => Ok(()),
        Some((name, slug)) => Err(AppError::Conflict(format!(
            "The organization “{slug}” was created with the convention “{name}”, which is not there: put its file back \
             into the folder that SWITCHHOOK_CONVENTIONS_DIR names."
        ))),
    }
}

/// Founds an organization from the command line.
pub async fn create_as_operator(env: &Env, new: &NewOrganization) -> Result<Organization, AppError> {
    found(env, new, None, &Actor::System, None).await
}

/// Founds an organization whose first owner is the person.
pub async fn create_as_person(
    env: &Env,
    person: UserId,
    person_name: &str,
    source: Option<&str>,
    new: &NewOrganization,
) -> Result<Organization, AppError> {
    if !may_found(env, person).await? {
        return Err(may_not_found());
    }
    let actor = Actor::User { id: person, name: person_name.into() };
    found(env, new, Some(person), &actor, source).await
}

/// The sentence for who may not.
pub fn may_not_found() -> AppError {
    let reason = "Only an owner of an organization can add another one here. Ask an owner or your operator.";
    AppError::NotAllowed(reason.into())
}

/// Whether a person may found a further organization: an owner of one may, anybody where sign-up is open.
pub async fn may_found(env: &Env, person: UserId) -> Result<bool, AppError> {
    Ok(may_found_with(env, &of_person(env, person).await?))
}

/// The same for a person whose places are known.
pub fn may_found_with(env: &Env, places: &[Place]) -> bool {
    env.settings.open_sign_up || places.iter().any(|place| place.role == Role::Owner)
}

async fn found(
    env: &Env,
    new: &NewOrganization,
    owner: Option<UserId>,
    actor: &Actor,
    source: Option<&str>,
) -> Result<Organization, AppError> {
    let organization = new.check(env)?;
    let entry = audit::by_actor(env, organization.id, actor, source, "organization.created", described(&organization));
    match store::organizations::add(&env.db, &organization, owner, &entry).await? {
        Added::Added => Ok(organization),
        Added::SlugTaken => Err(slug_taken(&organization.slug)),
    }
}

/// The sentence for a slug that another organization has.
pub fn slug_taken(slug: &str) -> AppError {
    AppError::field("slug", format!("“{slug}” is taken. Choose another."))
}

/// A new organization as the audit log tells it.
pub fn described(organization: &Organization) -> Change {
    let Organization { slug, name, convention, .. } = organization;
    Change::of(organization.id, name).after(json!({"slug": slug, "name": name, "convention": convention}))
}

/// Gives the organization another name; its slug stays, since links carry it.
pub async fn rename(env: &Env, permit: &Permit<ManageOrganization>, name: &str) -> Result<(), AppError> {
    let name = parse_name(name).map_err(|message| AppError::field("name", message))?;
    let before = json!({"name": permit.organization().name});
    let change = Change::of(permit.organization_id(), &name).before(before).after(json!({"name": name}));
    let entry = audit::entry(env, permit, "organization.renamed", change);
    Ok(store::organizations::rename(&env.db, permit.organization_id(), &name, &entry).await?)
}

/// How many days finished deliveries are kept.
pub async fn retention_days(env: &Env, permit: &Permit<ReadMembers>) -> Result<i32, AppError> {
    Ok(store::organizations::retention_days(&env.db, permit.organization_id()).await?)
}
