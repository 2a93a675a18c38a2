//! A throw-away Postgres for the whole test run: made by `initdb` in a temp folder, reached by a unix
//! socket only, without fsync. A shell keeps it and holds the other end of a pipe: when the test
//! process ends, however it ends, the pipe closes and the shell stops the server and removes the folder.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, OnceLock},
};

/// What the shell runs; `$1` is the folder of Postgres's programs.
const KEEPER: &str = r#"
set -eu
folder=$(mktemp -d /tmp/switchhook-postgres.XXXXXX)
"$1/initdb" -D "$folder/data" -U switchhook -A trust -E UTF8 --locale=C --no-sync >"$folder/initdb.log" 2>&1 \
  || { cat "$folder/initdb.log" >&2; rm -rf "$folder"; exit 1; }
"$1/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off -c synchronous_commit=off \
  -c full_page_writes=off -c max_connections=400 -c shared_buffers=64MB -c autovacuum=off -c log_min_messages=fatal \
  </dev/null >"$folder/log" 2>&1 &
server=$!
tries=0
until "$1/pg_isready" -q -h "$folder" -U switchhook -d postgres; do
  kill -0 $server 2>/dev/null && [ $tries -lt 300 ] || { cat "$folder/log" >&2; rm -rf "$folder"; exit 1; }
  tries=$((tries + 1)); sleep 0.1
done
echo "$folder"
cat >/dev/null || true
kill -QUIT $server; wait $server || true
rm -rf "$folder"
"#;

/// Keeps the pipe open as long as the test process lives.
static KEPT: Mutex<Option<Child>> = Mutex::new(None);

/// The address of the server's maintenance database: `TEST_DATABASE_URL` where given, else of a server
/// that is started on the first call.
pub fn server_url() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| std::env::var("TEST_DATABASE_URL").unwrap_or_else(|_| start()))
}

fn start() -> String {
    let Some(programs) = programs() else {
        panic!("Postgres is missing: install the package postgresql, or give TEST_DATABASE_URL")
    };
    let mut command = if is_root() {
        // Postgres refuses to run as root; its package brings a user of its own.
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    command.args(["-c", KEEPER, "keeper"]).arg(programs).current_dir("/tmp");
    // Its own process group: Ctrl-C ends the tests, and the closed pipe then ends the server in order.
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).spawn().expect("sh runs");
    let mut folder = String::new();
    let out = child.stdout.take().expect("stdout is piped");
    BufReader::new(out).read_line(&mut folder).expect("the keeper speaks");
    let folder = folder.trim();
    assert!(!folder.is_empty(), "the throw-away Postgres did not start; its words are above");
    *KEPT.lock().expect("nobody panics holding it") = Some(child);
    format!("postgres://switchhook@localhost/postgres?host={folder}")
}

/// The folder with `initdb` and `postgres`: Debian keeps it off PATH. The newest version wins.
fn programs() -> Option<PathBuf> {
    let version = |p: &Path| p.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.flatten().map(|e| e.path().join("bin")).collect())
        .unwrap_or_default();
    found.sort_by_key(|p| version(p));
    found.reverse();
    found.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    found.into_iter().find(|p| p.join("initdb").exists() && p.join("postgres").exists())
}

fn is_root() -> bool {
    std::fs::read_to_string("/proc/self/status")
        .is_ok_and(|s| s.lines().any(|l| l.starts_with("Uid:") && l.split_whitespace().nth(2) == Some("0")))
}
