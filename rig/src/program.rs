//! The program under test, as its own process: started, asked, stopped, killed.

use crate::{
    Result,
    api::Api,
    database::Database,
    disk::Disk,
    machine::{self, Usage, now_ns},
};
use std::{
    fs::File,
    io::Write,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Where the program is and how it is set up.
#[derive(Debug, Clone)]
pub struct Setup {
    pub binary: PathBuf,
    pub address: SocketAddr,
    /// `all`, `web` or `worker`.
    role: &'static str,
    /// Shell commands before it starts.
    limits: &'static str,
    database_url: String,
    /// Where it ends itself, as `events-committed:3`; a debug build alone knows such points.
    kill_point: Option<String>,
    /// Where its data has a disk of its own.
    disk: Option<Disk>,
    /// By how much its clock is wrong.
    clock: Option<PathBuf>,
    /// Where the system's calls that write to the disk are noted down.
    trace: Option<PathBuf>,
}

/// The release build, unless `SWITCHHOOK_BIN` names another.
pub fn binary() -> Result<PathBuf> {
    let path = std::env::var_os("SWITCHHOOK_BIN").map_or_else(|| "target/release/switchhook".into(), PathBuf::from);
    if path.exists() {
        Ok(path.canonicalize()?)
    } else {
        Err(format!("{} is not there: run make build", path.display()).into())
    }
}

impl Setup {
    pub fn new(database: &Database) -> Result<Self> {
        // Free a moment ago; nobody else asks for one here.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        Ok(Self {
            binary: binary()?,
            address,
            role: "all",
            limits: "",
            database_url: database.url.clone(),
            kill_point: None,
            disk: None,
            clock: None,
            trace: None,
        })
    }
    pub fn in_role(mut self, role: &'static str) -> Self {
        self.role = role;
        self
    }
    /// With limits that a shell sets before it becomes the program, as `ulimit -n 128;`.
    pub fn with_limits(mut self, limits: &'static str) -> Self {
        self.limits = limits;
        self
    }
    /// With another way to its database.
    pub fn with_database(mut self, url: String) -> Self {
        self.database_url = url;
        self
    }
    /// The same, to end when it reaches a point for the so manieth time.
    pub fn ending_at(&self, point: &str, times: u32) -> Self {
        Self { kill_point: Some(format!("{point}:{times}")), ..self.clone() }
    }
    /// The same, with every sync to the disk noted down in this file, which strace does.
    pub fn traced_to(mut self, file: &Path) -> Self {
        self.trace = Some(file.to_owned());
        self
    }
    pub fn is_sqlite(&self) -> bool {
        self.database_url.starts_with("sqlite")
    }
    /// With its data on a disk of its own.
    pub fn on_a_disk(mut self, disk: &Disk) -> Self {
        self.disk = Some(disk.clone());
        self
    }
    /// With a clock that is as wrong as a file says, as `+86400` or `-3600`, from the moment when it says so.
    pub fn by_the_clock_of(mut self, file: &Path) -> Self {
        self.clock = Some(file.to_owned());
        self
    }
    fn command(&self) -> Command {
        let mut command = match &self.trace {
            None if let Some(disk) = &self.disk => {
                let mut command = disk.command();
                command.arg("sh");
                command
            }
            Some(file) => {
                // The tracer stands aside, so that the child that is waited for and told is the program.
                let mut command = Command::new("strace");
                command.args(["-D", "-f", "-y", "-e", "trace=fsync,fdatasync", "-o"]).arg(file).arg("sh");
                command
            }
            None => Command::new("sh"),
        };
        command.arg("-c").arg(format!("{} exec \"$0\" \"$@\"", self.limits)).arg(&self.binary);
        command
            .env("DATABASE_URL", &self.database_url)
            .env("SWITCHHOOK_LISTEN", self.address.to_string())
            .env("SWITCHHOOK_ALLOW_TARGETS", "127.0.0.0/8")
            .env("SWITCHHOOK_LOG", "warn");
        if let Some(point) = &self.kill_point {
            command.env("KILL_POINT", point);
        }
        if let Some(file) = &self.clock {
            // What counts only seconds goes on as it is. `$LIB` is where the system has its libraries.
            command
                .env("LD_PRELOAD", "/usr/$LIB/faketime/libfaketimeMT.so.1")
                .env("FAKETIME_TIMESTAMP_FILE", file)
                .env("FAKETIME_NO_CACHE", "1")
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        if self.database_url.starts_with("postgres") {
            command.env("SWITCHHOOK_SECRET_KEY", "0123456789abcdef".repeat(4));
        }
        command
    }
    /// Runs a command of the program; answers what it prints.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        self.run_with(arguments, "")
    }
    /// The same, with something to read.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Result<String> {
        let mut command = self.command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        child.stdin.take().ok_or("no standard input")?.write_all(input.as_bytes())?;
        let done = child.wait_with_output()?;
        if !done.status.success() {
            return Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&done.stderr)).into());
        }
        Ok(String::from_utf8(done.stdout)?.trim().to_owned())
    }
    /// An organization; answers an API key of it.
    pub fn organization(&self, slug: &str) -> Result<String> {
        self.run(&["organization", "create", "--slug", slug, "--name", slug])?;
        self.run(&["api-key", "create", "--organization", slug, "--name", "rig"])
    }
    /// Starts it, and waits for nothing.
    pub fn spawn(&self) -> Result<Program> {
        let log = File::options().create(true).append(true).open(log())?;
        let child =
            self.command().arg("serve").args(["--role", self.role]).stdout(log.try_clone()?).stderr(log).spawn()?;
        Ok(Program { child, address: self.address })
    }
    /// Starts it and waits until it says that it is well.
    pub async fn start(&self) -> Result<Program> {
        let started = now_ns();
        let mut program = self.spawn()?;
        for _ in 0..6_000 {
            if Api::new(self.address, "").get("/healthz").await.is_ok_and(|answer| answer.status() == 200) {
                return Ok(program);
            }
            if let Some(status) = program.child.try_wait()? {
                return Err(format!("the program ended at its start: {status}").into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(format!("the program was not well after {} s", (now_ns() - started) / 1_000_000_000).into())
    }
}

/// Where all programs that were started from here log to.
pub fn log() -> PathBuf {
    std::env::temp_dir().join(format!("switchhook-rig-{}.log", std::process::id()))
}

/// A running program; killed when dropped.
pub struct Program {
    child: Child,
    pub address: SocketAddr,
}

impl Program {
    pub fn usage(&self) -> Usage {
        machine::usage(self.child.id())
    }
    pub fn api(&self, key: &str) -> Api {
        Api::new(self.address, key)
    }
    /// SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
    /// Whether it ends by itself before this time has passed.
    pub async fn ends_within(&mut self, patience: Duration) -> Result<bool> {
        let until = now_ns() + u64::try_from(patience.as_nanos())?;
        while now_ns() < until {
            if self.child.try_wait()?.is_some() {
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(false)
    }
    /// Sends a signal by its name, as `STOP`.
    pub fn signal(&self, name: &str) -> Result<()> {
        let done = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status()?;
        if done.success() { Ok(()) } else { Err(format!("SIG{name} could not be sent").into()) }
    }
    pub fn id(&self) -> u32 {
        self.child.id()
    }
    /// Copies what is on its own disk at this moment to where others look for it.
    pub fn copy_disk(&self, disk: &Disk) -> Result<()> {
        self.signal("STOP")?;
        while !std::fs::read_to_string(format!("/proc/{}/stat", self.id()))?.contains(") T ") {}
        for file in std::fs::read_dir(disk.seen_by(self.id()))? {
            let file = file?;
            std::fs::copy(file.path(), disk.folder.join(file.file_name()))?;
        }
        self.signal("CONT")
    }
    /// It can open nothing more than what is open now.
    pub fn take_descriptors(&self) -> Result<()> {
        // What is open stays open; what is closed from now on gives no other its place.
        self.limit("--nofile=3:")
    }
    /// How many file descriptors it may have.
    pub fn descriptors(&self) -> Result<u64> {
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", self.child.id()))?;
        let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).ok_or("no limit")?;
        Ok(line.split_whitespace().next().ok_or("no number")?.parse()?)
    }
    /// It has as many file descriptors as it may ask for.
    pub fn give_descriptors(&self) -> Result<()> {
        self.limit("--nofile=1024:")
    }
    fn limit(&self, limit: &str) -> Result<()> {
        let done = Command::new("prlimit").args([limit, "--pid", &self.child.id().to_string()]).status()?;
        if done.success() { Ok(()) } else { Err(format!("{limit} could not be set").into()) }
    }
    /// SIGTERM; answers the exit code.
    pub async fn stop(&mut self) -> Result<Option<i32>> {
        self.signal("TERM")?;
        for _ in 0..3_000 {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.code());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err("the program did not stop within 30 s".into())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Gone already, then.
        let _ = self.kill();
    }
}
