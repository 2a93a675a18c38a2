//! The installation's key: given, or kept in a file beside the SQLite database.

use super::Refusal;
use crate::server::{
    config::{SecretKey, Settings, secret_key},
    env::Random,
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

/// The key in force: the setting, else the file, made at the first start.
pub fn find(settings: &Settings, random: &dyn Random) -> Result<SecretKey, Refusal> {
    if let Some(key) = &settings.secret_key {
        return Ok(key.clone());
    }
    let Some(path) = file(settings) else {
        return Err(Refusal::Wrong(
            "On Postgres SWITCHHOOK_SECRET_KEY must be given: 64 hex digits, as `openssl rand -hex 32` prints, \
             the same for every process."
                .into(),
        ));
    };
    match fs::read_to_string(&path) {
        Ok(text) => read(&path, &text),
        Err(error) if error.kind() == ErrorKind::NotFound => make(&path, random),
        Err(error) => Err(Refusal::Wrong(format!("The key file {} cannot be read: {error}.", path.display()))),
    }
}

fn read(path: &Path, text: &str) -> Result<SecretKey, Refusal> {
    let wrong = |why| Refusal::Wrong(format!("The key file {} does not read: {why}.", path.display()));
    secret_key(text).map_err(wrong)
}

/// Written under another name and linked into place, so that of two first starts one key wins, whole.
fn make(path: &Path, random: &dyn Random) -> Result<SecretKey, Refusal> {
    let failed =
        |error: std::io::Error| Refusal::Wrong(format!("The key file {} cannot be made: {error}.", path.display()));
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
