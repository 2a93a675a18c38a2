//! The database under the program: a file in a temporary folder, or a throw-away Postgres.

use crate::{
    Result,
    disk::Disk,
    machine::{self, Usage},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// Asks from outside, by a connection that is closed afterwards; SQLite's is opened with these options.
macro_rules! ask {
    ($database:expr, $options:literal, $pool:ident => $asked:expr) => {
        match $database.kind {
            Kind::Sqlite => {
                let pool = sqlx::SqlitePool::connect(&format!("{}{}", $database.url, $options)).await?;
                let $pool = &pool;
                let answer = $asked;
                pool.close().await;
                Ok(answer?)
            }
            Kind::Postgres => {
                let pool = sqlx::PgPool::connect(&$database.url).await?;
                let $pool = &pool;
                let answer = $asked;
                pool.close().await;
                Ok(answer?)
            }
        }
    };
}

/// A fresh database; gone when dropped.
pub struct Database {
    pub kind: Kind,
    pub url: String,
    folder: PathBuf,
    server: Option<Child>,
    disk: Option<Disk>,
}

impl Database {
    pub async fn fresh(kind: Kind) -> Result<Self> {
        Self::fresh_on(kind, None).await
    }
    /// With its tables on a disk of its own, of so many mebibytes. Of SQLite it is the program that is to see it.
    pub async fn on_a_disk_of(kind: Kind, mebibytes: u32) -> Result<Self> {
        Self::fresh_on(kind, Some(mebibytes)).await
    }
    async fn fresh_on(kind: Kind, mebibytes: Option<u32>) -> Result<Self> {
        let folder =
            std::env::temp_dir().join(format!("switchhook-rig-{}-{:x}", std::process::id(), rand::random::<u64>()));
        fs::create_dir_all(&folder)?;
        match kind {
            Kind::Sqlite => {
                let url = format!("sqlite://{}/switchhook.db", folder.display());
                let disk = mebibytes.map(|mebibytes| Disk { folder: folder.clone(), mebibytes });
                Ok(Self { kind, url, folder, server: None, disk })
            }
            Kind::Postgres => {
                let disk = mebibytes.map(|mebibytes| Disk { folder: folder.join("data"), mebibytes });
                let mut database = Self { kind, url: String::new(), folder, server: None, disk };
                if machine::is_root() {
                    // Postgres will not run as root.
                    run(Command::new("chown").arg("postgres").arg(&database.folder))?;
                }
                let mut init = database.command("initdb")?;
                init.args(["-U", "postgres", "-A", "trust", "-D"]).arg(database.data());
                if database.disk.is_some() {
                    // Without room for its write-ahead log it would not run at all.
                    init.arg("-X").arg(database.folder.join("log"));
                }
                run(&mut init)?;
                database.start().await?;
                Ok(database)
            }
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
    /// One of the server's programs, as a user that it runs for.
    fn command(&self, program: &str) -> Result<Command> {
        let path = programs()?.join(program);
        if !machine::is_root() {
            return Ok(Command::new(path));
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]).arg(path);
        Ok(command)
    }
    /// Starts the Postgres, again where it was stopped.
    pub async fn start(&mut self) -> Result<()> {
        let mut server = self.command("postgres")?;
        if let Some(disk) = &self.disk {
            let postgres = std::mem::replace(&mut server, disk.command());
            server.arg(postgres.get_program()).args(postgres.get_args());
        }
        let server = server
            .arg("-D")
            .arg(self.data())
            .args(["-c", "listen_addresses=", "-c", "max_connections=100"])
            .arg("-k")
            .arg(&self.folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        self.server = Some(server);
        self.url = Self::url_at(&self.folder);
        for _ in 0..300 {
            if sqlx::PgPool::connect(&self.url).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err("the throw-away Postgres did not start".into())
    }
    /// The disk that it has for itself.
    pub fn disk(&self) -> Option<&Disk> {
        self.disk.as_ref()
    }
    /// The Postgres, which sees it.
    pub fn server(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }
    /// Stops the Postgres without waiting for anybody.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        run(Command::new("kill").args(["-QUIT", &server.id().to_string()]))?;
        server.wait()?;
        Ok(())
    }

    /// Where a Postgres has its socket.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
    /// The address of a Postgres whose socket is in a folder.
    pub fn url_at(folder: &Path) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", folder.display())
    }

    /// What the database's own processes have used; nothing where it is inside the program.
    pub fn usage(&self) -> Usage {
        self.server.as_ref().map(|server| machine::usage(server.id())).unwrap_or_default()
    }
    /// Bytes on the disk.
    pub fn size(&self) -> u64 {
        size_of(&self.folder)
    }
    /// Bytes of SQLite's write-ahead log.
    pub fn log(&self) -> u64 {
        fs::metadata(self.folder.join("switchhook.db-wal")).map_or(0, |log| log.len())
    }
    /// Bytes of what it keeps, without the write-ahead log.
    pub async fn kept(&self) -> Result<i64> {
        self.checkpoint().await?;
        match self.kind {
            Kind::Sqlite => Ok(i64::try_from(self.size())?),
            Kind::Postgres => self.number("select pg_database_size(current_database())").await,
        }
    }
    /// Writes to its place what is only in the write-ahead log: what is measured next pays for none of it, and begins as
    /// far from the next such moment as any other.
    pub async fn checkpoint(&self) -> Result<()> {
        let statement = match self.kind {
            Kind::Sqlite => "pragma wal_checkpoint(truncate)",
            Kind::Postgres => "checkpoint",
        };
        self.run(statement).await
    }
    /// Runs one statement from outside.
    pub async fn run(&self, statement: &'static str) -> Result<()> {
        ask!(self, "", pool => sqlx::query(statement).execute(pool).await.map(drop))
    }
    /// Reads rows of three texts from outside, and leaves a log that is to be recovered as it is.
    pub async fn rows(&self, statement: &'static str) -> Result<Vec<(String, String, String)>> {
        ask!(self, "?mode=ro", pool => sqlx::query_as(statement).fetch_all(pool).await)
    }
    /// Runs one statement from outside; answers its first number.
    pub async fn number(&self, statement: &'static str) -> Result<i64> {
        ask!(self, "", pool => sqlx::query_scalar(statement).fetch_one(pool).await)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Gone already, then.
        let _ = self.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn size_of(path: &Path) -> u64 {
    let Ok(found) = fs::read_dir(path) else { return fs::metadata(path).map(|file| file.len()).unwrap_or(0) };
    found.flatten().map(|entry| size_of(&entry.path())).sum()
}

fn run(command: &mut Command) -> Result<()> {
    let done = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if done.success() { Ok(()) } else { Err(format!("{command:?} failed").into()) }
}

/// Where Debian and others keep the server's programs.
fn programs() -> Result<PathBuf> {
    let on_path =
        std::env::var_os("PATH").map(|all| std::env::split_paths(&all).collect::<Vec<_>>()).unwrap_or_default();
    let installed =
        fs::read_dir("/usr/lib/postgresql").map(|found| found.flatten().map(|e| e.path().join("bin")).collect());
    let mut places: Vec<PathBuf> = installed.unwrap_or_default();
    places.sort();
    places.reverse();
    places.extend(on_path);
    let found = places.into_iter().find(|place| place.join("initdb").exists());
    found.ok_or_else(|| "install postgresql (initdb was not found)".into())
}
