//! Reads the command line and does what it says; see `server/cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    switchhook::server::cli::run()
}
