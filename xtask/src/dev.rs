//! Watch and reload: builds again when a file changes, starts the server anew, and has the open page
//! load itself again. By looking at the files' times, so that nothing needs to be installed.

use crate::{Result, assets, cargo, root, target};
use std::{
    fs,
    path::Path,
    process::{Child, Command},
    thread::sleep,
    time::{Duration, SystemTime},
};

/// Added to the islands' loader while developing: once the server has gone and come back, load again.
const RELOAD: &str = include_str!("reload.js");

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(300);

/// Runs until it is interrupted. `settings` are passed on to `serve`.
pub fn watch(settings: &[String]) -> Result<()> {
    let mut server: Option<Child> = None;
    let mut built: Option<SystemTime> = None;
    loop {
        let newest = newest();
        if newest != built {
            built = newest;
            if build().is_ok() {
                if let Some(mut old) = server.take() {
                    old.kill()?;
                    old.wait()?;
                }
                let program = target().join("debug/switchhook");
                server = Some(Command::new(program).current_dir(root()).arg("serve").args(settings).spawn()?);
            } else {
                eprintln!("xtask: the last good build goes on; save a file to try again");
            }
        }
        if let Some(status) = server.as_mut().and_then(|s| s.try_wait().ok().flatten()) {
            return if status.success() { Ok(()) } else { Err("the server stopped; its words are above".into()) };
        }
        sleep(LOOK);
    }
}

fn build() -> Result<()> {
    assets::build(false)?;
    let site = target().join("site");
    let names = fs::read_to_string(site.join("names.txt"))?;
    let loader = names.lines().find_map(|l| l.strip_prefix("islands.js ")).ok_or("islands.js is no asset")?;
    let text = fs::read_to_string(site.join(loader))?;
    if !text.ends_with(RELOAD) {
        fs::write(site.join(loader), text + RELOAD)?;
    }
    let status = cargo().args(["build", "--quiet", "--features", "ssr", "--bin", "switchhook"]).status()?;
    if status.success() { Ok(()) } else { Err("the server does not build".into()) }
}

/// The latest change of anything that is built from.
fn newest() -> Option<SystemTime> {
    let places = ["src", "style", "public", "migrations", "Cargo.toml"];
    places.iter().filter_map(|place| newest_in(&root().join(place))).max()
}

fn newest_in(path: &Path) -> Option<SystemTime> {
    let own = fs::metadata(path).ok()?.modified().ok()?;
    let inside = fs::read_dir(path).into_iter().flatten().flatten().filter_map(|entry| newest_in(&entry.path()));
    Some(inside.max().map_or(own, |latest| latest.max(own)))
}
