//! The handler beside its floors, in one run: cold starts, CPU for each request, memory. `benches/run` sets it up.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pail_benches::events::{APP_KEY, create, credentials, object, path};
use pail_benches::process;
use pail_benches::runtime_api::RuntimeApi;
use serde_json::Value;

/// Fresh processes of each program, interleaved.
const STARTS: usize = 41;
/// Rounds, in which every case has its turn, and requests of a turn.
const ROUNDS: usize = 15;
const REQUESTS: usize = 200;

/// What is asked of a program.
struct Case {
    name: String,
    program: PathBuf,
    /// The event of the request with this number.
    event: Box<dyn Fn(usize) -> String>,
    status: u16,
}

/// A program as Lambda would run it.
struct Running {
    child: Child,
    api: RuntimeApi,
    started: Instant,
}

impl Running {
    fn start(program: &Path) -> Self {
        let api = RuntimeApi::start();
        let mut command = Command::new(program);
        command.env("AWS_LAMBDA_RUNTIME_API", api.address()).stdout(Stdio::null());
        for (name, value) in [
            ("AWS_LAMBDA_FUNCTION_NAME", "pail"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "pail"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "pail"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "bench"),
            ("AWS_SECRET_ACCESS_KEY", "bench"),
            ("PAIL_APPS_TABLE", "pail-apps"),
            ("PAIL_OBJECTS_TABLE", "pail-objects"),
            // The tokens of the events are good until the year 2100.
            ("PAIL_MAX_TOKEN_LIFETIME_SECONDS", "4102444800"),
        ] {
            command.env(name, value);
        }
        let started = Instant::now();
        let child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        Self { child, api, started }
    }

    fn cpu(&self) -> Duration {
        process::cpu(self.child.id())
    }

    fn answer(&self, event: &str, status: u16) {
        let answer: Value = serde_json::from_str(&self.api.invoke(event)).expect("an answer is JSON");
        assert_eq!(answer["statusCode"], status, "{answer}\n{event}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A row of figures, with those of the row of `two-calls` as the measure.
fn row(name: &str, figures: &[f64], floor: &[f64]) {
    let cells = figures.iter().zip(floor).map(|(figure, floor)| format!("{figure:.3} | {:.2}", figure / floor));
    println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
}

/// What one cold start takes: CPU and wall time to ready, wall time of the first and of the second answer, in milliseconds.
fn cold_start(case: &Case, number: usize) -> [f64; 4] {
    let running = Running::start(&case.program);
    running.api.wait_until_ready();
    let wall = running.started.elapsed();
    let cpu = running.cpu();
    let answers = [0, 1].map(|more| {
        let event = (case.event)(number * 2 + more);
        let start = Instant::now();
        running.answer(&event, case.status);
        start.elapsed()
    });
    [cpu, wall, answers[0], answers[1]].map(milliseconds)
}

fn cold_starts(cases: &[Case]) {
    let mut figures = vec![Vec::new(); cases.len()];
    for number in 0..STARTS {
        for (case, figures) in cases.iter().zip(&mut figures) {
            figures.push(cold_start(case, number));
        }
    }
    println!("Cold starts, medians of {STARTS} in milliseconds, each with its ratio to two-calls:\n");
    println!("| | CPU to ready | | wall to ready | | first answer | | second answer | |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let medians: Vec<[f64; 4]> = figures
        .iter()
        .map(|starts| [0, 1, 2, 3].map(|figure| median(starts.iter().map(|start| start[figure]).collect())))
        .collect();
    let floor = medians[1];
    for (case, figures) in cases.iter().zip(&medians) {
        row(&case.name, figures, &floor);
    }
    println!();
}

fn warm(cases: &[Case]) {
    let running: Vec<Running> = cases.iter().map(|case| Running::start(&case.program)).collect();
    running.iter().for_each(|running| running.api.wait_until_ready());
    let mut figures = vec![(Vec::new(), Vec::new()); cases.len()];
    for round in 0..=ROUNDS {
        for ((case, running), (cpus, walls)) in cases.iter().zip(&running).zip(&mut figures) {
            let events: Vec<String> =
                (0..REQUESTS).map(|request| (case.event)(1_000 + round * REQUESTS + request)).collect();
            let (cpu, start) = (running.cpu(), Instant::now());
            events.iter().for_each(|event| running.answer(event, case.status));
            let of_one = |time: Duration| milliseconds(time) / REQUESTS as f64;
            // The first round warms up.
            if round > 0 {
                cpus.push(of_one(running.cpu() - cpu));
                walls.push(of_one(start.elapsed()));
            }
        }
    }
    println!(
        "Warm requests, medians of {ROUNDS} rounds of {REQUESTS} in milliseconds, and MiB at the most, with ratios to two-calls:\n"
    );
    println!("| | CPU | | wall | | memory | |");
    println!("|---|---|---|---|---|---|---|");
    let medians: Vec<[f64; 3]> = figures
        .into_iter()
        .zip(&running)
        .map(|((cpus, walls), running)| {
            [median(cpus), median(walls), process::peak_memory(running.child.id()) as f64 / 1024.0]
        })
        .collect();
    for (case, figures) in cases.iter().zip(&medians) {
        row(&case.name, figures, &medians[1]);
    }
    println!();
}

fn main() {
    let folder = env::args().nth(1).map(PathBuf::from).expect("the folder of the floors");
    let bootstrap = env::args().nth(2).map(PathBuf::from).expect("Pail's handler");
    let notes = path("notes");
    let case = |name: &str, program: &Path, credentials: &str, bytes: usize, status: u16| {
        let event = create(credentials, &notes, &object(bytes));
        Case { name: name.to_owned(), program: program.to_owned(), event: Box::new(move |_| event.clone()), status }
    };
    let floor = |name: &str| case(name, &folder.join(name), APP_KEY, 300, 201);
    let pail = |name: &str, credentials: &str, bytes: usize, status: u16| {
        case(&format!("Pail, {name}"), &bootstrap, credentials, bytes, status)
    };
    let hs256 = credentials("kii-headers-and-token");

    cold_starts(&[floor("hello"), floor("two-calls"), pail("HS256", &hs256, 300, 201)]);

    // Every run makes buckets of its own.
    let run = std::process::id();
    let first = Case {
        name: "Pail, first object, HS256".to_owned(),
        program: bootstrap.clone(),
        event: {
            let hs256 = hs256.clone();
            Box::new(move |number| create(&hs256, &path(&format!("b{run}-{number}")), &object(300)))
        },
        status: 201,
    };
    warm(&[
        floor("hello"),
        floor("two-calls"),
        pail("Basic", APP_KEY, 300, 201),
        pail("HS256", &hs256, 300, 201),
        pail("RS256", &credentials("administrator"), 300, 201),
        pail("ES256", &credentials("user"), 300, 201),
        pail("EdDSA", &credentials("thing"), 300, 201),
        first,
        pail("4 KB", &hs256, 4_096, 201),
        pail("64 KB", &hs256, 65_534, 201),
        pail("key of another app", &credentials("wrong-app-key"), 300, 401),
        pail("forged token", &credentials("token-forged"), 300, 403),
    ]);
}
