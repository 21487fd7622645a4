//! Measures a running `pail serve`: requests per second, latency, and the CPU time of the server: `server ADDRESS
//! PROCESS [PLOT]`. PLOT is a file for a plot of the latency of creates. DynamoDB's URL is in
//! `AWS_ENDPOINT_URL_DYNAMODB`. `benches/run` sets it up.

use std::env;
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use pail_benches::events::{APP_KEY, CHANGE, object, object_path, path};
use pail_benches::message::Message;
use pail_benches::plot::{self, Line};
use pail_benches::{objects, process, scores, tls};
use plotters::prelude::IntoLogRange;

/// How long each load lasts.
const TIME: Duration = Duration::from_secs(8);

/// The connections of each load.
const CONNECTIONS: [usize; 3] = [1, 16, 64];
/// The number of objects that each connection reads or changes in turn. No other connection changes them.
const OBJECTS: usize = 50;

/// The requests of a load, and the expected status.
#[derive(Clone, Copy)]
struct Load {
    name: &'static str,
    method: &'static str,
    status: &'static str,
    /// The path and the body of the request with a number.
    request: fn(usize) -> (String, String),
}

const LOADS: [Load; 4] = [
    Load { name: "creates", method: "POST", status: "201", request: |_| (path("notes"), object(300)) },
    Load { name: "GETs", method: "GET", status: "200", request: |number| (object_path(number), String::new()) },
    Load {
        name: "PATCHes",
        method: "PATCH",
        status: "200",
        request: |number| (object_path(number), CHANGE.to_owned()),
    },
    Load {
        name: "pages of 50",
        method: "POST",
        status: "200",
        request: |number| scores::query(number % 900, scores::PAGE),
    },
];

impl Load {
    /// The requests of a connection, which are sent in turn.
    fn requests(self, address: &str, connection: usize) -> Vec<String> {
        let request = |number: usize| {
            let (path, body) = (self.request)(number);
            format!(
                "{} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: {APP_KEY}\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                self.method,
                body.len()
            )
        };
        (connection * OBJECTS..(connection + 1) * OBJECTS).map(request).collect()
    }

    /// Sends requests over one connection, one after the other, until the time is up. Returns the latency of each, and
    /// how many were refused.
    fn run(self, address: &str, connection: usize, until: Instant) -> (Vec<Duration>, usize) {
        let stream = TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}"));
        stream.set_nodelay(true).expect("an option of every connection");
        let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
        let mut writer = stream;
        let (mut times, mut refused) = (Vec::new(), 0);
        for request in self.requests(address, connection).iter().cycle() {
            if Instant::now() >= until {
                break;
            }
            let start = Instant::now();
            writer.write_all(request.as_bytes()).expect("the server takes requests");
            let response = Message::read(&mut reader).expect("an answer");
            times.push(start.elapsed());
            refused += usize::from(response.second_word() != self.status);
        }
        (times, refused)
    }

    /// Prints a table with a row for each number of connections. Returns the lines of a plot.
    fn table(self, address: &str, server: u32) -> Vec<Line> {
        println!("| connections | {} a second | ms of CPU for each | p50 ms | p99 ms | refused |", self.name);
        println!("|---|---|---|---|---|---|");
        let row = |connections: usize| {
            let (cpu, start) = (process::cpu(server), Instant::now());
            let threads: Vec<_> = (0..connections)
                .map(|connection| {
                    let address = address.to_owned();
                    thread::spawn(move || self.run(&address, connection, start + TIME))
                })
                .collect();
            let (mut times, mut refused) = (Vec::new(), 0);
            for thread in threads {
                let (more, not_taken) = thread.join().expect("no connection fails");
                times.extend(more);
                refused += not_taken;
            }
            let (seconds, cpu) = (start.elapsed().as_secs_f64(), process::cpu(server) - cpu);
            times.sort_unstable();
            let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1e3;
            let count = times.len() as f64;
            println!(
                "| {connections} | {:.0} | {:.3} | {:.2} | {:.2} | {refused} |",
                count / seconds,
                cpu.as_secs_f64() * 1e3 / count,
                at(50),
                at(99)
            );
            // For each latency, the share of requests that take longer: from 100 % down to 0.1 %.
            let slowest = |longer: usize| times[times.len() - 1 - times.len() * longer / 1_000].as_secs_f64() * 1e3;
            let points = (1..1_000).rev().map(|longer| (slowest(longer), longer as f64 / 10.0)).collect();
            Line { name: format!("{connections} connections"), points }
        };
        let lines = CONNECTIONS.map(row).into();
        println!();
        lines
    }
}

fn main() {
    let address = env::args().nth(1).expect("the server's address");
    let server = env::args().nth(2).and_then(|process| process.parse().ok()).expect("the server's process");
    let plot = env::args().nth(3);
    // Creates the objects that are read and changed.
    let dynamodb = env::var(tls::ENDPOINT).expect("DynamoDB's URL");
    objects::fill_notes(&dynamodb, 0..CONNECTIONS[2] * OBJECTS);
    scores::set_up_serve(&dynamodb);
    let [creates, others @ ..] = LOADS;
    let lines = creates.table(&address, server);
    for load in others {
        load.table(&address, server);
    }
    if let Some(plot) = plot {
        let (title, axes) = ("creates by pail serve on a file", ["milliseconds", "% that take longer"]);
        plot::draw(plot.as_ref(), title, axes, 0.1..100.0, (0.1..100.0).log_scale(), &lines).expect("a plot");
    }
}
