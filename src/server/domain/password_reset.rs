//! A forgotten password: a link by mail, single use, one hour. Whoever asks is told the same, in the same
//! time, whether or not there is an account.

use super::{audit, passwords};
use crate::{
    model::{error::AppError, organization::parse_email},
    server::{
        env::Env,
        key_text,
        notify::mail::Mail,
        store,
        throttle::{ADDRESS, MAILS},
    },
};
use std::time::Duration;

/// How long a link works.
const LIFETIME: Duration = Duration::from_secs(3_600);

/// Takes the request; the look-up and the mail happen beside it.
///
/// # Errors
/// Where the text is no address, or this network address asks too often.
pub fn ask(env: &Env, email: &str, source: Option<&str>) -> Result<(), AppError> {
    let email = parse_email(email).map_err(|message| AppError::field("email", message))?;
    let now = env.now();
    let address = format!("reset from:{}", source.unwrap_or_default());
    env.gate.throttle.enter(&address, ADDRESS, now).map_err(AppError::TooMany)?;
    // Too many for one person: told nobody, since that would tell that there is one.
    if env.gate.throttle.enter(&format!("reset:{email}"), MAILS, now).is_ok() {
        let env = env.clone();
        tokio::spawn(async move {
            if let Err(error) = send(&env, &email).await {
                tracing::error!(%error, "a link for a new password could not be sent");
            }
        });
    }
    Ok(())
}

async fn send(env: &Env, email: &str) -> Result<(), AppError> {
    let Some(user) = store::users::by_email(&env.db, email).await? else { return Ok(()) };
    let (token, now) = (key_text::random_text(&*env.random, 43), env.now());
    store::password_resets::add(&env.db, user.id, &key_text::hash(&token), now, now.plus(LIFETIME)).await?;
    let link = format!("{}/reset/{token}", env.settings.public_url());
    let text = format!(
        "Set a new password for Switchhook within an hour:\n{link}\n\n\
         If you did not ask for this, do nothing: your password stays as it is.\n"
    );
    env.mailer.send(Mail { to: user.email, subject: "Set a new password".into(), text });
    Ok(())
}

/// Whether the link still works.
pub async fn check(env: &Env, token: &str) -> Result<(), AppError> {
    let user = store::password_resets::user_of(&env.db, &key_text::hash(token), env.now()).await?;
    user.map(drop).ok_or_else(gone)
}

/// Sets the password and signs the person out everywhere.
pub async fn set(env: &Env, token: &str, password: &str, source: Option<&str>) -> Result<(), AppError> {
    let user = store::password_resets::user_of(&env.db, &key_text::hash(token), env.now()).await?;
    let user = store::users::by_id(&env.db, user.ok_or_else(gone)?).await?.ok_or_else(gone)?;
    passwords::check_rule(password).map_err(|message| AppError::field("password", message))?;
    let hash = passwords::hash(env, password).await?;
    match store::password_resets::spend(&env.db, &key_text::hash(token), &hash, env.now()).await? {
        true => audit::note(env, &user, source, "account.password_reset").await,
        false => Err(gone()),
    }
}

fn gone() -> AppError {
    AppError::Conflict("This link was used before or is older than an hour. Ask for a new one.".into())
}
