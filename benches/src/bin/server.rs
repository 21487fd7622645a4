//! Creates against a running `pail serve`: how many a second, how long each takes, and what CPU the server spends.
//! `benches/run` sets it up: `server ADDRESS PROCESS`.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use pail_benches::events::{APP_KEY, object, path};
use pail_benches::process;

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
        let status = response(&mut reader);
        times.push(start.elapsed());
        refused += usize::from(status != 201);
    }
    (times, refused)
}

/// Reads an answer and says its status.
fn response(reader: &mut impl BufRead) -> u16 {
    let mut line = String::new();
    reader.read_line(&mut line).expect("a status line");
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).expect("a header line");
        let header = line.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    reader.read_exact(&mut vec![0; length]).expect("a body");
    status
}

fn main() {
    let address = env::args().nth(1).expect("the server's address");
    let server = env::args().nth(2).and_then(|process| process.parse().ok()).expect("the server's process");
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
        println!(
            "| {connections} | {:.0} | {:.3} | {:.2} | {:.2} | {refused} |",
            count / seconds,
            cpu.as_secs_f64() * 1e3 / count,
            at(50),
            at(99)
        );
    }
}
