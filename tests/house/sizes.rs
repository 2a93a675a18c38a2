//! Short files and short functions.

use crate::source::{Source, files, none, rust_files};

const LONGEST_FILE: usize = 400;
const LONGEST_FUNCTION: usize = 80;
/// Views are mostly markup.
const LONGEST_VIEW: usize = 100;

fn all() -> Vec<Source> {
    let folders = ["src", "tests", "xtask/src", "end2end", "style", "public", "scripts"];
    folders.iter().flat_map(|folder| files(folder, &["rs", "ts", "mjs", "js", "css"])).collect()
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let long = all().into_iter().filter(|f| f.text.lines().count() > LONGEST_FILE);
    none("split these files", long.map(|f| format!("{}: {} lines", f.path, f.text.lines().count())).collect());
}

#[test]
fn half_of_the_files_have_fewer_than_120_lines() {
    let mut lengths: Vec<usize> = rust_files("src").iter().map(|f| f.text.lines().count()).collect();
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median < 120, "the median file has {median} lines");
}

/// `(file, name, lines, whether it is a view)` of every function; relies on the layout of rustfmt.
fn functions() -> Vec<(String, String, usize, bool)> {
    let mut found = Vec::new();
    for file in rust_files("src").into_iter().chain(rust_files("tests")).chain(rust_files("xtask/src")) {
        let lines: Vec<&str> = file.text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let code = line.trim_start();
            let words =
                code.trim_start_matches("pub ").trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ");
            let words = words.trim_start_matches("const ").trim_start_matches("async ");
            let Some(name) = words.strip_prefix("fn ") else { continue };
            let indent = line.len() - code.len();
            let closes = format!("{}}}", " ".repeat(indent));
            let one_line = code.ends_with('}') || code.ends_with(';');
            let length = if one_line { 1 } else { lines[at..].iter().position(|l| *l == closes).unwrap_or(0) + 1 };
            let view =
                lines[at.saturating_sub(3)..at].iter().any(|l| l.contains("#[component") || l.contains("#[island"));
            let name = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.push((file.path.clone(), name, length, view));
        }
    }
    found
}

#[test]
fn no_function_is_longer_than_80_lines_and_no_view_than_100() {
    let long = functions().into_iter().filter(|f| f.2 > if f.3 { LONGEST_VIEW } else { LONGEST_FUNCTION });
    none(
        "split these functions",
        long.map(|(file, name, lines, _)| format!("{file}: {name} has {lines} lines")).collect(),
    );
}

#[test]
fn nine_of_ten_functions_have_fewer_than_40_lines() {
    let all = functions();
    let short = all.iter().filter(|f| f.2 < 40).count();
    assert!(short * 10 >= all.len() * 9, "only {short} of {} functions have fewer than 40 lines", all.len());
}

#[test]
fn no_file_or_module_is_called_after_nothing() {
    let vague = ["util", "utils", "common", "helper", "helpers", "manager", "misc"];
    let named = rust_files("src").into_iter().filter(|f| {
        let path = f.path.trim_end_matches(".rs");
        path.split('/').any(|part| vague.contains(&part))
    });
    none("say what it is", named.map(|f| f.path).collect());
}
