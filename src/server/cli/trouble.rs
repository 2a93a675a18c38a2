//! What the operator is told where the database cannot be used: what is wrong, where, and what to do about it.

use super::{Refusal, print::without_password};
use crate::server::{config::Settings, store::db};
use sqlx::{Error, migrate::MigrateError};
use std::{
    fs::OpenOptions,
    io::{self, ErrorKind},
    path::Path,
};

/// An error of the system in its words, without its number.
pub fn said(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

/// Why a file of ours cannot be used, and what to do.
pub fn of_file(path: &Path, error: &io::Error) -> String {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let what_to_do = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            format!("give the user that Switchhook runs as the right to read and write in {}", folder.display())
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on the disk".into(),
        _ => format!("see what is at {}, or name another place in DATABASE_URL", folder.display()),
    };
    format!("{} cannot be used ({}): {what_to_do}.", path.display(), said(error))
}

/// SQLite would open a file that it may not write to all the same, and fail at the first write.
pub fn of_place(settings: &Settings) -> Result<(), String> {
    let Some(path) = settings.sqlite_path().filter(|path| path.exists()) else { return Ok(()) };
    if path.is_dir() {
        return Err(format!("{} is a folder: name a file in it in DATABASE_URL.", path.display()));
    }
    OpenOptions::new().append(true).open(&path).map(drop).map_err(|error| of_file(&path, &error))
}

/// Why the database cannot be opened or used.
pub fn of_database(settings: &Settings, error: &Error) -> Refusal {
    let place =
        settings.sqlite_path().map_or_else(|| without_password(&settings.database_url), |p| p.display().to_string());
    let why = match error {
        Error::Database(fault) => of_code(&fault.code().unwrap_or_default(), fault.message()),
        Error::Configuration(cause) if settings.sqlite_path().is_none() => format!(
            "the address does not read ({cause}): give postgres://user:password@host:5432/database, with signs like \
             / # @ : in the password written as %2F %23 %40 %3A"
        ),
        // The address as it was given: it did not read, so a password in it cannot be masked.
        Error::Configuration(cause) => format!("the address does not read ({cause}): give sqlite://path"),
        Error::Io(cause) if settings.sqlite_path().is_some() => {
            return Refusal::Wrong(of_file(&settings.sqlite_path().unwrap_or_default(), cause));
        }
        Error::Io(cause) if cause.kind() == ErrorKind::ConnectionRefused => {
            "no database answers there: start it, and check host and port".into()
        }
        Error::Io(cause) => format!("it cannot be reached ({}): check host, port and network", said(cause)),
        Error::PoolTimedOut => "it does not answer: check host, port and network, and that it runs".into(),
        Error::Tls(cause) => format!("no encrypted connection is possible ({cause}): check sslmode and certificates"),
        other => other.to_string(),
    };
    let place = if matches!(error, Error::Configuration(_)) { String::new() } else { format!(" ({place})") };
    Refusal::Wrong(format!("The database of DATABASE_URL{place} cannot be used: {why}."))
}

/// By SQLite's result codes and Postgres' SQLSTATEs.
fn of_code(code: &str, message: &str) -> String {
    let what_to_do = match code {
        "28P01" | "28000" => "check user and password",
        "3D000" => "create it (createdb), or name another",
        "42501" => "give the user the right to create tables in its schema",
        "53300" => "let the server take more connections, or lower SWITCHHOOK_DATABASE_CONNECTIONS",
        "57P03" => "it is starting or stopping, so try again in a moment",
        _ if code.len() == 5 => "see the server's log",
        // The low byte is the kind: https://www.sqlite.org/rescode.html
        _ => match code.parse::<u32>().unwrap_or(0) & 0xff {
            5 | 6 => "another program holds it: end that one",
            8 => "give the user that Switchhook runs as the right to write to it",
            10 => "look after the disk",
            11 => "it is damaged: restore your last backup",
            13 => "make room on the disk",
            14 => "give the user that Switchhook runs as the right to read and write the file and its folder",
            26 => "name another file, or put the right one back; this one was left as it is",
            _ => "see docs/OPERATIONS.md",
        },
    };
    format!("{message}; {what_to_do}")
}

/// Why the schema cannot be brought up to date.
pub fn of_migration(settings: &Settings, error: &MigrateError) -> Refusal {
    let newest = db::migrations().max().unwrap_or_default();
    let wrong = |why: String| Refusal::Wrong(format!("The database cannot be brought up to date: {why}."));
    match error {
        MigrateError::VersionMissing(version) if *version > newest => wrong(format!(
            "a newer Switchhook has used it (its schema is {version}, this program knows {newest}). Start the newer \
             program, or restore the backup from before the upgrade"
        )),
        MigrateError::VersionMissing(version) | MigrateError::VersionMismatch(version) => wrong(format!(
            "it was made by another build of Switchhook, whose migration {version} is not this program's. Start that \
             build, or name another database in DATABASE_URL"
        )),
        MigrateError::Dirty(version) => {
            wrong(format!("migration {version} was broken off half-way. Restore the backup from before the upgrade"))
        }
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => of_database(settings, cause),
        other => Refusal::Failed(format!("The database cannot be brought up to date: {other}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_system_is_told_without_its_number() {
        assert_eq!(said(&io::Error::from_raw_os_error(13)), "Permission denied");
    }
}
