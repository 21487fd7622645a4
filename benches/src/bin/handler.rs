//! Compares the handler with its floors in one run: cold starts, CPU time of each request, memory. `benches/run` sets
//! it up. `BENCH_ONLY=Pages` measures only the tables whose names begin so.

use std::env;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pail_benches::events::{APP_KEY, CHANGE, create, credentials, object, object_path, path, request};
use pail_benches::function::{Function, Variable};
use pail_benches::tls::{self, Tls};
use pail_benches::{median, objects, scores};

/// Cold starts of each program. The programs take turns.
const STARTS: usize = 41;
/// Warm processes of each case, which take turns; rounds of each process; requests of each round.
const GENERATIONS: usize = 15;
const ROUNDS: usize = 2;
const REQUESTS: usize = 200;

/// A program, and the requests to it.
struct Case {
    name: String,
    program: PathBuf,
    /// The event of the request with this number.
    event: Box<dyn Fn(usize) -> String>,
    status: u16,
    /// The number of requests in a round.
    requests: usize,
    /// Environment variables in addition to Lambda's.
    variables: Vec<Variable>,
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Prints a row of figures, each with its ratio to the floor's.
fn row(name: &str, figures: &[f64], floor: &[f64]) {
    let cells = figures.iter().zip(floor).map(|(figure, floor)| format!("{figure:.3} | {:.2}", figure / floor));
    println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
}

/// One cold start in milliseconds: CPU and wall time until ready, wall time of the first and of the second answer.
fn cold_start(case: &Case, number: usize, tls: Option<&Tls>) -> [f64; 4] {
    let handshakes = || tls.map_or(0, Tls::handshakes);
    let before = handshakes();
    let running = Function::start(&case.program, &case.variables);
    running.api.wait_until_ready();
    let until_ready = handshakes();
    assert_eq!(until_ready - before, usize::from(tls.is_some()), "the connection is opened before the first event");
    let wall = running.started.elapsed();
    let cpu = running.cpu();
    let answers = [0, 1].map(|more| {
        let event = (case.event)(number * 2 + more);
        let start = Instant::now();
        running.answer(&event, case.status);
        start.elapsed()
    });
    assert_eq!(handshakes(), until_ready, "the connection is used again");
    [cpu, wall, answers[0], answers[1]].map(milliseconds)
}

/// Whether a table is measured.
fn is_wanted(name: &str) -> bool {
    env::var("BENCH_ONLY").map_or(true, |only| name.starts_with(&only))
}

fn cold_starts(name: &str, cases: &[Case], floor: usize, tls: Option<&Tls>) {
    if !is_wanted(name) {
        return;
    }
    let mut figures = vec![Vec::new(); cases.len()];
    for number in 0..STARTS {
        for (case, figures) in cases.iter().zip(&mut figures) {
            figures.push(cold_start(case, number, tls));
        }
    }
    println!("{name}, medians of {STARTS} in milliseconds, each with its ratio to two-calls:\n");
    println!("| | CPU to ready | | wall to ready | | first answer | | second answer | |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let medians: Vec<[f64; 4]> = figures
        .iter()
        .map(|starts| [0, 1, 2, 3].map(|figure| median(starts.iter().map(|start| start[figure]).collect())))
        .collect();
    let floor = medians[floor];
    for (case, figures) in cases.iter().zip(&medians) {
        row(&case.name, figures, &floor);
    }
    println!();
}

/// Measures an answer after DynamoDB has closed the connection, and an ordinary answer for comparison.
fn lost_connection(case: &Case, tls: &Tls) {
    if !is_wanted("Lost connection") {
        return;
    }
    let running = Function::start(&case.program, &case.variables);
    running.api.wait_until_ready();
    let answer = |number: usize| {
        let event = (case.event)(number);
        let start = Instant::now();
        running.answer(&event, case.status);
        milliseconds(start.elapsed())
    };
    let (mut ordinary, mut after) = (Vec::new(), Vec::new());
    for number in 0..STARTS {
        ordinary.push(answer(number * 2));
        let (handshakes, resumed) = (tls.handshakes(), tls.resumed());
        tls.close_connections();
        after.push(answer(number * 2 + 1));
        assert_eq!((tls.handshakes() - handshakes, tls.resumed() - resumed), (1, 1), "the session is resumed");
    }
    println!(
        "After DynamoDB has closed the connection, Pail opens another one and resumes the TLS session: {:.2} ms for the answer instead of {:.2} ms (medians of {STARTS}).\n",
        median(after),
        median(ordinary)
    );
}

/// The number of the first request to a case's process of this generation.
fn first_of(generation: usize) -> usize {
    1_000 + generation * (ROUNDS + 1) * REQUESTS
}

/// The CPU and wall time of a request to a warm process in milliseconds, averaged over each round.
fn rounds(case: &Case, running: &Function, generation: usize) -> Vec<[f64; 2]> {
    let round = |round: usize| {
        let first = first_of(generation) + round * REQUESTS;
        let events: Vec<String> = (0..case.requests).map(|request| (case.event)(first + request)).collect();
        let (cpu, start) = (running.cpu(), Instant::now());
        events.iter().for_each(|event| running.answer(event, case.status));
        [running.cpu() - cpu, start.elapsed()].map(|time| milliseconds(time) / case.requests as f64)
    };
    // The first round warms up.
    (0..=ROUNDS).map(round).skip(1).collect()
}

fn warm(name: &str, cases: &[Case], floor: usize) {
    if !is_wanted(name) {
        return;
    }
    let mut figures = vec![(Vec::new(), Vec::new()); cases.len()];
    // A process's memory layout makes all its requests faster or slower by some percent.
    for generation in 0..GENERATIONS {
        for (case, (times, memory)) in cases.iter().zip(&mut figures) {
            let from = [("BENCH_FROM", first_of(generation).to_string())];
            let running = Function::start(&case.program, &[&case.variables[..], &from].concat());
            running.api.wait_until_ready();
            times.extend(rounds(case, &running, generation));
            memory.push(running.peak_memory() as f64 / 1024.0);
        }
    }
    println!(
        "{name}, medians of {GENERATIONS} processes and {ROUNDS} rounds of {REQUESTS} in milliseconds, and MiB at the most, with ratios to {}:\n",
        cases[floor].name
    );
    println!("| | CPU | | wall | | memory | |");
    println!("|---|---|---|---|---|---|---|");
    let medians: Vec<[f64; 3]> = figures
        .into_iter()
        .map(|(times, memory)| {
            let [cpu, wall] = [0, 1].map(|figure| median(times.iter().map(|round| round[figure]).collect()));
            [cpu, wall, median(memory)]
        })
        .collect();
    for (case, figures) in cases.iter().zip(&medians) {
        row(&case.name, figures, &medians[floor]);
    }
    println!();
}

fn main() {
    let folder = env::args().nth(1).map(PathBuf::from).expect("the folder of the floors");
    let bootstrap = env::args().nth(2).map(PathBuf::from).expect("Pail's handler");
    let notes = path("notes");
    let case = |name: &str, program: &Path, credentials: &str, bytes: usize, status: u16| {
        let event = create(credentials, &notes, &object(bytes));
        Case {
            name: name.to_owned(),
            program: program.to_owned(),
            event: Box::new(move |_| event.clone()),
            status,
            requests: REQUESTS,
            variables: Vec::new(),
        }
    };
    let floor = |name: &str| case(name, &folder.join(name), APP_KEY, 300, 201);
    let pail = |name: &str, credentials: &str, bytes: usize, status: u16| {
        case(&format!("Pail, {name}"), &bootstrap, credentials, bytes, status)
    };
    let hs256 = credentials("kii-headers-and-token");

    let starts = [floor("hello"), floor("two-calls"), pail("HS256", &hs256, 300, 201)];
    cold_starts("Cold starts", &starts, 1, None);

    let scratch = env::args().nth(3).map(PathBuf::from).expect("a folder for a certificate");
    let dynamodb = env::var(tls::ENDPOINT).expect("DynamoDB's URL");
    let tls = Tls::before(&dynamodb, &scratch, Duration::ZERO);
    let over_tls = |case: Case| Case { variables: tls.variables(), ..case };
    let starts = [over_tls(floor("two-calls")), over_tls(pail("HS256", &hs256, 300, 201))];
    cold_starts("Cold starts over TLS", &starts, 0, Some(&tls));
    lost_connection(&starts[1], &tls);

    // Every run creates its own buckets.
    let run = std::process::id();
    let first = Case {
        event: {
            let hs256 = hs256.clone();
            Box::new(move |number| create(&hs256, &path(&format!("b{run}-{number}")), &object(300)))
        },
        ..pail("first object, HS256", &hs256, 300, 201)
    };
    // Lambda accepts events of 6 MB. The bodies of these events are far larger than an object may be.
    let hostile = |name: &str, event: String| Case {
        event: Box::new(move |_| event.clone()),
        requests: REQUESTS / 20,
        ..pail(name, &hs256, 300, 413)
    };
    let text = create(&hs256, &notes, &object(6_290_000));
    let base64 = create(&hs256, &notes, &"eHh4".repeat(1_572_000))
        .replace(r#""isBase64Encoded":false"#, r#""isBase64Encoded":true"#);
    let each_credential = || {
        vec![
            floor("two-calls"),
            pail("Basic", APP_KEY, 300, 201),
            pail("HS256", &hs256, 300, 201),
            pail("RS256", &credentials("administrator"), 300, 201),
            pail("ES256", &credentials("user"), 300, 201),
            pail("EdDSA", &credentials("thing"), 300, 201),
        ]
    };
    warm("Warm requests over TLS", &each_credential().into_iter().map(over_tls).collect::<Vec<_>>(), 0);
    // The operations on an existing object, each with the floor that makes the same calls. Object 0 is read and
    // changed. The objects with the numbers of the requests are deleted.
    let fill = || objects::fill_notes(&dynamodb, std::iter::once(0).chain(first_of(0)..first_of(GENERATIONS)));
    fill();
    let bare = |calls: &str, status: u16| Case {
        name: format!("the calls of a {calls}"),
        variables: vec![("BENCH_CALLS", calls.to_owned())],
        ..case("", &folder.join("two-calls"), APP_KEY, 300, status)
    };
    let of_object = |method: &'static str, body: &str, status: u16| Case {
        event: {
            let body = body.to_owned();
            Box::new(move |number| {
                let number = if method == "DELETE" { number } else { 0 };
                request(method, APP_KEY, &object_path(number), &body)
            })
        },
        ..pail(&format!("{method}, Basic"), APP_KEY, 300, status)
    };
    let put = object(300);
    let change = || vec![bare("change", 200), of_object("PUT", &put, 200), of_object("PATCH", CHANGE, 200)];
    warm("Reads", &[bare("get", 200), of_object("GET", "", 200)], 0);
    warm("Changes", &change(), 0);
    warm("Deletes", &[bare("delete", 204), of_object("DELETE", "", 204)], 0);
    let with_tls = |case: Case| Case { variables: [case.variables, tls.variables()].concat(), ..case };
    warm("Reads over TLS", &[bare("get", 200), of_object("GET", "", 200)].map(with_tls), 0);
    warm("Changes over TLS", &change().into_iter().map(with_tls).collect::<Vec<_>>(), 0);
    fill();
    warm("Deletes over TLS", &[bare("delete", 204), of_object("DELETE", "", 204)].map(with_tls), 0);

    scores::set_up_serve(&dynamodb);
    let page = |name: &str, from: usize, limit: usize, requests: usize| Case {
        event: Box::new(move |_| scores::page(from, limit)),
        requests,
        ..pail(name, APP_KEY, 300, 200)
    };
    let pages = || [bare("page", 200), page("a page of 50 by an index, Basic", 0, scores::PAGE, REQUESTS)];
    warm("Pages", &pages(), 0);
    warm("Pages over TLS", &pages().map(with_tls), 0);
    let largest = page("the largest page by an index, Basic", scores::LARGE, 200, REQUESTS / 20);
    warm("Pages of the largest size over TLS", &[largest].map(with_tls), 0);

    let mut cases = vec![floor("hello")];
    cases.extend(each_credential());
    cases.extend([
        Case {
            variables: vec![("PAIL_KEEP_SECONDS", "10".to_owned())],
            ..pail("app and bucket cached, HS256", &hs256, 300, 201)
        },
        first,
        pail("4 KB", &hs256, 4_096, 201),
        pail("64 KB", &hs256, 65_534, 201),
        pail("key of another app", &credentials("wrong-app-key"), 300, 401),
        pail("forged token", &credentials("token-forged"), 300, 403),
        hostile("6 MB of text", text),
        hostile("6 MB of Base64", base64),
    ]);
    warm("Warm requests without TLS", &cases, 1);
}
