//! Runs one case so often: `create CASE COUNT`. For profilers and for counting instructions.

use std::env;

use pail_benches::cases::Case;

fn main() {
    let name = env::args().nth(1).expect("a case");
    let count: usize = env::args().nth(2).and_then(|count| count.parse().ok()).expect("a count");
    let case = Case::new(&name);
    for _ in 0..count {
        case.run();
    }
}
