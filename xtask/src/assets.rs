//! Files for browsers: built, joined, named by their content, compressed.

use crate::{Result, cargo, root, target};
use sha2::{Digest, Sha256};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

/// One file that browsers load: the name it is asked for by, and its bytes.
struct Asset {
    name: String,
    bytes: Vec<u8>,
    /// Whether its served name carries its hash.
    hashed: bool,
}

/// Builds all of it into `target/site`; compressed too in a release.
pub fn build(release: bool) -> Result<()> {
    let glue = browser_side(release)?;
    let mut all = vec![
        Asset { name: "switchhook.js".into(), bytes: fs::read(glue.join("switchhook.js"))?, hashed: true },
        Asset { name: "switchhook.wasm".into(), bytes: fs::read(glue.join("switchhook_bg.wasm"))?, hashed: true },
        Asset { name: "app.css".into(), bytes: style_sheet()?.into_bytes(), hashed: true },
    ];
    folder(&root().join("public"), "", true, &mut all)?;
    // The glue imports these by relative path.
    folder(&glue.join("snippets"), "snippets/", false, &mut all)?;
    write_site(all, release)
}

/// Builds the islands and their glue; answers the folder with both.
fn browser_side(release: bool) -> Result<PathBuf> {
    let profile = if release { "browser" } else { "browser-dev" };
    let mut cargo = cargo();
    cargo.args(["rustc", "--quiet", "--package", "switchhook", "--lib", "--features", "hydrate"]);
    cargo.args(["--crate-type", "cdylib", "--target", "wasm32-unknown-unknown", "--profile", profile]);
    if !cargo.status()?.success() {
        return Err("the browser side does not build".into());
    }
    let wasm = target().join("wasm32-unknown-unknown").join(profile).join("switchhook.wasm");
    let out = target().join("glue");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(wasm).web(true).map_err(|e| e.to_string())?;
    bindgen.typescript(false).omit_default_module_path(true).out_name("switchhook");
    if release {
        bindgen.remove_name_section(true).remove_producers_section(true);
    }
    bindgen.generate(&out).map_err(|e| format!("{e:?}"))?;
    Ok(out)
}

/// The layers' order first, then every other file by name: each says which layer it is in.
fn style_sheet() -> Result<String> {
    let folder = root().join("style");
    let mut names: Vec<_> = fs::read_dir(&folder)?.filter_map(|e| Some(e.ok()?.path())).collect();
    names.retain(|p| p.extension().is_some_and(|e| e == "css"));
    names.sort_by_key(|p| (p.file_name() != Some("layers.css".as_ref()), p.clone()));
    let mut joined = String::new();
    for name in names {
        joined.push_str(&without_comments(&fs::read_to_string(name)?));
    }
    Ok(joined)
}

/// Drops comments, indentation and empty lines: they are for the reader of the source.
fn without_comments(css: &str) -> String {
    let mut out = String::new();
    let mut rest = css;
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        rest = rest[start..].find("*/").map_or("", |end| &rest[start + end + 2..]);
    }
    out.push_str(rest);
    let lines = out.lines().map(str::trim).filter(|l| !l.is_empty());
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

fn folder(path: &Path, prefix: &str, hashed: bool, all: &mut Vec<Asset>) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let mut entries: Vec<_> = fs::read_dir(path)?.filter_map(|e| Some(e.ok()?.path())).collect();
    entries.sort();
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().unwrap_or_default().to_string_lossy());
        if entry.is_dir() {
            folder(&entry, &format!("{name}/"), hashed, all)?;
        } else {
            all.push(Asset { name, bytes: fs::read(&entry)?, hashed });
        }
    }
    Ok(())
}

fn served_name(asset: &Asset) -> String {
    let hash = hex::encode(&Sha256::digest(&asset.bytes)[..6]);
    match asset.name.rsplit_once('.') {
        Some((stem, ending)) if asset.hashed => format!("{stem}-{hash}.{ending}"),
        _ => asset.name.clone(),
    }
}

/// Writes files, their compressed forms and the list of names; leaves alone what is already there.
fn write_site(mut all: Vec<Asset>, release: bool) -> Result<()> {
    let site = target().join("site");
    let mut names: Vec<(String, String)> = Vec::new();
    // Style sheets name fonts and pictures by their plain name: swap in the hashed ones first.
    all.sort_by_key(|a| a.name.ends_with(".css"));
    let mut keep = vec![site.join("names.txt")];
    for mut asset in all {
        if asset.name.ends_with(".css") {
            let mut text = String::from_utf8(asset.bytes)?;
            for (plain, served) in &names {
                text = text.replace(&format!("/assets/{plain}"), &format!("/assets/{served}"));
            }
            asset.bytes = text.into_bytes();
        }
        let served = served_name(&asset);
        let path = site.join(&served);
        put(&path, &asset.bytes)?;
        let compressible = !["woff2", "png"].iter().any(|e| served.ends_with(&format!(".{e}")));
        keep.push(path.clone());
        if release && compressible {
            keep.push(with_ending(&path, "br"));
            keep.push(with_ending(&path, "gz"));
            if !with_ending(&path, "br").exists() {
                put(&with_ending(&path, "br"), &brotli_of(&asset.bytes)?)?;
                put(&with_ending(&path, "gz"), &gzip_of(&asset.bytes)?)?;
            }
        }
        names.push((asset.name, served));
    }
    let list: String = names.iter().map(|(plain, served)| format!("{plain} {served}\n")).collect();
    put(&site.join("names.txt"), list.as_bytes())?;
    sweep(&site, &keep)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    Ok(fs::write(path, bytes)?)
}

/// Removes what an earlier build left.
fn sweep(folder: &Path, keep: &[PathBuf]) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sweep(&path, keep)?;
        } else if !keep.contains(&path) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn brotli_of(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &bytes[..], &mut out, &parameters)?;
    Ok(out)
}

fn gzip_of(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
