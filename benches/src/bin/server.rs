//! Creates against a running `pail serve`: how many a second, how long each takes, and what CPU the server spends.
//! `benches/run` sets it up: `server ADDRESS PROCESS`, and a file for a plot of how long they take.

use std::env;
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use pail_benches::events::{APP_KEY, object, path};
use pail_benches::message::Message;
use pail_benches::plot::{self, Line};
use pail_benches::process;
use plotters::prelude::IntoLogRange;

/// How long each load lasts.
const TIME: Duration = Duration::from_secs(8);

/// One connection: creates one after the other, until the time is up. How long each took, and how many were refused.
fn creates(address: &str, until: Instant) -> (Vec<Duration>, usize) {
    let connection = TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}"));
    connection.set_nodelay(true).expect("an option of every connection");
    let mut reader = BufReader::new(connection.try_clone().expect("a second handle"));
    let mut writer = connection;
    let (path, body) = (path("notes"), object(300));
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: {APP_KEY}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (mut times, mut refused) = (Vec::new(), 0);
    while Instant::now() < until {
        let start = Instant::now();
        writer.write_all(request.as_bytes()).expect("the server takes requests");
        let response = Message::read(&mut reader).expect("an answer");
        times.push(start.elapsed());
        refused += usize::from(response.second_word() != "201");
    }
    (times, refused)
}

fn main() {
    let address = env::args().nth(1).expect("the server's address");
    let server = env::args().nth(2).and_then(|process| process.parse().ok()).expect("the server's process");
    let plot = env::args().nth(3);
    let mut lines = Vec::new();
    println!("| connections | creates a second | ms of CPU for each | p50 ms | p99 ms | refused |");
    println!("|---|---|---|---|---|---|");
    for connections in [1, 16, 64] {
        let (cpu, start) = (process::cpu(server), Instant::now());
        let threads: Vec<_> = (0..connections)
            .map(|_| {
                let address = address.clone();
                thread::spawn(move || creates(&address, start + TIME))
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
        // The share of creates that take longer, from all of them down to one in a thousand.
        let slowest = |longer: usize| times[times.len() - 1 - times.len() * longer / 1_000].as_secs_f64() * 1e3;
        let points = (1..1_000).rev().map(|longer| (slowest(longer), longer as f64 / 10.0)).collect();
        lines.push(Line { name: format!("{connections} connections"), points });
        println!(
            "| {connections} | {:.0} | {:.3} | {:.2} | {:.2} | {refused} |",
            count / seconds,
            cpu.as_secs_f64() * 1e3 / count,
            at(50),
            at(99)
        );
    }
    if let Some(plot) = plot {
        let (title, axes) = ("creates by pail serve on a file", ["milliseconds", "% that take longer"]);
        plot::draw(plot.as_ref(), title, axes, 0.1..100.0, (0.1..100.0).log_scale(), &lines).expect("a plot");
    }
}
