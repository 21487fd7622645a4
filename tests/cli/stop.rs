//! How `pail serve` ends.

use std::time::{Duration, Instant};

use crate::dynamodb;
use crate::program::{NOTES, Server, eventually};
use crate::wire::{self, Connection};

/// The server stops within 5 seconds. Twice as long allows for a busy machine.
const AT_MOST: Duration = Duration::from_secs(10);

#[test]
fn an_idle_server_stops_cleanly_on_a_signal() {
    for signal in ["INT", "TERM"] {
        let server = Server::start(&[]);
        server.signal(signal);
        let ended = server.ended();
        assert_eq!(ended.status.code(), Some(0), "{signal}: {ended:?}");
    }
}

#[test]
fn a_server_stops_in_time_even_with_open_connections() {
    for signal in ["INT", "TERM"] {
        let server = Server::start(&[]);
        let bearer = server.bearer("demo", &["--user", "alice"]);
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        // One client keeps its connection for later, others stop in the middle of a head and of a body.
        let mut idle = Connection::open(&server.api);
        idle.send(&wire::whole("POST", NOTES, &headers, b"{}"));
        idle.receive().expect("an answer").assert_created();
        let mut half_a_head = Connection::open(&server.api);
        half_a_head.send(b"POST /api/apps/demo HTTP/1.1\r\nHost: pail.exam");
        let mut half_a_body = begin(&server, &bearer, 100);
        half_a_body.send(b"{");
        let endpoint = server.endpoint();
        let mut half_a_call = Connection::open(endpoint.strip_prefix("http://").expect("a local endpoint"));
        half_a_call.send(b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n{");

        let signalled = Instant::now();
        server.signal(signal);
        let ended = server.ended();
        assert_eq!(ended.status.code(), Some(0), "{signal}: {ended:?}");
        assert!(signalled.elapsed() < AT_MOST, "{signal}: {:?}", signalled.elapsed());
        half_a_body.assert_closed();
    }
}

#[test]
fn a_request_that_is_under_way_is_answered() {
    for signal in ["INT", "TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pail.db");
        let data = ["--data", file.to_str().expect("paths of tests are UTF-8")];
        let server = Server::start(&data);
        let bearer = server.bearer("demo", &["--user", "alice"]);
        let mut connection = begin(&server, &bearer, 7);
        server.signal(signal);
        eventually("a server that listens no longer", || server.refuses_connections().then_some(()));
        connection.send(br#"{"n":1}"#);
        connection.receive().expect("an answer").assert_created();
        connection.assert_closed();
        assert_eq!(server.ended().status.code(), Some(0), "{signal}");
        assert_eq!(dynamodb::contents(&Server::start(&data)), [r#"{"n":1}"#], "{signal}");
    }
}

/// A request whose body the server is waiting for.
fn begin(server: &Server, bearer: &str, length: usize) -> Connection {
    let mut connection = Connection::open(&server.api);
    let headers = [("Authorization", bearer), ("Content-Length", &length.to_string()), ("Expect", "100-continue")];
    connection.send(wire::head("POST", NOTES, &headers).as_bytes());
    connection.assert_continue();
    connection
}
