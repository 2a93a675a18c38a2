//! The machine: clocks, processor time and memory as the kernel counts them, and how fast it is right now.

#![expect(clippy::disallowed_methods, reason = "a stopwatch around a program is what this is")]

use crate::Result;
use std::{
    fs,
    os::unix::fs::MetadataExt,
    sync::OnceLock,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Nanoseconds since this program first asked.
pub fn now_ns() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Milliseconds since 1970, as the databases keep them.
pub fn now_ms() -> Result<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?)
}

/// Whether this runs as root.
pub fn is_root() -> bool {
    who_runs_this().0 == 0
}

/// The user and the group that this runs as; nobody where that is unknown.
pub fn who_runs_this() -> (u32, u32) {
    fs::metadata("/proc/self").map_or((u32::MAX, u32::MAX), |own| (own.uid(), own.gid()))
}

/// The kernel counts processor time in hundredths of a second.
const TICKS: f64 = 100.0;

/// What a group of processes has used.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    pub cpu_seconds: f64,
    /// Now, and at most, in bytes; of several processes the sum.
    pub memory: u64,
    pub peak: u64,
    pub processes: usize,
}

/// A process and all that it has started.
pub fn usage(root: u32) -> Usage {
    let mut sum = Usage::default();
    let mut wanted = vec![root];
    let all: Vec<u32> = fs::read_dir("/proc")
        .map(|found| found.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
        .unwrap_or_default();
    let parents: Vec<(u32, u32)> = all.iter().filter_map(|pid| Some((*pid, stat(*pid)?.0))).collect();
    while let Some(pid) = wanted.pop() {
        wanted.extend(parents.iter().filter(|(_, parent)| *parent == pid).map(|(child, _)| *child));
        if let Some((_, cpu_seconds)) = stat(pid) {
            sum.cpu_seconds += cpu_seconds;
            sum.memory += status(pid, "VmRSS:");
            sum.peak += status(pid, "VmHWM:");
            sum.processes += 1;
        }
    }
    sum
}

/// Parent, and processor seconds with those of children that have ended.
fn stat(pid: u32) -> Option<(u32, f64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold blanks; it ends with the last bracket.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(11..15)?.iter().filter_map(|text| text.parse::<f64>().ok()).sum();
    Some((fields.get(1)?.parse().ok()?, ticks / TICKS))
}

fn status(pid: u32, name: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1_024
}

/// Processor seconds that the whole machine was busy since it started.
pub fn busy_seconds() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<f64> =
        text.lines().next().unwrap_or_default().split_whitespace().skip(1).filter_map(|t| t.parse().ok()).collect();
    let idle = fields.get(3).unwrap_or(&0.0) + fields.get(4).unwrap_or(&0.0);
    (fields.iter().take(8).sum::<f64>() - idle) / TICKS
}

/// Million rounds of a fixed calculation that one core does in a second: how fast the machine is right now.
pub fn spin() -> f64 {
    let (started, mut value) = (Instant::now(), 1_u64);
    const ROUNDS: u64 = 200_000_000;
    for round in 0..ROUNDS {
        value = std::hint::black_box(value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(round));
    }
    std::hint::black_box(value);
    ROUNDS as f64 / started.elapsed().as_secs_f64() / 1e6
}

/// What all cores do at once, times what one does alone: two that are the threads of one core, or shared with other machines,
/// come to little more than one. The work is branches and memory, as a server's is; [`spin`] does not notice.
pub fn together() -> f64 {
    const FOR: Duration = Duration::from_millis(300);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let alone = sorted_within(FOR);
    let all: Vec<_> = (0..cores).map(|_| std::thread::spawn(move || sorted_within(FOR))).collect();
    let together: u64 = all.into_iter().filter_map(|one| one.join().ok()).sum();
    together as f64 / alone as f64
}

/// So many lists are sorted within this time.
fn sorted_within(time: Duration) -> u64 {
    let (started, mut lists, mut value) = (Instant::now(), 0, 1_u64);
    while started.elapsed() < time {
        let mut list: Vec<u64> = Vec::with_capacity(4_096);
        for _ in 0..4_096 {
            value = value.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            list.push(value >> 20);
        }
        list.sort_unstable();
        std::hint::black_box(&list);
        lists += 1;
    }
    lists
}

/// Model of the processor and number of cores.
pub fn description() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{}, {cores} cores", model.trim_start_matches([' ', '\t', ':']))
}
