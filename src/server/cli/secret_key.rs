//! The installation's key: given, or kept in a file beside the SQLite database. With another key than the one that
//! webhook secrets were encrypted with, nothing could be signed: the start is refused before anything is written.

use super::{Refusal, trouble};
use crate::server::{
    config::{SecretKey, Settings, secret_key},
    domain::webhook_secret,
    env::Random,
    seal::Seal,
    store::{db::Db, installation},
};
use std::{
    fs,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Where the key's file is; none on Postgres, where several machines must share one key.
pub fn file(settings: &Settings) -> Option<PathBuf> {
    Some(settings.sqlite_path()?.with_file_name("secret.key"))
}

/// The key in force: the setting, else the file; none where it is still to be made.
pub fn look(settings: &Settings) -> Result<Option<SecretKey>, Refusal> {
    if let Some(key) = &settings.secret_key {
        return Ok(Some(key.clone()));
    }
    let Some(path) = file(settings) else {
        return Err(Refusal::Wrong(
            "On Postgres SWITCHHOOK_SECRET_KEY must be given: 64 hex digits, as `openssl rand -hex 32` prints, \
             the same for every process."
                .into(),
        ));
    };
    match fs::read_to_string(&path) {
        Ok(text) => read(&path, &text).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Refusal::Wrong(format!("The key file {}", trouble::of_file(&path, &error)))),
    }
}

/// Whether a key opens what is stored; none where nothing is.
pub async fn opens(key: &SecretKey, db: &Db) -> Result<Option<bool>, sqlx::Error> {
    let sealed = installation::any_sealed_secret_of_any_organization(db).await?;
    let open = |(organization, webhook, sealed): (_, _, Vec<u8>)| {
        Seal::new(key).open(&sealed, &webhook_secret::bound_to(organization, webhook)).is_ok()
    };
    Ok(sealed.map(open))
}

/// The key that was found, if it is this database's; a new one in its file, if nothing is encrypted yet.
pub async fn of_database(
    settings: &Settings,
    found: Option<SecretKey>,
    db: &Db,
    random: &dyn Random,
) -> Result<SecretKey, Refusal> {
    let unread = |error| trouble::of_database(settings, &error);
    let place = file(settings).filter(|_| settings.secret_key.is_none());
    match (found, place) {
        (Some(key), place) => match opens(&key, db).await.map_err(unread)? {
            Some(false) => Err(Refusal::Wrong(another(place.as_deref()))),
            Some(true) | None => Ok(key),
        },
        (None, Some(path))
            if installation::any_sealed_secret_of_any_organization(db).await.map_err(unread)?.is_some() =>
        {
            Err(Refusal::Wrong(format!(
                "The key file {} is missing, and the webhook secrets in the database are encrypted with it: put it \
                 back from your backup, or give the key as SWITCHHOOK_SECRET_KEY.",
                path.display()
            )))
        }
        (None, Some(path)) => make(&path, random),
        (None, None) => Err(Refusal::Failed("The secret key was not found.".into())),
    }
}

/// What is said of a key that is not this database's.
fn another(file: Option<&Path>) -> String {
    let place = file.map_or("SWITCHHOOK_SECRET_KEY".into(), |path| path.display().to_string());
    format!(
        "The secret key of {place} is not the one that the webhook secrets in the database were encrypted with: put \
         that one back; the database was left as it is."
    )
}

fn read(path: &Path, text: &str) -> Result<SecretKey, Refusal> {
    let wrong = |why| Refusal::Wrong(format!("The key file {} does not read: {why}.", path.display()));
    secret_key(text).map_err(wrong)
}

/// Written under another name and linked into place, so that of two first starts one key wins, whole.
fn make(path: &Path, random: &dyn Random) -> Result<SecretKey, Refusal> {
    let failed = |error: std::io::Error| Refusal::Wrong(format!("The key file {}", trouble::of_file(path, &error)));
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let half_written = path.with_extension(format!("key.{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    let mut open = options.write(true).create(true).truncate(true).mode(0o600).open(&half_written).map_err(failed)?;
    writeln!(open, "{}", hex::encode(bytes)).and_then(|()| open.sync_all()).map_err(failed)?;
    let linked = fs::hard_link(&half_written, path);
    fs::remove_file(&half_written).map_err(failed)?;
    match linked {
        Ok(()) => Ok(SecretKey(bytes)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            read(path, &fs::read_to_string(path).map_err(failed)?)
        }
        Err(error) => Err(failed(error)),
    }
}
