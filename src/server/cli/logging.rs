//! Log lines: readable on a terminal, JSON otherwise. Lines are handed to a thread that writes them, so
//! that a reader who stopped reading never stops the service; what it cannot take is counted and dropped.

use super::Refusal;
use std::{
    io::{IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// Lines that may wait for the reader.
const WAITING: usize = 8_192;

#[derive(Clone)]
struct Lines {
    queue: SyncSender<Vec<u8>>,
    dropped: Arc<AtomicU64>,
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        if self.queue.try_send(line.to_vec()).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn write_lines(queue: &Receiver<Vec<u8>>, dropped: &AtomicU64) {
    let mut out = std::io::stdout();
    while let Ok(line) = queue.recv() {
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            eprintln!("switchhook: {lost} log lines were dropped, since nobody read them");
        }
        let _ = out.write_all(&line);
    }
}

/// For `serve`: to standard output.
pub fn start(filter: &str) -> Result<(), Refusal> {
    let filter = EnvFilter::try_new(filter).map_err(|error| Refusal::Wrong(format!("SWITCHHOOK_LOG: {error}.")))?;
    let (queue, waiting) = sync_channel(WAITING);
    let lines = Lines { queue, dropped: Arc::default() };
    let dropped = lines.dropped.clone();
    std::thread::spawn(move || write_lines(&waiting, &dropped));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(lines).with_target(false);
    let started = if std::io::stdout().is_terminal() {
        log.try_init()
    } else {
        log.json().flatten_event(true).with_current_span(false).try_init()
    };
    started.map_err(|error| Refusal::Failed(format!("The log did not start: {error}.")))
}

/// For the other commands: warnings to standard error, since standard output is for the answer.
pub fn start_quietly() -> Result<(), Refusal> {
    let filter = EnvFilter::new("warn,sqlx=error");
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    log.try_init().map_err(|error| Refusal::Failed(format!("The log did not start: {error}.")))
}
