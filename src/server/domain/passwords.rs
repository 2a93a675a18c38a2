//! Passwords: argon2id with 19 MiB, two passes, one lane (OWASP's first choice), hashed off the async
//! threads, as many at once as there are cores. Who waits a second for a turn is told to come back.

use crate::{
    model::error::AppError,
    server::{env::Env, fault::fault},
};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use std::time::Duration;

/// Longest wait for a turn at the hash.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// A hash of a password that nobody has: an unknown address costs what a wrong password costs.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c3dpdGNoaG9vay1ub2JvZHk$dYlU2dE8y2yZ2p0Bn1Jp5k3PZSAJZ4m2GdpoXyvBu3U";

/// 8 to 1,024 bytes, anything in them; not one of those that are tried first.
pub fn check_rule(password: &str) -> Result<(), String> {
    match password.len() {
        ..8 => Err("Use at least 8 characters; a few words in a row are easy to keep in mind.".into()),
        1_025.. => Err("Use at most 1,024 characters.".into()),
        _ if is_common(password) => Err("This password is among the first that are tried. Choose another.".into()),
        _ => Ok(()),
    }
}

fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let one_letter = lower.chars().all(|c| lower.starts_with(c));
    one_letter || include_str!("common_passwords.txt").lines().any(|common| common == lower)
}

fn argon2() -> Result<Argon2<'static>, AppError> {
    let params = Params::new(19_456, 2, 1, None).map_err(fault)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Runs a hash on a thread of its own once it is its turn.
async fn in_turn<T: Send + 'static>(
    env: &Env,
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    let turn = tokio::time::timeout(LONGEST_WAIT, env.gate.hashing.acquire()).await;
    let _permit = turn.map_err(|_| AppError::TooMany(2))?.map_err(fault)?;
    tokio::task::spawn_blocking(work).await.map_err(fault)?
}

/// The PHC string of a password.
pub async fn hash(env: &Env, password: &str) -> Result<String, AppError> {
    let (password, salt) = (password.to_string(), env.random::<16>());
    in_turn(env, move || {
        let hash: PasswordHash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(fault)?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether the password is the one of this hash; without a hash the same work is done for nothing.
pub async fn verify(env: &Env, password: &str, hash: Option<String>) -> Result<bool, AppError> {
    if password.len() > 1_024 {
        return Ok(false);
    }
    let password = password.to_string();
    in_turn(env, move || {
        let parsed = PasswordHash::new(hash.as_deref().unwrap_or(NOBODY)).map_err(fault)?;
        let fits = argon2()?.verify_password(password.as_bytes(), &parsed).is_ok();
        Ok(fits && hash.is_some())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_bytes_and_nothing_else_is_asked_for() {
        assert!(check_rule("short").is_err());
        assert!(check_rule("aaaaaaaaaa").is_err() && check_rule("Password1").is_err());
        assert!(check_rule(" a space first").is_ok() && check_rule("😀😀😀🙃").is_ok());
        assert!(check_rule(&"ab".repeat(512)).is_ok() && check_rule(&"ab".repeat(513)).is_err());
    }

    #[test]
    fn the_hash_for_nobody_costs_what_a_real_one_costs() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let real: PasswordHash = argon2().unwrap().hash_password_with_salt(b"something", &[7; 16]).unwrap();
        assert_eq!(nobody.params, real.params);
        assert_eq!(nobody.algorithm, real.algorithm);
    }
}
