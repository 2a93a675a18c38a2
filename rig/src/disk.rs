//! A small disk that one process has for itself.

use crate::{Result, machine};
use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// What fills it.
const BALLAST: &str = "ballast";

/// The folder that is the disk, and its mebibytes.
#[derive(Debug, Clone)]
pub struct Disk {
    pub folder: PathBuf,
    pub mebibytes: u32,
}

impl Disk {
    /// Mounts it, with what the folder holds, where nobody else sees it, and becomes the command that follows.
    pub fn command(&self) -> Command {
        let mut command = Command::new("unshare");
        let mut own = String::new();
        if !machine::is_root() {
            // Who is not root may mount as the root of a world of their own, and is who they were afterwards.
            command.arg("--map-root-user");
            let (user, group) = machine::who_runs_this();
            own = format!("unshare --user --map-user={user} --map-group={group}");
        }
        let (folder, mebibytes) = (self.folder.display(), self.mebibytes);
        command.args(["--mount", "sh", "-e", "-c"]).arg(format!(
            "cp -a '{folder}' '{folder}.kept'; mount -t tmpfs -o size={mebibytes}m tmpfs '{folder}'; \
             cp -a '{folder}.kept/.' '{folder}'; chown --reference='{folder}.kept' '{folder}'; \
             chmod --reference='{folder}.kept' '{folder}'; rm -r '{folder}.kept'; exec {own} \"$0\" \"$@\""
        ));
        command
    }
    /// The folder as the process that has it sees it.
    pub fn seen_by(&self, process: u32) -> PathBuf {
        let folder = self.folder.strip_prefix("/").unwrap_or(&self.folder);
        Path::new("/proc").join(process.to_string()).join("root").join(folder)
    }
    /// Writes until there is no room left.
    pub fn fill(&self, process: u32) -> Result<()> {
        let mut ballast = File::create(self.seen_by(process).join(BALLAST))?;
        let mut much = vec![0; 65_536];
        while !much.is_empty() {
            match ballast.write(&much) {
                Ok(_) => {}
                Err(full) if full.kind() == ErrorKind::StorageFull => much.truncate(much.len() / 2),
                Err(other) => return Err(other.into()),
            }
        }
        Ok(())
    }
    /// There is as much room as before it was filled.
    pub fn make_room(&self, process: u32) -> Result<()> {
        Ok(fs::remove_file(self.seen_by(process).join(BALLAST))?)
    }
}
