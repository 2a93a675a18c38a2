//! What a browser loads with a page.

use crate::{Result, target};
use std::fs;

/// Lists what each page links, compressed as it is served, biggest first. Wants a release build of the assets.
pub fn print() -> Result<()> {
    let site = target().join("site");
    let names = fs::read_to_string(site.join("names.txt")).map_err(|_| "run cargo xtask assets --release first")?;
    let mut sizes = Vec::new();
    for (plain, served) in names.lines().filter_map(|line| line.split_once(' ')) {
        let raw = fs::metadata(site.join(served))?.len();
        let sent = fs::metadata(site.join(format!("{served}.br"))).map_or(raw, |file| file.len());
        sizes.push((sent, raw, plain));
    }
    if !sizes.iter().any(|(sent, raw, _)| sent < raw) {
        return Err("these are development assets; run cargo xtask assets --release first".into());
    }
    sizes.sort_unstable();
    println!("{:>9} {:>9}  file", "brotli", "raw");
    for (sent, raw, plain) in sizes.iter().rev() {
        println!("{sent:>9} {raw:>9}  {plain}");
    }
    println!("{:>9} {:>9}  in all", sizes.iter().map(|s| s.0).sum::<u64>(), sizes.iter().map(|s| s.1).sum::<u64>());
    Ok(())
}
