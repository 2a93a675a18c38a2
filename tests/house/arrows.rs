//! Arrows between layers go one way: ui → server_fns → access → domain → store; http → domain;
//! worker → domain; model is used by all and uses none.

use crate::source::{none, rust_files, shipped};

/// A layer, and the layers that it may use besides itself. The longest prefix that fits a path counts.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("ui", &["model", "server_fns"]),
    ("server_fns", &["model", "ui", "server::access", "server::domain", "server::env", "server::http"]),
    ("server::config", &["model"]),
    ("server::seal", &["model", "server::config", "server::env"]),
    ("server::store", &["model", "server::config", "server::env", "server::seal"]),
    ("server::convention", &["model", "server::env"]),
    ("server::notify", &["model", "server::config", "server::env"]),
    ("server::access", &["model", "server::config", "server::env", "server::store", "server::seal"]),
    (
        "server::domain",
        &[
            "model",
            "server::access",
            "server::config",
            "server::convention",
            "server::env",
            "server::notify",
            "server::seal",
            "server::store",
        ],
    ),
    (
        "server::worker",
        &[
            "model",
            "server::config",
            "server::convention",
            "server::domain",
            "server::env",
            "server::notify",
            "server::seal",
            "server::store",
        ],
    ),
    ("server::demo", &["model", "server::access", "server::domain", "server::env"]),
    (
        "server::http",
        &[
            "model",
            "ui",
            "server_fns",
            "server::access",
            "server::config",
            "server::convention",
            "server::domain",
            "server::env",
            "server::notify",
            "server::seal",
        ],
    ),
];

/// Files that put the layers together, and so may name all of them.
const TIES: &[&str] = &["src/main.rs", "src/lib.rs", "src/server/mod.rs", "src/server/env.rs"];

#[test]
fn layers_use_only_what_lies_below_them() {
    let mut complaints = Vec::new();
    for file in rust_files("src").iter().filter(|f| !TIES.contains(&f.path.as_str())) {
        let here = module(&file.path);
        let Some((layer, allowed)) = rule(&here) else { continue };
        for used in uses(&shipped(&file.text), &here) {
            let Some((other, _)) = rule(&used) else { continue };
            if other != layer && !allowed.contains(&other) {
                complaints.push(format!("{}: {layer} may not use {other} (here: {used})", file.path));
            }
        }
    }
    none("an arrow points back", complaints);
}

fn rule(path: &str) -> Option<(&'static str, &'static [&'static str])> {
    let fits = |layer: &str| path == layer || path.strip_prefix(layer).is_some_and(|rest| rest.starts_with("::"));
    MAY_USE.iter().copied().filter(|(layer, _)| fits(layer)).max_by_key(|(layer, _)| layer.len())
}

/// `src/server/store/db.rs` is `server::store::db`.
fn module(path: &str) -> String {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    inner.strip_suffix("/mod").unwrap_or(inner).replace('/', "::")
}

/// Every path of our own that the code names, from the root of the crate.
fn uses(code: &str, here: &str) -> Vec<String> {
    let mut found = Vec::new();
    for statement in code.split("use ").skip(1) {
        let tree = statement.split(';').next().unwrap_or_default();
        if tree.starts_with("crate::") || tree.starts_with("super::") {
            branches("", &tree.split_whitespace().collect::<String>(), &mut found);
        }
    }
    for start in code.match_indices("crate::").map(|(at, _)| at) {
        found.push(code[start..].chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect());
    }
    found.iter().filter_map(|path| from_root(path, here)).collect()
}

/// Opens the braces of a `use` tree.
fn branches(prefix: &str, tree: &str, found: &mut Vec<String>) {
    match tree.split_once('{') {
        None => found.push(format!("{prefix}{tree}")),
        Some((stem, rest)) => {
            let inside = rest.strip_suffix('}').unwrap_or(rest);
            let mut depth = 0;
            let parts = inside.split(|c| {
                depth += i32::from(c == '{') - i32::from(c == '}');
                c == ',' && depth == 0
            });
            for part in parts.filter(|p| !p.is_empty()) {
                branches(&format!("{prefix}{stem}"), part, found);
            }
        }
    }
}

fn from_root(path: &str, here: &str) -> Option<String> {
    if let Some(rest) = path.strip_prefix("crate::") {
        return Some(rest.to_string());
    }
    let mut parts: Vec<&str> = here.split("::").collect();
    let mut rest = path;
    while let Some(after) = rest.strip_prefix("super::") {
        parts.pop()?;
        rest = after;
    }
    parts.push(rest);
    Some(parts.join("::"))
}

#[test]
fn a_use_tree_opens_into_its_paths() {
    let code = "use crate::{model::{id::Id, time}, server::store};\nuse super::{access, env::Env};";
    let found = uses(code, "server::domain::events");
    for path in ["model::id::Id", "model::time", "server::store", "server::domain::access", "server::domain::env::Env"]
    {
        assert!(found.iter().any(|f| f == path), "{path} is missing in {found:?}");
    }
}
