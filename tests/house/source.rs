//! The source as text.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One file: its path from the root of the repository, with forward slashes, and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file under `folder` with one of these endings.
pub fn files(folder: &str, endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    walk(&root().join(folder), endings, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

pub fn rust_files(folder: &str) -> Vec<Source> {
    files(folder, &["rs"])
}

fn walk(folder: &Path, endings: &[&str], found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|n| n != "node_modules") {
                walk(&path, endings, found);
            }
        } else if path.extension().and_then(|e| e.to_str()).is_some_and(|e| endings.contains(&e)) {
            let text = fs::read_to_string(&path).expect("a text file");
            let path = path.strip_prefix(root()).expect("under the root").to_string_lossy().replace('\\', "/");
            found.push(Source { path, text });
        }
    }
}

/// Without line comments, and without what follows `#[cfg(test)]` at the margin.
pub fn shipped(text: &str) -> String {
    let until = text.find("\n#[cfg(test)]\nmod ").unwrap_or(text.len());
    let code = text[..until].lines().map(|line| {
        line.split_once("//").map_or(line, |(code, comment)| {
            // `//` within a string, as in "http://", is no comment.
            if code.matches('"').count() % 2 == 0 {
                code
            } else {
                let _ = comment;
                line
            }
        })
    });
    code.collect::<Vec<_>>().join("\n")
}

/// Fails with every complaint at once.
#[track_caller]
pub fn none(rule: &str, complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{rule}:\n  {}", complaints.join("\n  "));
}
