//! `doctor`: looks at everything that an installation stands on, and says how to mend what is wrong.

use super::{Refusal, print::without_password, secret_key, trouble};
use crate::server::{
    config::Settings,
    convention::Conventions,
    env::{Clock, SystemClock},
    notify::mail::SmtpMailer,
    store::{
        db::Db,
        installation::{self, Schema},
    },
};
use std::{fs, time::Duration};

/// One thing looked at: its name, and what was found.
struct Finding {
    what: &'static str,
    result: Result<String, String>,
}

/// Prints a line for each thing looked at.
///
/// # Errors
/// Where something is wrong, so that scripts notice.
pub async fn run(settings: Settings) -> Result<(), Refusal> {
    let mut findings = vec![
        Finding { what: "clock", result: clock() },
        Finding { what: "disk", result: disk(&settings) },
        Finding { what: "public URL", result: public_url(&settings) },
        Finding { what: "mail", result: mail(&settings).await },
        Finding { what: "conventions", result: conventions(&settings) },
    ];
    match existing_database(&settings).await {
        Ok(db) => {
            findings.push(Finding { what: "database", result: Ok(without_password(&settings.database_url)) });
            findings.push(Finding { what: "schema", result: schema(&db).await });
            findings.push(Finding { what: "secret key", result: key(&settings, &db).await });
            db.close().await;
        }
        Err(why) => findings.push(Finding { what: "database", result: Err(why) }),
    }
    let wrong = findings.iter().filter(|finding| finding.result.is_err()).count();
    for Finding { what, result } in findings {
        match result {
            Ok(found) => println!("ok     {what}: {found}"),
            Err(why) => println!("wrong  {what}: {why}"),
        }
    }
    match wrong {
        0 => Ok(()),
        1 => Err(Refusal::Failed("1 thing is wrong; it is named above with how to mend it.".into())),
        more => Err(Refusal::Failed(format!("{more} things are wrong; they are named above with how to mend them."))),
    }
}

fn clock() -> Result<String, String> {
    let now = SystemClock.now();
    // Signatures carry the time, and receivers refuse those that are minutes off.
    if now.seconds() < 1_735_689_600 {
        return Err(format!(
            "it says {}; set it, for instance by NTP: receivers refuse old signatures",
            now.absolute()
        ));
    }
    Ok(now.absolute())
}

fn disk(settings: &Settings) -> Result<String, String> {
    let Some(path) = settings.sqlite_path() else { return Ok("the database is on Postgres".into()) };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(".".as_ref());
    if !folder.exists() {
        return Ok(format!("{} will be made at the first start", folder.display()));
    }
    let probe = folder.join(format!(".doctor-{}", std::process::id()));
    let written = fs::write(&probe, [0; 65_536]).and_then(|()| fs::remove_file(&probe));
    written
        .map_err(|error| format!("{} cannot be written to ({error}): free space or give rights", folder.display()))?;
    Ok(format!("{} can be written to", folder.display()))
}

fn public_url(settings: &Settings) -> Result<String, String> {
    let open = !settings.listen.ip().is_loopback();
    match (&settings.public_url, settings.is_https()) {
        (None, _) if open => {
            Err("set SWITCHHOOK_PUBLIC_URL to the address that people use: links in mails need it".into())
        }
        (Some(url), false) if open => Err(format!(
            "{url} is not https: put a proxy with a certificate in front, or passwords can be read on the way"
        )),
        _ => Ok(settings.public_url()),
    }
}

async fn mail(settings: &Settings) -> Result<String, String> {
    let (Some(url), Some(from)) = (&settings.smtp_url, &settings.mail_from) else {
        return Ok("no SMTP server is set: mails are in the log, links included".into());
    };
    let answered = SmtpMailer::new(url, from)?.test().await;
    answered.map_err(|error| {
        format!("the server of SWITCHHOOK_SMTP_URL does not answer ({error}): check address, port and password")
    })?;
    Ok(format!("the server answers; sender {from}"))
}

fn conventions(settings: &Settings) -> Result<String, String> {
    Conventions::load(settings.conventions_dir.as_deref()).map(|all| all.names().join(", "))
}

/// Opens without making: a doctor changes nothing.
async fn existing_database(settings: &Settings) -> Result<Db, String> {
    if let Some(path) = settings.sqlite_path().filter(|path| !path.exists()) {
        return Err(format!(
            "{} is not there yet: `switchhook serve` or `switchhook migrate` makes it",
            path.display()
        ));
    }
    trouble::of_place(settings)?;
    let opening = tokio::time::timeout(Duration::from_secs(8), Db::open(&settings.database_url, 2)).await;
    match opening {
        Ok(Ok(db)) => Ok(db),
        Ok(Err(error)) => Err(match trouble::of_database(settings, &error) {
            Refusal::Wrong(why) | Refusal::Failed(why) => why,
        }),
        Err(_) => Err("does not answer within 8 s: check DATABASE_URL and the network".into()),
    }
}

async fn schema(db: &Db) -> Result<String, String> {
    match installation::schema(db).await {
        Ok(Schema::Current) => Ok("up to date".into()),
        Ok(Schema::Older) => Err("is older than this program: run `switchhook migrate`".into()),
        Ok(Schema::Newer) => Err("is newer than this program: start the newer one, or restore a backup".into()),
        Err(error) => Err(format!("cannot be read ({error}): run `switchhook migrate`")),
    }
}

async fn key(settings: &Settings, db: &Db) -> Result<String, String> {
    let key = match (&settings.secret_key, secret_key::file(settings)) {
        (Some(key), _) => key.clone(),
        (None, Some(file)) => from_file(&file).and_then(|key| is_private(&file).map(|()| key))?,
        (None, None) => {
            return Err("is missing: set SWITCHHOOK_SECRET_KEY to the 64 hex digits of this installation".into());
        }
    };
    match secret_key::opens(&key, db).await {
        Ok(None) => Ok("reads; nothing is encrypted yet".into()),
        Ok(Some(true)) => Ok("opens what is stored".into()),
        Ok(Some(false)) => {
            Err("does not open what is stored: put back the key that this database was used with".into())
        }
        Err(error) => Err(format!("cannot be tried ({error})")),
    }
}

/// Whoever reads the key and the database reads every secret.
fn is_private(file: &std::path::Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(file).map_or(0, |found| found.permissions().mode());
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(format!("{0} can be used by other users: chmod 600 {0}", file.display())),
    }
}

fn from_file(file: &std::path::Path) -> Result<crate::server::config::SecretKey, String> {
    let text = fs::read_to_string(file)
        .map_err(|error| format!("{} cannot be read ({error}): put the file back", file.display()))?;
    crate::server::config::secret_key(&text).map_err(|why| format!("{} does not read: {why}", file.display()))
}
