//! What can be counted of each case, whatever the machine is doing: calls and units of DynamoDB, allocations, instructions. Prints a
//! table, `counts`, or compares it with one that was printed before, `counts FILE`. It needs valgrind on `PATH`. For profilers,
//! `counts run CASE COUNT` runs one case so often.

use std::process::{Command, ExitCode};
use std::{env, fs};

use pail_benches::cases::{CASES, Case};
use pail_benches::replies::Spent;

/// By how much a count may differ from the one that it is compared with.
const TOLERANCE: f64 = 0.03;
/// Requests of the two runs whose difference is counted, so that what is done once does not count.
const REQUESTS: [u32; 2] = [20, 120];

/// Requests whose allocations are counted: maps have another order in each, which moves them by some percent.
const REPEATED: u64 = 200;

/// The counts of a case, in the order of the table.
fn counts(name: &str) -> Vec<f64> {
    let case = Case::new(name);
    let allocations = allocation_counter::measure(|| (0..REPEATED).for_each(|_| case.run())).count_total / REPEATED;
    let Spent { calls, read_units, write_units } = case.spent;
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
    count.unwrap_or_else(|| panic!("valgrind counts nothing: {said}"))
}

/// The counts of a case in a table that was printed before.
fn expected(table: &str, name: &str) -> Option<Vec<f64>> {
    let mut cells = table.lines().map(|line| line.split('|').map(str::trim).skip(1));
    let cells = cells.find_map(|mut cells| (cells.next() == Some(name)).then_some(cells))?;
    Some(cells.map_while(|cell| cell.parse().ok()).collect())
}

/// Whether counts are those that were printed before, within the tolerance.
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
    eprintln!("counts: these differ by more than {} % from before: {}", TOLERANCE * 100.0, differ.join(", "));
    ExitCode::FAILURE
}
