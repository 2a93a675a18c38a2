//! Who is told of what: reading it, changing it, trying it out.

use super::{message::Message, tell};
use crate::{
    model::{
        alert::{AlertForm, AlertSettings},
        error::{AppError, FieldError},
        id::{OrganizationId, UserId},
        member::Member,
        organization::Role,
    },
    server::{
        access::{ManageAlerts, Permit},
        domain::audit::{self, Change},
        env::Env,
        fault::fault,
        store::{
            alerts::{self as store, SettingsRow},
            members,
        },
    },
};
use serde_json::json;

/// The settings with the chat's address, readable.
pub struct InForce {
    pub settings: AlertSettings,
    pub chat_url: Option<String>,
}

/// The organization's settings.
pub async fn get(env: &Env, permit: &Permit<ManageAlerts>) -> Result<AlertSettings, AppError> {
    Ok(in_force(env, permit.organization_id()).await?.settings)
}

/// What holds for an organization: what was settled, else the usual.
pub(super) async fn in_force(env: &Env, organization: OrganizationId) -> Result<InForce, AppError> {
    let Some(row) = store::settings(&env.db, organization).await? else {
        let members = members::list(&env.db, organization).await?;
        let owners = members.into_iter().filter(|member| member.role == Role::Owner).map(|member| member.user_id);
        return Ok(InForce { settings: AlertSettings::usual(owners.collect()), chat_url: None });
    };
    let chat_url = row.chat_url.as_deref().map(|sealed| opened(env, organization, sealed)).transpose()?;
    let ids: Vec<String> = serde_json::from_str(&row.mail_to).map_err(fault)?;
    let number = |n: Option<i32>| n.and_then(|n| u32::try_from(n).ok());
    let settings = AlertSettings {
        mail_to: ids.iter().filter_map(|id| id.parse::<UserId>().ok()).collect(),
        chat_hint: row.chat_hint,
        repeated_after: number(row.repeated_after),
        rate_below: number(row.rate_below),
        event_types: serde_json::from_str(&row.event_types).map_err(fault)?,
        on_disabled: row.on_disabled,
        on_recovered: row.on_recovered,
        pause_seconds: number(Some(row.pause_seconds)).unwrap_or(3_600),
        disable_after_days: number(row.disable_after_days),
    };
    Ok(InForce { settings, chat_url })
}

fn opened(env: &Env, organization: OrganizationId, sealed: &[u8]) -> Result<String, AppError> {
    let plain = env.seal.open(sealed, &organization.bytes()).map_err(fault)?;
    String::from_utf8(plain).map_err(fault)
}

/// Writes what the form says. An empty chat address keeps the saved one.
pub async fn put(env: &Env, permit: &Permit<ManageAlerts>, form: &AlertForm) -> Result<(), AppError> {
    let organization = permit.organization_id();
    let before = in_force(env, organization).await?;
    let chat = chat_of(env, form, before.chat_url);
    let hint = chat.as_ref().ok().and_then(|url| url.as_deref().map(host_of));
    let settings = match (form.settings(hint), &chat) {
        (Ok(settings), Ok(_)) => settings,
        (read, chat) => return Err(together(read.err(), chat.as_ref().err())),
    };
    let members = members::list(&env.db, organization).await?;
    if settings.mail_to.iter().any(|id| !members.iter().any(|m| m.user_id == *id)) {
        let gone = "Somebody whom you chose is not a member any more. Look again and save.";
        return Err(AppError::field("mail_to", gone));
    }
    let signed = |n: Option<u32>| n.and_then(|n| i32::try_from(n).ok());
    let chat = chat.map_err(|error| AppError::Invalid(vec![error]))?;
    let sealed = chat.map(|url| env.seal.seal(url.as_bytes(), &organization.bytes(), &*env.random));
    let ids: Vec<String> = settings.mail_to.iter().map(ToString::to_string).collect();
    let row = SettingsRow {
        mail_to: json!(ids).to_string(),
        chat_url: sealed,
        chat_hint: settings.chat_hint.clone(),
        repeated_after: signed(settings.repeated_after),
        rate_below: signed(settings.rate_below),
        event_types: json!(settings.event_types).to_string(),
        on_disabled: settings.on_disabled,
        on_recovered: settings.on_recovered,
        pause_seconds: signed(Some(settings.pause_seconds)).unwrap_or(3_600),
        disable_after_days: signed(settings.disable_after_days),
    };
    let change = Change::default().before(facts(&before.settings, &members)).after(facts(&settings, &members));
    let entry = audit::entry(env, permit, "alerts.changed", change);
    Ok(store::put(&env.db, organization, &row, &entry).await?)
}

/// The chat's address that holds from now on; checked as any address that is sent to.
fn chat_of(env: &Env, form: &AlertForm, saved: Option<String>) -> Result<Option<String>, FieldError> {
    match form.chat_url.as_str() {
        _ if form.chat_remove => Ok(None),
        "" => Ok(saved),
        url => match env.sender.check_url(url) {
            Ok(()) => Ok(Some(url.to_owned())),
            Err(message) => Err(FieldError { field: "chat_url".into(), message }),
        },
    }
}

fn together(read: Option<AppError>, chat: Option<&FieldError>) -> AppError {
    let mut all: Vec<FieldError> = chat.cloned().into_iter().collect();
    if let Some(AppError::Invalid(errors)) = read {
        all.extend(errors);
    }
    AppError::Invalid(all)
}

/// Enough to know a chat by: the rest of its address is a key to it.
fn host_of(url: &str) -> String {
    url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

fn facts(settings: &AlertSettings, members: &[Member]) -> serde_json::Value {
    let name = |id: &UserId| {
        let member = members.iter().find(|member| member.user_id == *id);
        member.map_or_else(|| id.to_string(), |member| member.name.clone())
    };
    json!({
        "mail_to": settings.mail_to.iter().map(name).collect::<Vec<_>>(),
        "chat": settings.chat_hint,
        "repeated_after": settings.repeated_after,
        "rate_below": settings.rate_below,
        "event_types": settings.event_types,
        "on_disabled": settings.on_disabled,
        "on_recovered": settings.on_recovered,
        "pause_seconds": settings.pause_seconds,
        "disable_after_days": settings.disable_after_days,
    })
}

/// Sends a test to everybody who would be told; answers in words who that was.
/// Errors: Conflict where nobody would be told, mails reach nobody, or the chat did not take it.
pub async fn test(env: &Env, permit: &Permit<ManageAlerts>) -> Result<String, AppError> {
    let organization = permit.organization();
    let in_force = in_force(env, organization.id).await?;
    let people = tell::people(env, organization.id, &in_force.settings).await?;
    if people.is_empty() && in_force.chat_url.is_none() {
        return Err(AppError::Conflict("Nobody would be told. Choose members or give a chat's address first.".into()));
    }
    let message = Message::test(organization, &env.settings.public_url());
    tell::mail(env, &people, &message);
    if let Some(url) = &in_force.chat_url {
        tell::chat(env, url, &message)
            .await
            .map_err(|why| AppError::Conflict(format!("The chat did not take the test: {why} Check its address.")))?;
    }
    let chat = in_force.chat_url.is_some();
    let people = match people.len() {
        0 => return Ok("A test alert was sent to the chat.".into()),
        1 => "1 person".to_owned(),
        n => format!("{n} people"),
    };
    if env.mailer.reaches_people() {
        let and_chat = if chat { " and the chat" } else { "" };
        return Ok(format!("A test alert was sent to {people} by mail{and_chat}."));
    }
    let logged = format!("The mail to {people} stands in the operator's log only: no mail server is set.");
    if chat { Ok(format!("A test alert was sent to the chat. {logged}")) } else { Err(AppError::Conflict(logged)) }
}
