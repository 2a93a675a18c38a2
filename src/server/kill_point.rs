//! Points between two steps of a delivery at which a test ends the process, as SIGKILL would: in debug builds
//! alone, where the variable `KILL_POINT` names one, as `events-committed:3` for the third time.

use std::{
    env, process,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

struct Armed {
    name: String,
    /// How often it is still to be reached.
    left: AtomicU32,
}

static ARMED: LazyLock<Option<Armed>> = LazyLock::new(|| {
    let text = env::var("KILL_POINT").ok()?;
    let (name, times) = text.split_once(':')?;
    Some(Armed { name: name.into(), left: AtomicU32::new(times.parse().ok()?) })
});

/// Ends the process where this is the point that was named, and it has now been reached often enough.
pub fn reached(name: &str) {
    if cfg!(debug_assertions)
        && let Some(armed) = ARMED.as_ref().filter(|armed| armed.name == name)
        && armed.left.fetch_sub(1, Ordering::Relaxed) == 1
    {
        process::abort();
    }
}
