//! What comes in with dependencies: only from crates.io, only under licences that we can ship with.
//! Known weaknesses are looked up by `cargo audit` where somebody has it: its list is not on crates.io.

use crate::{Result, cargo};
use serde_json::Value;

/// Licences that ask for no more than their text and notice.
const ALLOWED: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "OpenSSL",
];
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Fails naming each package that breaks a rule.
pub fn check() -> Result<()> {
    let output = cargo().args(["metadata", "--locked", "--quiet", "--format-version", "1"]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let mut complaints = Vec::new();
    for package in packages.iter().filter(|p| !p["source"].is_null()) {
        let name = format!("{} {}", package["name"], package["version"]).replace('"', "");
        let licence = package["license"].as_str().unwrap_or("none given");
        if package["source"] != REGISTRY {
            complaints.push(format!("{name} comes from {}", package["source"]));
        }
        if !acceptable(licence) {
            complaints.push(format!("{name} has the licence {licence}"));
        }
    }
    if complaints.is_empty() {
        println!("{} dependencies: from crates.io, with licences to ship", packages.len());
        return Ok(());
    }
    Err(complaints.join("\n").into())
}

/// Whether every part that is joined by AND offers a licence that is allowed.
fn acceptable(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    expression.split(" AND ").all(|part| {
        let part = part.trim_matches(|c| matches!(c, '(' | ')' | ' '));
        part.split(" OR ").any(|licence| ALLOWED.contains(&licence.trim()))
    })
}
