//! Who asks: the person behind a session, and their place in the organization that the address names.
//! Both are read anew for every request, so that a role that was lowered or a membership that ended acts
//! at once.

use super::PageError;
use crate::{
    model::{error::AppError, id::UserId},
    server::{
        access::{Identity, sessions::USER},
        domain::{
            organizations::{self, Place},
            people::{self, User},
        },
        env::Env,
        fault::fault,
        http::{source::Source, theme},
    },
    ui::{
        layout::{Flash, Frame},
        shell::Theme,
    },
};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use std::sync::Arc;
use tower_sessions::Session;

const FLASH: &str = "flash";
/// Key of the slug that was last open.
pub const LAST: &str = "last";

/// A signed-in person, in no particular organization.
pub struct Person {
    pub env: Env,
    pub user: User,
    pub session: Session,
    /// The address that the request came from.
    pub source: Option<String>,
    pub theme: Theme,
}

/// A signed-in person in the organization whose slug is in the address.
pub struct Signed {
    pub env: Env,
    pub identity: Identity,
    pub frame: Frame,
    pub session: Session,
}

impl FromRequestParts<Env> for Person {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, env: &Env) -> Result<Self, PageError> {
        let session = parts.extensions.get::<Session>().cloned().ok_or(AppError::NotSignedIn)?;
        let id: Option<UserId> = session.get(USER).await.map_err(fault)?;
        let user = people::by_id(env, id.ok_or(AppError::NotSignedIn)?).await?;
        let Ok(Source(source)) = Source::from_request_parts(parts, env).await;
        Ok(Self { env: env.clone(), user, session, source, theme: theme::of(&parts.headers) })
    }
}

impl FromRequestParts<Env> for Signed {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, env: &Env) -> Result<Self, PageError> {
        let person = Person::from_request_parts(parts, env).await?;
        // An address whose parts are no text leads nowhere.
        let found = RawPathParams::from_request_parts(parts, env).await.map_err(|_| AppError::NotFound)?;
        let slug = found.iter().find(|(name, _)| *name == "slug").map(|(_, slug)| slug.to_string());
        person.in_organization(&slug.unwrap_or_default()).await
    }
}

impl Person {
    /// The person in one of their organizations; `NotFound` for all others.
    pub async fn in_organization(self, slug: &str) -> Result<Signed, PageError> {
        let places = organizations::of_person(&self.env, self.user.id).await?;
        let place = places.iter().find(|place| place.organization.slug == slug).cloned();
        self.placed(place.ok_or(AppError::NotFound)?, places).await
    }
    /// The person in the organization that was open last; none where they belong to none.
    pub async fn in_last_organization(self) -> Result<Result<Signed, Person>, PageError> {
        let places = organizations::of_person(&self.env, self.user.id).await?;
        let last: Option<String> = self.session.get(LAST).await.map_err(fault)?;
        let open = places.iter().find(|place| Some(&place.organization.slug) == last.as_ref()).or(places.first());
        match open.cloned() {
            Some(place) => Ok(Ok(self.placed(place, places).await?)),
            None => Ok(Err(self)),
        }
    }
    async fn placed(self, place: Place, places: Vec<Place>) -> Result<Signed, PageError> {
        let Self { env, user, session, source, theme } = self;
        let Place { organization, role, .. } = place;
        let identity = Identity::person(Arc::new(organization.clone()), user.id, user.name.clone(), role);
        let last: Option<String> = session.get(LAST).await.map_err(fault)?;
        if last.as_ref() != Some(&organization.slug) {
            session.insert(LAST, &organization.slug).await.map_err(fault)?;
        }
        let may_found = organizations::may_found_with(&env, &places);
        let frame = Frame {
            user_name: user.name,
            user_email: user.email,
            organization,
            organizations: places.into_iter().map(|place| place.organization).collect(),
            role,
            may_found,
            theme,
            open_targets: env.settings.has_open_targets(),
            flash: take_flash(&session).await?,
        };
        Ok(Signed { identity: identity.from_address(source), env, frame, session })
    }
}

/// What was to be told once, if anything.
pub async fn take_flash(session: &Session) -> Result<Option<Flash>, PageError> {
    take(session, FLASH).await
}

/// Takes a value out. Looks first: taking out what is not there would save the session all the same.
async fn take<T: serde::de::DeserializeOwned>(session: &Session, key: &str) -> Result<Option<T>, PageError> {
    if session.get_value(key).await.map_err(fault)?.is_none() {
        return Ok(None);
    }
    Ok(session.remove(key).await.map_err(fault)?)
}

/// Tells the person something on the next page.
pub async fn put_flash(session: &Session, good: bool, text: &str) {
    let flash = Flash { good, text: text.into() };
    if let Err(error) = session.insert(FLASH, flash).await {
        tracing::warn!(%error, "could not keep a message for the next page");
    }
}

impl Signed {
    /// The sentence is told on the next page.
    pub async fn flash(&self, good: bool, text: &str) {
        put_flash(&self.session, good, text).await;
    }
    /// Keeps a secret, sealed, for the one view of it after the redirect.
    pub async fn put_once(&self, name: &str, secret: &str) {
        let key = once_key(name);
        let sealed = self.env.seal.seal(secret.as_bytes(), key.as_bytes(), &*self.env.random);
        if let Err(error) = self.session.insert(&key, hex::encode(sealed)).await {
            tracing::warn!(%error, "could not keep a secret for its one view");
        }
    }
    /// Takes the secret out; a second call finds nothing.
    pub async fn take_once(&self, name: &str) -> Option<String> {
        let key = once_key(name);
        let sealed: String = take(&self.session, &key).await.ok()??;
        let opened = self.env.seal.open(&hex::decode(sealed).ok()?, key.as_bytes()).ok()?;
        String::from_utf8(opened).ok()
    }
}

fn once_key(name: &str) -> String {
    format!("once:{name}")
}
