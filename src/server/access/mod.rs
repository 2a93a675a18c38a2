//! Who is asking, and what they may do. Permission is how a domain function gets its handle: a
//! [`Permit`] carries the organization and the actor, and can only be had from an [`Identity`] that
//! was established here, by a session or an API key.
//!
//! Another organization's objects are never refused: they are not found, because every store function
//! asks for the organization that the permit carries.

mod by_key;
pub mod sessions;

pub use by_key::by_key;

use crate::model::{
    error::AppError,
    id::{ApiKeyId, OrganizationId, UserId},
    organization::{Organization, Role, Scope},
};
use std::{marker::PhantomData, sync::Arc};

/// Who acts, for the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    User {
        id: UserId,
        name: String,
    },
    Key {
        id: ApiKeyId,
        name: String,
    },
    /// The command line, or the service itself.
    System,
}

impl Actor {
    pub fn name(&self) -> &str {
        match self {
            Self::User { name, .. } | Self::Key { name, .. } => name,
            Self::System => "Switchhook",
        }
    }
}

/// A person or a key in one organization.
#[derive(Debug, Clone)]
pub struct Identity {
    pub organization: Arc<Organization>,
    pub actor: Actor,
    /// The address the request came from.
    pub source: Option<String>,
    powers: Powers,
}

#[derive(Debug, Clone)]
enum Powers {
    Role(Role),
    Scopes(Vec<Scope>),
    System,
}

impl Identity {
    /// A person with a role; called once a session has been checked.
    pub fn person(organization: Arc<Organization>, id: UserId, name: String, role: Role) -> Self {
        Self { organization, actor: Actor::User { id, name }, source: None, powers: Powers::Role(role) }
    }
    /// A key with its scopes; called once the key has been checked.
    pub fn key(organization: Arc<Organization>, id: ApiKeyId, name: String, scopes: Vec<Scope>) -> Self {
        Self { organization, actor: Actor::Key { id, name }, source: None, powers: Powers::Scopes(scopes) }
    }
    /// The operator at the command line.
    pub fn operator(organization: Arc<Organization>) -> Self {
        Self { organization, actor: Actor::System, source: None, powers: Powers::System }
    }
    /// Notes the address that the request came from.
    pub fn from_address(mut self, source: Option<String>) -> Self {
        self.source = source;
        self
    }
    /// The person; keys and the operator are none.
    pub fn user_id(&self) -> Option<UserId> {
        match self.actor {
            Actor::User { id, .. } => Some(id),
            _ => None,
        }
    }
    /// The person's role; keys and the operator have none.
    pub fn role(&self) -> Option<Role> {
        match self.powers {
            Powers::Role(role) => Some(role),
            _ => None,
        }
    }
    /// Whether [`Identity::permit`] would answer; for showing a control as disabled, with the reason.
    pub fn may<P: Permission>(&self) -> Result<(), AppError> {
        let allowed = match &self.powers {
            Powers::Role(role) => P::ROLE.is_some_and(|least| *role >= least),
            Powers::Scopes(scopes) => P::SCOPE.is_some_and(|needed| scopes.contains(&needed)),
            Powers::System => true,
        };
        if allowed { Ok(()) } else { Err(AppError::NotAllowed(self.refusal::<P>())) }
    }
    /// The handle for `P`, or the sentence that says what is missing.
    pub fn permit<P: Permission>(&self) -> Result<Permit<P>, AppError> {
        self.may::<P>()?;
        Ok(Permit {
            organization: self.organization.clone(),
            actor: self.actor.clone(),
            source: self.source.clone(),
            permission: PhantomData,
        })
    }
    fn refusal<P: Permission>(&self) -> String {
        match (&self.powers, P::ROLE, P::SCOPE) {
            (Powers::Scopes(_), _, Some(scope)) => format!("This API key lacks the scope {}.", scope.as_str()),
            (Powers::Scopes(_), _, None) => "An API key cannot do this; sign in instead.".into(),
            (_, Some(role), _) => format!("Only the role {} or above can {}. Ask an owner.", role.as_str(), P::WHAT),
            _ => format!("You cannot {}.", P::WHAT),
        }
    }
}

/// A kind of thing that may be done.
pub trait Permission: Send + Sync + 'static {
    /// Completes “you can …”.
    const WHAT: &'static str;
    /// The least role; none: no person may.
    const ROLE: Option<Role>;
    /// The scope that an API key needs; none: no key may.
    const SCOPE: Option<Scope>;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident: $what:literal, $role:expr, $scope:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;
        impl Permission for $name {
            const WHAT: &'static str = $what;
            const ROLE: Option<Role> = $role;
            const SCOPE: Option<Scope> = $scope;
        }
    )*
    /// Every permission by its name, with the least role for it.
    pub const EVERY: &[(&str, Option<Role>)] = &[$((stringify!($name), $role)),*];
    };
}

permissions! {
    /// See webhooks, health and the catalogue.
    ReadWebhooks: "see webhooks", Some(Role::Viewer), Some(Scope::WebhooksRead);
    /// Add, change, delete webhooks; rotate secrets; inboxes.
    WriteWebhooks: "change webhooks", Some(Role::Admin), Some(Scope::WebhooksWrite);
    /// Send a test event to a webhook.
    TestWebhooks: "send tests", Some(Role::Member), Some(Scope::WebhooksWrite);
    /// See events and deliveries.
    ReadLogs: "see deliveries", Some(Role::Viewer), Some(Scope::LogsRead);
    /// Send deliveries again.
    RetryDeliveries: "retry deliveries", Some(Role::Member), Some(Scope::LogsRetry);
    /// Take the log along as a file.
    ExportLogs: "export deliveries", Some(Role::Member), None;
    /// Keep filters of the log under a name.
    KeepViews: "save views", Some(Role::Member), None;
    /// Publish events.
    PublishEvents: "publish events", None, Some(Scope::EventsWrite);
    /// See who is in the organization.
    ReadMembers: "see members", Some(Role::Viewer), None;
    /// Invite, change roles, remove.
    ManageMembers: "manage members", Some(Role::Admin), None;
    /// Appoint, change and remove owners.
    ManageOwners: "appoint and remove owners", Some(Role::Owner), None;
    /// Make and revoke API keys.
    ManageKeys: "manage API keys", Some(Role::Admin), None;
    /// Settle who is told when webhooks fail.
    ManageAlerts: "set up alerts", Some(Role::Admin), None;
    /// See who changed what.
    ReadAudit: "read the audit log", Some(Role::Admin), None;
    /// Rename the organization.
    ManageOrganization: "change the organization", Some(Role::Admin), None;
}

/// The right to do `P` in one organization. There is no other way to get one than [`Identity::permit`].
#[derive(Debug, Clone)]
pub struct Permit<P: Permission> {
    organization: Arc<Organization>,
    actor: Actor,
    source: Option<String>,
    permission: PhantomData<P>,
}

impl<P: Permission> Permit<P> {
    pub fn organization(&self) -> &Organization {
        &self.organization
    }
    pub fn organization_id(&self) -> OrganizationId {
        self.organization.id
    }
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }
}
