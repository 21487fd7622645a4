//! Measures which memory size the template should set. Lambda gives a function a share of a processor in proportion to
//! its memory, and bills the time. Prints a table for new processes of the handler with such shares: `memory HANDLER
//! FOLDER`. It creates a control group, so it needs root on Linux. `benches/run` sets it up.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{env, fs};

use pail_benches::events::{create, credentials, object, path};
use pail_benches::function::Function;
use pail_benches::median;
use pail_benches::tls::{self, Tls};

/// Memory sizes in MB, and for how many seconds apps and buckets are cached.
const ROWS: [(u32, u32); 7] = [(128, 0), (192, 0), (256, 0), (256, 10), (512, 0), (1_024, 0), (1_769, 0)];
/// With this many MB, a function has one processor (Lambda, Developer Guide: "Configure Lambda function memory").
const ONE_PROCESSOR: f64 = 1_769.0;
/// Assumed: Lambda divides a processor's time in periods of 20 ms.
const PERIOD: Duration = Duration::from_millis(20);
/// Assumed: how long each of the two calls waits for DynamoDB.
const DYNAMODB: Duration = Duration::from_millis(4);
/// Dollars for a GB and a second on arm64 in us-east-1.
const GB_SECOND: f64 = 0.000_013_333_4;

const STARTS: usize = 15;
const REQUESTS: usize = 400;

/// A share of a processor.
struct Share(PathBuf);

impl Share {
    fn of(size: u32) -> Self {
        let period = PERIOD.as_micros();
        let quota = (f64::from(size) / ONE_PROCESSOR * period as f64).round();
        let first = Path::new("/sys/fs/cgroup/cpu");
        let (group, limits) = if first.is_dir() {
            let limits = vec![("cpu.cfs_period_us", period.to_string()), ("cpu.cfs_quota_us", quota.to_string())];
            (first.join("pail-benches"), limits)
        } else {
            (Path::new("/sys/fs/cgroup").join("pail-benches"), vec![("cpu.max", format!("{quota} {period}"))])
        };
        fs::create_dir_all(&group).unwrap_or_else(|error| panic!("{}: {error}; this needs root", group.display()));
        for (name, limit) in limits {
            fs::write(group.join(name), limit).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        Self(group)
    }

    /// A command that runs a program with this share.
    fn command(&self, program: &Path) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo $$ >\"$0\" && exec \"$1\""]).arg(self.0.join("cgroup.procs")).arg(program);
        shell
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn main() {
    let handler = env::args().nth(1).map(PathBuf::from).expect("Pail's handler");
    let folder = env::args().nth(2).map(PathBuf::from).expect("a folder for a certificate");
    let tls = Tls::before(&env::var(tls::ENDPOINT).expect("DynamoDB's URL"), &folder, DYNAMODB);
    let event = create(&credentials("kii-headers-and-token"), &path("notes"), &object(300));
    println!(
        "| memory | of a processor | cold start to ready | create, median | p99 | billed on average | $ for a million |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (size, keep) in ROWS {
        let share = Share::of(size);
        let mut variables = tls.variables();
        variables.push(("PAIL_KEEP_SECONDS", keep.to_string()));
        let start = || {
            let function = Function::start_by(share.command(&handler), &variables);
            function.api.wait_until_ready();
            (milliseconds(function.started.elapsed()), function)
        };
        let ready = median((0..STARTS).map(|_| start().0).collect());
        let (_, function) = start();
        let mut times: Vec<f64> = (0..REQUESTS)
            .map(|_| {
                let start = Instant::now();
                function.answer(&event, 201);
                milliseconds(start.elapsed())
            })
            .collect();
        // Lambda rounds each time up to the next millisecond.
        let billed = times.iter().map(|time| time.ceil()).sum::<f64>() / REQUESTS as f64;
        let price = billed / 1e3 * f64::from(size) / 1024.0 * GB_SECOND * 1e6;
        times.sort_by(f64::total_cmp);
        let (p50, p99) = (times[REQUESTS / 2], times[REQUESTS * 99 / 100]);
        let percent = f64::from(size) / ONE_PROCESSOR * 100.0;
        let cached = if keep > 0 { ", app and bucket cached" } else { "" };
        println!(
            "| {size} MB{cached} | {percent:.0} % | {ready:.0} ms | {p50:.1} ms | {p99:.1} ms | {billed:.1} ms | {price:.3} |"
        );
    }
}
