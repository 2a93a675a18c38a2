//! The build task: everything a browser loads, made by cargo alone.
//!
//! `assets [--release]` builds the islands to WebAssembly, joins the style sheet, gives each file a name
//! with its hash, compresses it, and leaves all of it under `target/site`, from where the server embeds it.
//! `bytes` says what a browser loads with a page, `audit` looks at what dependencies bring. `dev` serves, and builds again when a file changes.

mod assets;
mod audit;
mod bytes;
mod dev;

use std::{
    env,
    path::{Path, PathBuf},
    process::exit,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let release = arguments.iter().any(|a| a == "--release");
    let result = match arguments.first().map(String::as_str) {
        Some("assets") => assets::build(release),
        Some("audit") => audit::check(),
        Some("bytes") => bytes::print(),
        Some("dev") => dev::watch(&arguments[1..]),
        _ => Err("usage: cargo xtask assets [--release] | bytes | audit | dev [settings of serve]".into()),
    };
    if let Err(error) = result {
        eprintln!("xtask: {error}");
        exit(1);
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The cargo that runs this task.
fn cargo() -> std::process::Command {
    let mut cargo = std::process::Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.current_dir(root());
    cargo
}
