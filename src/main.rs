//! Reads the command line and does what it says; see `server/cli`.

use std::process::ExitCode;

// A fifth of the work of a delivery was the system's allocator; docs/PERFORMANCE.md has the figures.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    switchhook::server::cli::run()
}
