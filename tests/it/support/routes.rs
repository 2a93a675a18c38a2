//! The pages' addresses, from the source that mounts them.

use std::{fs, path::Path};

/// One address, with its parameters in braces, and a method that it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub method: &'static str,
    pub path: String,
}

/// Every address that pages, forms and what belongs to them are mounted at.
pub fn of_pages() -> Vec<Route> {
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server/http"), &mut found);
    assert!(found.len() > 90, "the source is written in another way: {} routes", found.len());
    found
}

fn walk(folder: &Path, found: &mut Vec<Route>) {
    for entry in fs::read_dir(folder).expect("the folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            let text = fs::read_to_string(&path).expect("a text file");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            code.split(".route(\"").skip(1).for_each(|rest| read(rest, found));
        }
    }
}

/// Reads `/account", get(show).post(save))`.
fn read(rest: &str, found: &mut Vec<Route>) {
    let (path, handlers) = rest.split_once('"').expect("the address ends");
    let mut depth = 1;
    let end = handlers.find(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    });
    let handlers = &handlers[..end.expect("the call ends")];
    for (method, word) in
        [("GET", "get("), ("POST", "post("), ("PUT", "put("), ("PATCH", "patch("), ("DELETE", "delete(")]
    {
        // After a space or a dot: not as the end of a handler's name.
        if handlers.contains(&format!(" {word}")) || handlers.contains(&format!(".{word}")) {
            found.push(Route { method, path: path.to_owned() });
        }
    }
}
