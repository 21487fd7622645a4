//! Counts that do not depend on the machine's load: DynamoDB calls and units, allocations and instructions of each
//! case. `counts` prints a table. `counts FILE` compares the counts with a table that was printed before. `counts run
//! CASE COUNT` runs one case COUNT times, for profilers. Needs valgrind on `PATH`.

use std::process::{Command, ExitCode};
use std::{env, fs};

use pail_benches::cases::{CASES, Case};
use pail_benches::replies::CallStats;

/// The maximum relative difference between a count and the one in the table.
const TOLERANCE: f64 = 0.03;
/// The requests of two runs. Their difference is counted, so that initialisation does not count.
const REQUESTS: [u32; 2] = [10, 50];

/// The number of requests over which allocations are averaged. They vary by some percent, because hash maps have a
/// random order.
const REPEATED: u64 = 200;

/// The counts of a case, in the order of the table.
fn counts(name: &str) -> Vec<f64> {
    let case = Case::new(name);
    let allocations = allocation_counter::measure(|| (0..REPEATED).for_each(|_| case.run())).count_total / REPEATED;
    let CallStats { calls, read_units, write_units } = case.stats;
    vec![calls.into(), read_units, write_units, allocations as f64, instructions(name)]
}

/// The instructions of one request of a case, on average.
fn instructions(name: &str) -> f64 {
    let [few, many] = REQUESTS.map(|requests| instructions_of(name, requests));
    ((many - few) / f64::from(REQUESTS[1] - REQUESTS[0])).round()
}

fn instructions_of(name: &str, requests: u32) -> f64 {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().expect("this program"));
    let output =
        valgrind.args(["run", name, &requests.to_string()]).output().expect("valgrind, the package of that name");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let count = said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    count.unwrap_or_else(|| panic!("valgrind printed no count: {said}"))
}

/// The counts of a case in a table that was printed before.
fn expected(table: &str, name: &str) -> Option<Vec<f64>> {
    let mut cells = table.lines().map(|line| line.split('|').map(str::trim).skip(1));
    let cells = cells.find_map(|mut cells| (cells.next() == Some(name)).then_some(cells))?;
    Some(cells.map_while(|cell| cell.parse().ok()).collect())
}

/// Whether counts equal those of the table, within the tolerance.
fn are_as_before(counts: &[f64], before: &[f64]) -> bool {
    counts.len() == before.len()
        && counts.iter().zip(before).all(|(count, before)| (count - before).abs() <= before * TOLERANCE)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["run", name, count] => {
            let case = Case::new(name);
            (0..count.parse().expect("a count")).for_each(|_: u32| case.run());
            ExitCode::SUCCESS
        }
        [] => table(None),
        [file] => table(Some(&fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}")))),
        _ => panic!("counts, counts FILE, or counts run CASE COUNT"),
    }
}

fn table(before: Option<&str>) -> ExitCode {
    println!("| case | calls | read units | write units | allocations | instructions |");
    println!("|---|---|---|---|---|---|");
    let mut differ = Vec::new();
    for name in CASES {
        let counts = counts(name);
        let cells: Vec<String> = counts.iter().map(ToString::to_string).collect();
        println!("| {name} | {} |", cells.join(" | "));
        if before.is_some_and(|before| !expected(before, name).is_some_and(|before| are_as_before(&counts, &before))) {
            differ.push(name);
        }
    }
    if differ.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("counts: these differ from the table by more than {} %: {}", TOLERANCE * 100.0, differ.join(", "));
    ExitCode::FAILURE
}
