//! CPU time and memory of a process, from Linux.

use std::fs;
use std::time::Duration;

/// Reads a file. Panics if that fails, because nothing can be measured without it.
fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The time that all threads of a process have spent on a CPU, user and system, to the nanosecond.
pub fn cpu(process: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap_or_else(|error| panic!("{process}: {error}"));
    let nanoseconds = threads.flatten().filter_map(|thread| {
        // A thread may have ended since the folder was read.
        let statistics = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        statistics.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// The most memory that a process has had, in KiB (`VmHWM`).
pub fn peak_memory(process: u32) -> u64 {
    let status = read(&format!("/proc/{process}/status"));
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
