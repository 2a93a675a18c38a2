//! Who is let in by password, and how fast somebody may guess.

use super::{audit, passwords};
use crate::{
    model::{
        error::{AppError, FieldError},
        organization::parse_email,
    },
    server::{
        env::Env,
        store::{self, users::User},
        throttle::{ACCOUNT, ADDRESS},
    },
};

/// The person with this address and password. One answer and one cost for a wrong password and for an
/// address that nobody has; tries are counted by account and by network address.
pub async fn by_password(env: &Env, email: &str, password: &str, source: Option<&str>) -> Result<User, AppError> {
    let now = env.now();
    let email = parse_email(email).unwrap_or_default();
    let account = format!("sign-in:{email}");
    let address = format!("sign-in from:{}", source.unwrap_or_default());
    env.gate.throttle.enter(&address, ADDRESS, now).map_err(AppError::TooMany)?;
    if let Err(seconds) = env.gate.throttle.enter(&account, ACCOUNT, now) {
        tracing::warn!(source, "a sign-in was slowed down");
        return Err(AppError::TooMany(seconds));
    }
    let user = store::users::by_email(&env.db, &email).await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let fits = passwords::verify(env, password, hash).await?;
    match user.filter(|_| fits) {
        Some(user) => {
            env.gate.throttle.clear(&account);
            env.gate.throttle.forgive(&address, now);
            tracing::info!(user = %user.id, source, "signed in");
            audit::note(env, &user, source, "account.signed_in").await?;
            Ok(user)
        }
        None => {
            tracing::warn!(source, "a sign-in was refused");
            Err(AppError::Invalid(vec![FieldError { field: String::new(), message: REFUSED.into() }]))
        }
    }
}

/// The same for a wrong password and an unknown address.
const REFUSED: &str = "Email or password is not right. Check both, or set a new password.";
