//! Sending an alert: by mail to members, and to a chat through the guarded client that webhooks use.

use super::message::Message;
use crate::{
    model::{alert::AlertSettings, delivery::Outcome, error::AppError, id::OrganizationId, member::Member},
    server::{
        env::{Env, Outgoing},
        notify::mail::Mail,
        store::members,
    },
};
use std::time::Duration;

/// For the whole exchange with a chat.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The members who get mail: those who were chosen and still belong to the organization.
pub async fn people(
    env: &Env,
    organization: OrganizationId,
    settings: &AlertSettings,
) -> Result<Vec<Member>, AppError> {
    let members = members::list(&env.db, organization).await?;
    Ok(members.into_iter().filter(|member| settings.mail_to.contains(&member.user_id)).collect())
}

pub fn mail(env: &Env, people: &[Member], message: &Message) {
    for person in people {
        let mail = Mail { to: person.email.clone(), subject: message.subject_line(), text: message.text() };
        env.mailer.send(mail);
    }
}

/// Posts to a chat; errs with a sentence where it did not take it.
pub async fn chat(env: &Env, url: &str, message: &Message) -> Result<(), String> {
    let body = serde_json::json!({ "text": message.chat() }).to_string();
    let request = Outgoing {
        url: url.to_owned(),
        headers: vec![
            ("content-type".into(), "application/json".into()),
            ("user-agent".into(), concat!("Switchhook/", env!("CARGO_PKG_VERSION")).into()),
        ],
        body: body.into(),
        timeout: TIMEOUT,
    };
    let sent = env.sender.send(request).await;
    match (sent.outcome, sent.response_code) {
        (Outcome::Answered, Some(200..=299)) => Ok(()),
        (Outcome::Answered, Some(code)) => Err(format!("it answered {code}.")),
        (outcome, _) => Err(format!("{}.", outcome.label().to_lowercase())),
    }
}
