//! The commands that add a row or two; they work beside a running `serve`.

use super::{Refusal, open, role};
use crate::{
    model::{
        error::AppError,
        organization::{Organization, Role, Scope},
    },
    server::{
        access::{Identity, ManageKeys},
        config::Settings,
        domain::{api_keys, organizations, people},
        env::Env,
        store,
    },
};
use clap::Args;
use std::{io::Read, sync::Arc};

#[derive(Args)]
pub struct OrganizationArguments {
    /// In URLs: lower-case letters, digits and hyphens
    #[arg(long)]
    slug: String,
    /// For people
    #[arg(long)]
    name: String,
    /// How webhooks look on the wire
    #[arg(long, default_value = "standard")]
    convention: String,
}

#[derive(Args)]
pub struct UserArguments {
    /// Address to sign in with
    #[arg(long)]
    email: String,
    /// For people
    #[arg(long)]
    name: String,
    /// Read the password from standard input
    #[arg(long, required = true)]
    password_stdin: bool,
    /// Slug of the organization to join
    #[arg(long, requires = "role")]
    organization: Option<String>,
    /// Role in it: owner, admin, member or viewer
    #[arg(long, requires = "organization", value_parser = role)]
    role: Option<Role>,
}

#[derive(Args)]
pub struct KeyArguments {
    /// Slug of the organization that the key acts for
    #[arg(long)]
    organization: String,
    /// For people
    #[arg(long)]
    name: String,
    /// What it may do: events:write, webhooks:read, webhooks:write, logs:read, logs:retry; may be repeated [default: all]
    #[arg(long, value_parser = scope, value_delimiter = ',')]
    scope: Vec<Scope>,
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).ok_or_else(|| format!("choose from {}", Scope::ALL.map(Scope::as_str).join(", ")))
}

/// `migrate`.
pub async fn migrate(settings: Settings) -> Result<(), Refusal> {
    open::database(&settings).await?.close().await;
    println!("The database is up to date.");
    Ok(())
}

/// `organization create`; prints the id.
pub async fn organization(settings: Settings, given: OrganizationArguments) -> Result<(), Refusal> {
    let env = open::environment(settings).await?;
    let OrganizationArguments { slug, name, convention } = given;
    let new = organizations::NewOrganization { slug, name, convention };
    let organization = organizations::create_as_operator(&env, &new).await?;
    env.db.close().await;
    println!("{}", organization.id);
    Ok(())
}

/// `user create`; prints the id.
pub async fn user(settings: Settings, given: UserArguments) -> Result<(), Refusal> {
    let mut password = String::new();
    let unread = |error| Refusal::Wrong(format!("The password cannot be read from standard input: {error}."));
    std::io::stdin().take(4_096).read_to_string(&mut password).map_err(unread)?;
    let password = password.trim_end_matches(['\r', '\n']).to_string();
    let env = open::environment(settings).await?;
    let organization = match &given.organization {
        Some(slug) => Some(organization_by_slug(&env, slug).await?),
        None => None,
    };
    let new = people::NewPerson { email: given.email, name: given.name, password };
    let id = people::create_as_operator(&env, &new, organization.as_ref().zip(given.role)).await?;
    env.db.close().await;
    println!("{id}");
    Ok(())
}

/// `api-key create`; prints the key.
pub async fn api_key(settings: Settings, given: KeyArguments) -> Result<(), Refusal> {
    let env = open::environment(settings).await?;
    let organization = organization_by_slug(&env, &given.organization).await?;
    let permit = Identity::operator(Arc::new(organization)).permit::<ManageKeys>()?;
    let scopes = if given.scope.is_empty() { Scope::ALL.to_vec() } else { given.scope };
    let new = api_keys::NewKey { name: given.name, scopes, expires_at: None };
    let (_, key) = api_keys::create(&env, &permit, new).await?;
    env.db.close().await;
    println!("{key}");
    Ok(())
}

async fn organization_by_slug(env: &Env, slug: &str) -> Result<Organization, Refusal> {
    let found = store::organizations::by_slug(&env.db, slug).await.map_err(AppError::from)?;
    found.ok_or_else(|| Refusal::Wrong(format!("There is no organization “{slug}”.")))
}
