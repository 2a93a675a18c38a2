//! Convention files of the operator's own, read once at start beside those that come with the program.

use super::{Convention, Conventions, check};
use std::{fs, path::Path, sync::Arc};

/// Largest file, in bytes: one is written by hand.
const MAX_FILE: u64 = 1024 * 1024;

impl Conventions {
    /// The built-in ones, and every `*.toml` in the folder.
    ///
    /// # Errors
    /// One sentence that names file, line and key: whatever cannot be read, does not make sense, or has a
    /// name that is taken.
    pub fn load(folder: Option<&Path>) -> Result<Self, String> {
        let built_in = Self::built_in();
        let Some(folder) = folder else { return Ok(built_in) };
        let mut all = (*built_in.0).clone();
        for path in files(folder)? {
            let shown = path.display();
            let (found, line) = read(&path).map_err(|why| format!("{shown}: {why}"))?;
            let name = found.name.clone();
            if built_in.get(&name).is_some() {
                return Err(format!(
                    "{shown}: line {line}, name: “{name}” comes with the program; choose another name"
                ));
            }
            if all.insert(name.clone(), Arc::new(found)).is_some() {
                return Err(format!(
                    "{shown}: line {line}, name: another file of this folder has the name “{name}” too"
                ));
            }
        }
        Ok(Self(Arc::new(all)))
    }
}

/// The folder's files that end in `.toml`, by name; hidden ones are an editor's, not a convention.
fn files(folder: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    let unreadable = |error| format!("the folder {} cannot be read: {error}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.extension().is_some_and(|ending| ending == "toml") && !is_hidden && !path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The convention, and the line of its name: the first that begins so, since tables follow what is at the top.
fn read(path: &Path) -> Result<(Convention, usize), String> {
    let size = fs::metadata(path).map_err(|error| format!("it cannot be read: {error}"))?.len();
    if size > MAX_FILE {
        return Err("it is larger than 1 MiB, which no convention is".into());
    }
    let text = fs::read_to_string(path).map_err(|error| format!("it cannot be read: {error}"))?;
    let line = text.lines().position(|line| line.trim_start().starts_with("name")).map_or(1, |above| above + 1);
    check::parse(&text).map(|found| (found, line))
}
