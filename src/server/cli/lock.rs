//! One `serve` for each SQLite file. The lock is the operating system's: it goes with the process,
//! however that ends, and the commands that write a row or two do not take it.

use super::{Refusal, trouble};
use crate::server::config::Settings;
use std::fs::{File, OpenOptions, TryLockError};

/// Held as long as the process serves.
#[derive(Debug)]
pub struct Lock {
    _file: Option<File>,
}

/// Takes the lock, or refuses in one sentence; on Postgres there is none.
pub fn take(settings: &Settings) -> Result<Lock, Refusal> {
    let Some(database) = settings.sqlite_path() else { return Ok(Lock { _file: None }) };
    let mut name = database.clone().into_os_string();
    name.push(".lock");
    let failed =
        |error: std::io::Error| Refusal::Wrong(format!("The lock file {}", trouble::of_file(name.as_ref(), &error)));
    if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&name).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: Some(file) }),
        Err(TryLockError::WouldBlock) => Err(Refusal::Wrong(format!(
            "Another `switchhook serve` is running on {}: stop it first, or use Postgres for several processes.",
            database.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
