//! What sweeps of dropped buckets cost.

use pail_estimates::prices;

use crate::load::{ITEM_OVERHEAD_BYTES, Load, Operation, READ_UNIT_BYTES, USUAL};

/// Dollars for removing what dropped buckets held.
pub fn sweeps() {
    /// The log line of a sweep, in bytes.
    const LINE_BYTES: f64 = 400.0;
    /// The keys that a query returns, and the deletions in a batch.
    const PAGE: f64 = 1000.0;
    const BATCH: f64 = 25.0;
    let million = 1_000_000.0;
    let row = |name: &str, sweeps: f64, calls: f64, reads: f64, writes: f64| {
        let invocations = sweeps / million * prices::INVOCATIONS;
        // 10 ms for each call, which is assumed.
        let time = USUAL.memory_mb / 1024.0 * calls * USUAL.milliseconds / 1000.0 * prices::GB_SECOND_ARM64;
        let (reads, writes) = (reads / million * prices::READ_UNITS, writes / million * prices::WRITE_UNITS);
        let logs = sweeps * LINE_BYTES / 1e9 * prices::LOGS_GB;
        let all = invocations + time + reads + writes + logs;
        println!("| {name} | {invocations:.6} | {time:.6} | {reads:.6} | {writes:.6} | {logs:.6} | **{all:.6}** |");
    };
    println!("Sweeps of dropped buckets, in dollars and not for a million:\n");
    println!("| | invocations | time | reads | writes | logs | together |\n|---|---|---|---|---|---|---|");
    row("a day with nothing to do: 24 sweeps of one query", 24.0, 24.0, 24.0, 0.0);
    for body_bytes in [300.0, 3_800.0] {
        let object = Load { operation: Operation::Delete, body_bytes, ..USUAL };
        let writes = million * object.write_units();
        // A query reads whole items to return their keys.
        let reads = million * (body_bytes + ITEM_OVERHEAD_BYTES) / READ_UNIT_BYTES;
        let calls = million / PAGE + million / BATCH;
        // A sweep takes 25,000 units at most.
        row(&format!("a million objects of {body_bytes} bytes"), (reads + writes) / 25_000.0, calls, reads, writes);
    }
    println!();
}
