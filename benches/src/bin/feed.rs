//! Sends creates with HS256 to a function one after another, for a profiler: `feed PROGRAM SECONDS`. Prints the
//! function's process ID first. `benches/flame` sets it up.

use std::env;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use pail_benches::events::{create, credentials, object, path};
use pail_benches::function::Function;

fn main() {
    let program = env::args().nth(1).map(PathBuf::from).expect("a function's program");
    let seconds = env::args().nth(2).and_then(|seconds| seconds.parse().ok()).expect("a number of seconds");
    let function = Function::start(&program, &[]);
    function.api.wait_until_ready();
    println!("{}", function.id());
    let event = create(&credentials("kii-headers-and-token"), &path("notes"), &object(300));
    let start = Instant::now();
    let (before, mut creates) = (function.cpu(), 0);
    while start.elapsed() < Duration::from_secs(seconds) {
        function.answer(&event, 201);
        creates += 1;
    }
    println!(
        "{creates} creates, {:.1} µs of CPU for each",
        (function.cpu() - before).as_secs_f64() * 1e6 / f64::from(creates)
    );
}
