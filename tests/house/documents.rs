//! Documents keep up with the program.

use crate::source::{none, root};
use std::fs;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|_| panic!("{path} is missing"))
}

#[test]
fn every_setting_is_described_in_operations() {
    let config = read("src/server/config.rs");
    let operations = read("docs/OPERATIONS.md");
    let names: Vec<&str> = config.split("env = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(names.len() > 8, "settings are read from config.rs");
    let silent = names.into_iter().filter(|name| !operations.contains(&format!("`{name}`")));
    none("docs/OPERATIONS.md is silent about", silent.map(str::to_string).collect());
}

#[test]
fn the_makefile_lists_what_the_readme_promises() {
    let makefile = read("Makefile");
    let missing = ["run", "test", "build", "dev", "lint", "demo", "bench", "help"]
        .into_iter()
        .filter(|target| !makefile.contains(&format!("\n{target}: ")));
    none("make lacks", missing.map(str::to_string).collect());
}

#[test]
fn each_dependency_says_why_it_is_there() {
    let manifest = read("Cargo.toml");
    let dependencies =
        manifest.split("[dependencies]").nth(1).and_then(|t| t.split("\n[profile").next()).expect("dependencies");
    let silent = dependencies.lines().filter(|l| l.contains(" = ") && !l.starts_with('#') && !l.contains(" # "));
    none("give a reason beside", silent.map(str::to_string).collect());
}
