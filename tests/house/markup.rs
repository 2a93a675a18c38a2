//! What the content security policy and both databases ask of the source.

use crate::source::{files, none, rust_files, shipped};

/// Nothing inline: the policy refuses it, and a browser would report it.
#[test]
fn no_view_has_inline_styles_scripts_or_handlers() {
    let mut complaints = Vec::new();
    for file in rust_files("src/ui").iter().chain(&rust_files("src/server/http")) {
        for (number, line) in shipped(&file.text).lines().enumerate() {
            let inline = [
                " style=\"",
                " style=move",
                " style=format",
                "<style",
                "onclick=",
                "onchange=",
                "onsubmit=",
                "javascript:",
            ];
            for found in inline.iter().filter(|i| line.contains(**i)) {
                complaints.push(format!("{}:{}: {found}", file.path, number + 1));
            }
        }
    }
    none("the content security policy refuses what is inline", complaints);
}

#[test]
fn nothing_is_fetched_from_elsewhere_by_the_pages() {
    let mut complaints = Vec::new();
    for file in files("style", &["css"]).iter().chain(&files("public", &["js", "css"])) {
        for (number, line) in file.text.lines().enumerate() {
            let elsewhere = line.contains("url(http") || line.contains("url(//") || line.contains("import(\"http");
            if elsewhere {
                complaints.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    none("pages load only from this installation", complaints);
}

/// One schema for both: each word here is known to one database only, or means another thing there.
#[test]
fn every_migration_is_written_for_both_databases() {
    let one_sided = [
        "autoincrement",
        "serial",
        "jsonb",
        "timestamptz",
        "now()",
        "datetime(",
        "strftime",
        "without rowid",
        "unlogged",
        "text[]",
        "::",
        "create extension",
        "pragma",
        "rowid",
        "citext",
        "generated always",
    ];
    let mut complaints = Vec::new();
    for file in files("migrations", &["sql"]) {
        for (number, line) in file.text.lines().enumerate() {
            let code = line.split("--").next().unwrap_or_default().to_lowercase();
            for word in one_sided.iter().filter(|w| code.contains(**w)) {
                complaints.push(format!("{}:{}: {word}", file.path, number + 1));
            }
        }
    }
    none("not portable", complaints);
}

#[test]
fn a_lint_is_set_aside_only_with_a_reason() {
    let mut complaints = Vec::new();
    for file in rust_files("src") {
        for (number, line) in file.text.lines().enumerate() {
            let silent = line.contains("#[allow(")
                || (line.contains("#[expect(") && line.ends_with(")]") && !line.contains("reason"));
            if silent {
                complaints.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    none("write #[expect(lint, reason = \"…\")]", complaints);
}

#[test]
fn the_server_is_behind_one_gate() {
    let gate = "#[cfg(feature = \"ssr\")]";
    let mut complaints = Vec::new();
    for file in rust_files("src/server") {
        if file.text.contains("feature = \"ssr\"") || file.text.contains("feature = \"hydrate\"") {
            complaints.push(format!("{}: server code needs no gate of its own", file.path));
        }
    }
    let lib = std::fs::read_to_string(crate::source::root().join("src/lib.rs")).expect("src/lib.rs");
    assert!(lib.contains(&format!("{gate}\npub mod server;")), "src/lib.rs gates the server");
    none("one gate", complaints);
}
