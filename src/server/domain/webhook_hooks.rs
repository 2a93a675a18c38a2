//! Named hooks: platforms that ask for a URL per event give each a name, and take them together. Each becomes
//! a webhook of its own, bound to the one type of its name; all of them are made, or none.

use super::{
    catalogue, webhook_secret as secret,
    webhooks::{self, NewWebhook, Prepared},
};
use crate::{
    model::{convention::Hook, error::*, webhook::Webhook},
    server::{
        access::{Permit, WriteWebhooks},
        convention::Convention,
        env::Env,
    },
};

/// Hooks to be.
#[derive(Debug, Clone, Default)]
pub struct NewHooks {
    /// Names and URLs.
    pub urls: Vec<(String, String)>,
    /// What they have in common; its URL and event types are not looked at.
    pub common: NewWebhook,
}

/// A webhook that was made for a hook.
#[derive(Debug, Clone, PartialEq)]
pub struct MadeHook {
    /// As `onBatchComplete`.
    pub hook: String,
    pub webhook: Webhook,
}

/// Adds a webhook for each name; answers them and, only here, the one secret that they share, since receivers
/// of such platforms are written with one. Errors: Invalid (`hooks`, `hooks.<name>`, and the common fields).
pub async fn create(
    env: &Env,
    permit: &Permit<WriteWebhooks>,
    new: NewHooks,
) -> Result<(Vec<MadeHook>, String), AppError> {
    let convention = catalogue::convention(env, permit.organization())?;
    if convention.hooks.is_empty() {
        let why = format!("{} has no named hooks; give `url` and `events` instead.", convention.title);
        return Err(AppError::field("hooks", why));
    }
    if new.urls.is_empty() {
        return Err(AppError::field("hooks", format!("Give a URL for at least one of {}.", names(&convention))));
    }
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut ready: Vec<(String, Prepared)> = Vec::new();
    let secret = new.common.secret.clone().unwrap_or_else(|| secret::generate(env));
    for (name, url) in new.urls {
        let prepared = match convention.hooks.iter().find(|hook| hook.name == name) {
            Some(hook) => prepare(env, permit, hook, url, &new.common, &secret),
            None => Err(AppError::field(
                format!("hooks.{name}"),
                format!("There is no such hook; there are {}.", names(&convention)),
            )),
        };
        match prepared {
            Ok(prepared) => ready.push((name, prepared)),
            Err(AppError::Invalid(errors)) => wrong.extend(errors),
            Err(other) => return Err(other),
        }
    }
    if !wrong.is_empty() {
        return Err(AppError::Invalid(once_each(wrong)));
    }
    let (hooks, ready): (Vec<String>, Vec<Prepared>) = ready.into_iter().unzip();
    let made = webhooks::add(env, permit, ready).await?;
    Ok((hooks.into_iter().zip(made).map(|(hook, webhook)| MadeHook { hook, webhook }).collect(), secret))
}

fn names(convention: &Convention) -> String {
    convention.hooks.iter().map(|hook| hook.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn prepare(
    env: &Env,
    permit: &Permit<WriteWebhooks>,
    hook: &Hook,
    url: String,
    common: &NewWebhook,
    secret: &str,
) -> Result<Prepared, AppError> {
    let new =
        NewWebhook { url, events: Some(vec![hook.event_type.clone()]), secret: Some(secret.into()), ..common.clone() };
    webhooks::prepare(env, permit, new).map_err(|error| match error {
        AppError::Invalid(mut errors) => {
            for error in errors.iter_mut().filter(|e| e.field == "url") {
                error.field = format!("hooks.{}", hook.name);
            }
            AppError::Invalid(errors)
        }
        other => other,
    })
}

/// What is wrong with a common field is wrong for each of them, and told once.
fn once_each(errors: Vec<FieldError>) -> Vec<FieldError> {
    let mut out: Vec<FieldError> = Vec::with_capacity(errors.len());
    for error in errors {
        if !out.contains(&error) {
            out.push(error);
        }
    }
    out
}
