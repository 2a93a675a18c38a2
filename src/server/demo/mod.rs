//! A lively organization to look at: five webhooks at receivers built in here (healthy, slow, flaky,
//! failing, switched off), a day of history that is lived through in under a minute, then a steady
//! stream of events. Everything goes the ways that a platform's calls go; nothing is painted.

pub mod clock;
mod receivers;
mod stream;

use crate::{
    model::{
        error::AppError,
        organization::{Organization, Role},
        webhook::RetryPolicy,
    },
    server::{
        access::{Identity, Permission, Permit},
        domain::{
            organizations::{self, NewOrganization},
            people::{self, NewPerson},
            webhooks::{self, NewWebhook},
        },
        env::Env,
    },
};
use receivers::{Manner, Receivers};
use std::sync::Arc;

pub const EMAIL: &str = "demo@example.com";
pub const PASSWORD: &str = "open the demo door";

/// Founds the organization, adds its webhooks and starts the stream. The stream ends with the process.
///
/// # Errors
/// `Invalid` where the database already has an organization or a person of the demo.
pub async fn begin(env: &Env, clock: Arc<clock::DemoClock>) -> Result<(), AppError> {
    let receivers = Receivers::start().await?;
    let organization = found(env).await?;
    for webhook in webhooks_at(&receivers) {
        webhooks::create(env, &permit(&organization)?, webhook).await?;
    }
    tokio::spawn(stream::run(env.clone(), permit(&organization)?, clock));
    Ok(())
}

async fn found(env: &Env) -> Result<Organization, AppError> {
    let new = NewOrganization { slug: "demo".into(), name: "Demo Telecom".into(), convention: "standard".into() };
    let organization = organizations::create_as_operator(env, &new).await?;
    let person = NewPerson { email: EMAIL.into(), name: "Dana Demo".into(), password: PASSWORD.into() };
    people::create_as_operator(env, &person, Some((&organization, Role::Owner))).await?;
    Ok(organization)
}

fn permit<P: Permission>(organization: &Organization) -> Result<Permit<P>, AppError> {
    Identity::operator(Arc::new(organization.clone())).permit()
}

fn webhooks_at(receivers: &Receivers) -> Vec<NewWebhook> {
    let webhook = |manner: Manner, description: &str, events: Option<&[&str]>| NewWebhook {
        url: receivers.url(manner),
        description: description.into(),
        events: events.map(|list| list.iter().map(ToString::to_string).collect()),
        ..NewWebhook::default()
    };
    let quickly = RetryPolicy::Schedule { schedule_seconds: vec![5, 60, 300] };
    vec![
        webhook(Manner::Healthy, "CRM sync", None),
        webhook(Manner::Slow, "Data warehouse", Some(&["call.completed", "transcript.ready"])),
        webhook(Manner::Flaky, "Support desk", Some(&["call.completed", "call.failed", "contact.updated"])),
        NewWebhook {
            retry_policy: Some(quickly),
            ..webhook(Manner::Failing, "Old billing system", Some(&["call.completed"]))
        },
        NewWebhook { inactive: true, ..webhook(Manner::Healthy, "Staging, switched off", Some(&["contact.created"])) },
    ]
}
