//! The command line, by running the program.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_switchhook");

/// The program with a SQLite file in `folder` and no other setting from outside.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().env("DATABASE_URL", format!("sqlite://{}/data/switchhook.db", folder.display()));
    command.env("SWITCHHOOK_LISTEN", "127.0.0.1:0").current_dir(folder);
    command
}

pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder).args(arguments).stdin(Stdio::null()).output().expect("the program runs")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Exit code 2, nothing on standard output, one line on standard error that contains all `words`.
#[track_caller]
pub fn refused(output: &Output, words: &[&str]) {
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert_eq!(text(&output.stdout), "", "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    for word in words {
        assert!(error.contains(word), "“{word}” is not in: {error}");
    }
}

pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temp folder")
}

/// A running `serve`; killed when dropped.
pub struct Serving {
    child: Child,
    pub base: String,
}

impl Serving {
    pub fn start(folder: &Path) -> Self {
        Self::of(program(folder))
    }
    /// The program in surroundings of the test's own.
    pub fn of(mut command: Command) -> Self {
        let mut child =
            command.arg("serve").stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("serve starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let ready = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("Switchhook is ready: ").map(str::to_string));
        // The rest is read and thrown away, so that the program never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base: ready.expect("serve says that it is ready") }
    }
    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").args([name, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(done.success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_wrong_value_ends_with_one_sentence_that_names_flag_and_variable() {
    let folder = folder();
    let wrong = |name: &str, value: &str| program(folder.path()).env(name, value).arg("migrate").output().unwrap();
    refused(&wrong("SWITCHHOOK_LISTEN", "here"), &["“here”", "--listen", "SWITCHHOOK_LISTEN"]);
    refused(&wrong("SWITCHHOOK_ALLOW_TARGETS", "ten"), &["SWITCHHOOK_ALLOW_TARGETS", "127.0.0.0/8"]);
    refused(&wrong("SWITCHHOOK_PUBLIC_URL", "ftp://x"), &["SWITCHHOOK_PUBLIC_URL", "https://"]);
    refused(&wrong("SWITCHHOOK_LOG", "switchhook=loud"), &["SWITCHHOOK_LOG"]);
    refused(&wrong("SWITCHHOOK_CONVENTIONS_DIR", "/nowhere"), &["SWITCHHOOK_CONVENTIONS_DIR"]);
    refused(&wrong("SWITCHHOOK_SMTP_URL", "smtp://mail.example.com"), &["SWITCHHOOK_MAIL_FROM"]);
    refused(&wrong("DATABASE_URL", "mysql://x"), &["DATABASE_URL", "sqlite://"]);
    refused(&run(folder.path(), &["serve", "--role", "everything"]), &["--role", "all, web, worker"]);
    refused(&run(folder.path(), &["fly"]), &["fly"]);
    assert!(!folder.path().join("data").exists(), "nothing was made");
}

#[test]
fn a_wrong_secret_is_not_repeated() {
    let folder = folder();
    let output = program(folder.path()).env("SWITCHHOOK_SECRET_KEY", "geheim").arg("migrate").output().unwrap();
    refused(&output, &["SWITCHHOOK_SECRET_KEY", "64 hex digits"]);
    assert!(!text(&output.stderr).contains("geheim"));
}

#[test]
fn an_unknown_variable_is_refused_and_the_nearest_one_named() {
    let folder = folder();
    let output = program(folder.path()).env("SWITCHHOOK_LISEN", "127.0.0.1:1").arg("migrate").output().unwrap();
    refused(&output, &["SWITCHHOOK_LISEN", "did you mean SWITCHHOOK_LISTEN"]);
}

#[test]
fn the_variable_that_names_the_program_for_its_starters_is_passed_over() {
    let folder = folder();
    let output = program(folder.path()).env("SWITCHHOOK_BIN", "/usr/bin/switchhook").arg("migrate").output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn a_variable_that_is_set_to_nothing_counts_as_not_set() {
    let folder = folder();
    let mut command = program(folder.path());
    let names = switchhook::server::config::VARIABLES;
    let plain = text(
        &program(folder.path()).env_remove("SWITCHHOOK_LISTEN").args(["config", "print"]).output().unwrap().stdout,
    );
    let output = command.envs(names.map(|name| (name, ""))).args(["config", "print"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), plain);
    assert!(
        plain.contains("SWITCHHOOK_SMTP_URL=\n") && plain.contains("SWITCHHOOK_LISTEN=127.0.0.1:3000\n"),
        "{plain}"
    );
    let output = program(folder.path()).env("DATABASE_URL", "").arg("migrate").output().unwrap();
    refused(&output, &["DATABASE_URL", "sqlite://"]);
}

#[test]
fn on_postgres_the_key_must_be_given() {
    let folder = folder();
    let mut command = program(folder.path());
    command.env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
    refused(&command.arg("serve").output().unwrap(), &["SWITCHHOOK_SECRET_KEY must be given"]);
}

#[test]
fn help_shows_each_flag_with_its_variable_and_default() {
    let folder = folder();
    let help = text(&run(folder.path(), &["serve", "--help"]).stdout);
    for word in
        ["--listen", "SWITCHHOOK_LISTEN", "127.0.0.1:3000", "--open-sign-up", "SWITCHHOOK_OPEN_SIGN_UP", "--role"]
    {
        assert!(help.contains(word), "{word} is not in:\n{help}");
    }
    assert_eq!(run(folder.path(), &["--version"]).status.code(), Some(0));
}

#[test]
fn settings_are_printed_with_secrets_masked() {
    let folder = folder();
    let mut command = program(folder.path());
    command.env("SWITCHHOOK_SECRET_KEY", "ab".repeat(32)).env("SWITCHHOOK_SMTP_URL", "smtps://me:geheim@mail.test");
    command.env("SWITCHHOOK_MAIL_FROM", "hooks@mail.test").env("DATABASE_URL", "postgres://me:geheim@db.test/x");
    let printed = text(&command.args(["config", "print"]).output().unwrap().stdout);
    assert!(
        printed.contains("SWITCHHOOK_SECRET_KEY=***\n") && printed.contains("SWITCHHOOK_MAIL_FROM=hooks@mail.test\n")
    );
    assert!(!printed.contains("geheim") && !printed.contains("abab"), "{printed}");
}

#[test]
fn an_organization_a_person_and_a_key_are_made_beside_a_running_serve() {
    let folder = folder();
    let serving = Serving::start(folder.path());
    let made = run(folder.path(), &["organization", "create", "--slug", "acme", "--name", "Acme"]);
    assert!(made.status.success() && text(&made.stdout).starts_with("org_"), "{}", text(&made.stderr));
    let key = run(folder.path(), &["api-key", "create", "--organization", "acme", "--name", "test"]);
    let key = text(&key.stdout);
    assert_eq!((key.lines().count(), key.starts_with("swh_")), (1, true), "the key alone: {key}");
    let mut user = program(folder.path());
    user.args(["user", "create", "--email", "ada@example.com", "--name", "Ada", "--password-stdin"]);
    user.args(["--organization", "acme", "--role", "owner"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut user = user.spawn().expect("it starts");
    user.stdin.take().expect("its input").write_all(b"a long enough phrase\n").expect("it reads");
    assert!(user.wait_with_output().expect("it ends").status.success());
    refused(&run(folder.path(), &["organization", "create", "--slug", "acme", "--name", "Again"]), &["taken"]);
    refused(&run(folder.path(), &["organization", "create", "--slug", "A b", "--name", "X"]), &["lower-case"]);
    refused(
        &run(folder.path(), &["organization", "create", "--slug", "x1", "--name", "X", "--convention", "no"]),
        &["no"],
    );
    refused(&run(folder.path(), &["api-key", "create", "--organization", "none", "--name", "k"]), &["none"]);
    let scope = ["api-key", "create", "--organization", "acme", "--name", "k", "--scope", "all"];
    refused(&run(folder.path(), &scope), &["events:write"]);
    let answers = tokio::runtime::Runtime::new().expect("a runtime").block_on(async {
        let browser = crate::support::browser::Browser::new(&serving.base);
        let fields = [("email", "ada@example.com"), ("password", "a long enough phrase")];
        browser.post("/sign-in", &fields).await.expect(303);
        let program = crate::support::browser::Program::new(&serving.base, key.trim());
        (browser.get("/o/acme/members").await.status, program.get("/v1/webhooks").await.status)
    });
    assert_eq!(answers, (200, 200));
}

#[test]
fn a_second_serve_on_the_same_file_is_refused_until_the_first_is_gone_however_it_went() {
    let folder = folder();
    let first = Serving::start(folder.path());
    refused(&run(folder.path(), &["serve"]), &["Another `switchhook serve` is running", "Postgres"]);
    first.signal("-KILL");
    drop(first);
    drop(Serving::start(folder.path()));
}

#[test]
fn a_signal_ends_serve_in_order_with_exit_code_0() {
    for signal in ["-TERM", "-INT"] {
        let folder = folder();
        let mut serving = Serving::start(folder.path());
        serving.signal(signal);
        let status = serving.child.wait().expect("it ends");
        assert_eq!(status.code(), Some(0), "{signal}");
    }
}

#[test]
fn the_key_is_made_once_beside_the_database_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    drop(Serving::start(folder.path()));
    let path = folder.path().join("data/secret.key");
    let first = std::fs::read_to_string(&path).expect("the key is there");
    assert!(first.trim().len() == 64 && first.trim().bytes().all(|c| c.is_ascii_hexdigit()));
    assert_eq!(std::fs::metadata(&path).expect("its rights").permissions().mode() & 0o777, 0o600);
    drop(Serving::start(folder.path()));
    assert_eq!(std::fs::read_to_string(&path).expect("the key is there"), first);
}

#[test]
fn the_doctor_says_what_is_wrong_and_how_to_mend_it() {
    let folder = folder();
    let ill = run(folder.path(), &["doctor"]);
    assert_eq!(ill.status.code(), Some(1));
    assert!(text(&ill.stdout).contains("wrong  database:") && text(&ill.stdout).contains("switchhook migrate"));
    assert!(!folder.path().join("data").exists(), "a doctor changes nothing");
    drop(Serving::start(folder.path()));
    let well = run(folder.path(), &["doctor"]);
    assert_eq!(well.status.code(), Some(0), "{}", text(&well.stdout));
    let key = folder.path().join("data/secret.key");
    std::fs::write(&key, "nonsense").expect("it is written");
    assert!(text(&run(folder.path(), &["doctor"]).stdout).contains("wrong  secret key:"));
}

/// The file that `docs/CONVENTIONS.md` walks through.
fn seventh_convention() -> &'static str {
    let rest = include_str!("../../docs/CONVENTIONS.md").split("```toml\n").nth(1).expect("a TOML block");
    rest.split("```").next().expect("its end")
}

#[test]
fn a_convention_of_the_operators_own_is_there_for_serve_and_the_command_line() {
    let folder = folder();
    let conventions = folder.path().join("conventions");
    std::fs::create_dir(&conventions).expect("a folder");
    let file = conventions.join("parcelway.toml");
    std::fs::write(&file, seventh_convention()).expect("it is written");
    let with = |arguments: &[&str]| {
        let mut command = program(folder.path());
        command.env("SWITCHHOOK_CONVENTIONS_DIR", &conventions).args(arguments).output().expect("it runs")
    };
    let create = ["organization", "create", "--slug", "acme", "--name", "Acme", "--convention", "parcelway"];
    refused(&run(folder.path(), &create), &["parcelway", "standard"]);
    let made = with(&create);
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(text(&with(&["doctor"]).stdout).contains("parcelway, portal"));

    // Without its file nothing is begun.
    refused(&run(folder.path(), &["serve"]), &["“acme”", "“parcelway”", "SWITCHHOOK_CONVENTIONS_DIR"]);

    std::fs::write(&file, seventh_convention().replace("timeout_seconds = 5", "timeout_seconds = 50"))
        .expect("written");
    for arguments in [&["serve"][..], &create] {
        refused(&with(arguments), &["SWITCHHOOK_CONVENTIONS_DIR", "parcelway.toml: line 5, delivery.timeout_seconds:"]);
    }
}
