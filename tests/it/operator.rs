//! What an operator is told who has set something up wrongly: what is wrong, where, and what to do; exit code 2.

use crate::accounts_cli::{Serving, folder, program, refused, run, text};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

/// The program's `serve` with one setting more.
fn with(folder: &Path, name: &str, value: &str) -> std::process::Output {
    program(folder).env(name, value).arg("serve").output().expect("it runs")
}

/// An installation with a webhook, whose secret is encrypted with the key of its file.
async fn with_a_webhook(folder: &Path) {
    let serving = Serving::start(folder);
    assert!(run(folder, &["organization", "create", "--slug", "acme", "--name", "Acme"]).status.success());
    let key = text(&run(folder, &["api-key", "create", "--organization", "acme", "--name", "test"]).stdout);
    let program = crate::support::browser::Program::new(&serving.base, key.trim());
    let made = program.post("/v1/webhooks", serde_json::json!({ "url": "https://example.com/hooks" })).await;
    assert_eq!(made.status, 201);
}

#[test]
fn a_database_that_does_not_answer_is_named_without_its_password() {
    let folder = folder();
    let mut command = program(folder.path());
    command.env("SWITCHHOOK_SECRET_KEY", "ab".repeat(32)).arg("serve");
    let refusal = command.env("DATABASE_URL", "postgres://me:geheim@127.0.0.1:1/x").output().unwrap();
    refused(&refusal, &["me:***@127.0.0.1:1/x", "no database answers there", "start it"]);
    assert!(!text(&refusal.stderr).contains("geheim"));
    let refusal = command.env("DATABASE_URL", "postgres://me:ge#heim@127.0.0.1/x").output().unwrap();
    refused(&refusal, &["DATABASE_URL", "%23"]);
    assert!(!text(&refusal.stderr).contains("heim"));
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_is() {
    let folder = folder();
    let file = folder.path().join("letters.txt");
    let letters = "Dear all, this is a letter and no database, as anybody can see.";
    fs::write(&file, letters).unwrap();
    let url = format!("sqlite://{}", file.display());
    refused(&with(folder.path(), "DATABASE_URL", &url), &["letters.txt", "file is not a database", "left as it is"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), letters);
    let url = format!("sqlite://{}", folder.path().display());
    refused(&with(folder.path(), "DATABASE_URL", &url), &["is a folder", "DATABASE_URL"]);
}

#[test]
fn a_database_that_a_newer_program_has_used_is_refused_and_the_doctor_says_so_too() {
    let folder = folder();
    drop(Serving::start(folder.path()));
    let later = "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
        values (20991231000000, 'later', true, x'00', 0)";
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let url = format!("sqlite://{}/data/switchhook.db", folder.path().display());
        let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
        sqlx::query(later).execute(&pool).await.unwrap();
        pool.close().await;
    });
    refused(&run(folder.path(), &["serve"]), &["a newer Switchhook has used it", "20991231000000", "backup"]);
    let doctor = run(folder.path(), &["doctor"]);
    assert!(text(&doctor.stdout).contains("wrong  schema: is newer than this program"), "{}", text(&doctor.stdout));
}

#[tokio::test]
async fn with_another_key_than_the_databases_own_nothing_is_begun_and_no_new_key_is_made() {
    let folder = folder();
    with_a_webhook(folder.path()).await;
    let other = with(folder.path(), "SWITCHHOOK_SECRET_KEY", &"ab".repeat(32));
    refused(&other, &["SWITCHHOOK_SECRET_KEY is not the one", "put that one back"]);
    let file = folder.path().join("data/secret.key");
    let kept = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    refused(&run(folder.path(), &["serve"]), &["secret.key is missing", "backup", "SWITCHHOOK_SECRET_KEY"]);
    refused(&run(folder.path(), &["organization", "create", "--slug", "b", "--name", "B"]), &["secret.key is missing"]);
    assert!(!file.exists());
    fs::write(&file, kept).unwrap();
    drop(Serving::start(folder.path()));
    // The file is readable for all, as it was written here.
    let doctor = text(&run(folder.path(), &["doctor"]).stdout);
    assert!(doctor.contains("wrong  secret key:") && doctor.contains("chmod 600"), "{doctor}");
}

#[test]
fn a_public_address_is_a_scheme_and_a_host_and_nothing_more() {
    let folder = folder();
    let too_much = ["https://hooks.example.com/a", "https://me:pw@hooks.example.com", "https://hooks.example.com/#x"];
    for address in too_much {
        refused(
            &with(folder.path(), "SWITCHHOOK_PUBLIC_URL", address),
            &["SWITCHHOOK_PUBLIC_URL", "host and port alone"],
        );
    }
    refused(&with(folder.path(), "SWITCHHOOK_PUBLIC_URL", "hooks.example.com"), &["https://hooks.example.com"]);
}

#[test]
fn the_address_that_is_listened_on_is_told_where_the_public_one_is_another() {
    let folder = folder();
    let mut command = program(folder.path());
    let mut child = command
        .env("SWITCHHOOK_PUBLIC_URL", "https://Hooks.Example.com:443/")
        .arg("serve")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let told: Vec<String> = lines.filter(|line| line.starts_with("Switchhook ")).take(2).collect();
    let address = told[0].strip_prefix("Switchhook listens on http://").expect("the address").to_owned();
    let is_there = std::net::TcpStream::connect(&address).is_ok();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_there, "{address}");
    assert_eq!(told[1], "Switchhook is ready: https://hooks.example.com");
}

#[test]
fn a_port_that_is_taken_is_named_and_what_to_do() {
    let folder = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refused(&with(folder.path(), "SWITCHHOOK_LISTEN", &address), &[&address, "choose another port"]);
}

#[test]
fn a_value_that_is_no_text_is_named() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder();
    let broken = std::ffi::OsStr::from_bytes(b"\xff");
    let output = program(folder.path()).env("SWITCHHOOK_LISTEN", broken).arg("serve").output().unwrap();
    refused(&output, &["SWITCHHOOK_LISTEN", "no readable text"]);
}
