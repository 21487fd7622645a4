//! The hourly refresh of issuers' keys, as the function runs it. `tests/cli/refresh.rs` has a provider behind HTTPS.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use pail::model::issuer::{KeySource, RsaAlgorithm};
use pail::schedule::{Failed, Run, TIME_LIMIT, Task};
use pail_testing::log::Log;
use pail_testing::{Act, Installation, app, callers, events};
use serde_json::{Value, json};

/// Runs the refresh as the function does, over the wire. Returns its log lines as well.
async fn run(installation: &Installation) -> (Result<(), Failed>, Vec<Value>) {
    run_with(installation, false).await
}

/// The same, with or without issuers on this machine.
async fn run_with(installation: &Installation, loopback: bool) -> (Result<(), Failed>, Vec<Value>) {
    let log = Log::collect();
    let run = Run { id: "the-id", time_left: TIME_LIMIT, batch: 25, loopback };
    let ran = Task::Refresh.run(installation.wired_store(), installation.system(), run).await;
    let log = log.take();
    let lines = log.lines().map(|line| serde_json::from_str(line).expect("a line is JSON"));
    (ran, lines.filter(|line: &Value| line["message"] != "attempt failed").collect())
}

/// An installation whose app `demo` has the usual issuer, and one for each of these URLs of key sets.
async fn installation(urls: &[&str]) -> Installation {
    let installation = Installation::start().await;
    installation.delete_app("demo").await;
    let mut app = app("demo");
    for (at, url) in urls.iter().enumerate() {
        let mut issuer = callers::issuer();
        issuer.issuer = format!("http://localhost:1/{at}");
        issuer.source = Some(KeySource { url: (*url).to_owned(), rsa: RsaAlgorithm::Rs256 });
        app.issuers.push(issuer);
    }
    installation.put_app(app).await;
    installation
}

/// A provider on this machine that publishes the key set of the events. Returns its URL.
fn provider() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it listens");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // The client may have closed the connection.
            let _ = stream.and_then(|stream| publish(stream, &events::read("jwks.json")));
        }
    });
    format!("http://{address}/keys")
}

fn publish(stream: TcpStream, key_set: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", key_set.len());
    reader.get_mut().write_all((head + key_set).as_bytes())
}

/// Runs a refresh that finds new keys.
pub async fn run_with_new_keys() -> Installation {
    let installation = installation(&[&provider()]).await;
    let (ran, lines) = run_with(&installation, true).await;
    assert_eq!(ran, Ok(()), "{lines:#?}");
    assert_eq!(lines.last().map(|line| &line["changed"]), Some(&json!(1)), "{lines:#?}");
    installation
}

#[tokio::test]
async fn new_keys_are_stored_with_one_write_and_found_again_without_any() {
    let installation = run_with_new_keys().await;
    assert_eq!(installation.wire.take_operations(), ["Scan", "GetItem", "UpdateItem"]);
    let before = installation.items().await;
    let (ran, lines) = run_with(&installation, true).await;
    assert_eq!((ran, installation.wire.take_operations()), (Ok(()), vec!["Scan".to_owned()]), "{lines:#?}");
    assert_eq!(installation.items().await, before);
}

#[tokio::test]
async fn without_urls_there_is_one_scan_and_nothing_to_do() {
    let installation = installation(&[]).await;
    let (ran, lines) = run(&installation).await;
    assert_eq!((ran, installation.wire.take_operations()), (Ok(()), vec!["Scan".to_owned()]));
    let [line] = &lines[..] else { panic!("{lines:#?}") };
    for (name, value) in [
        ("message", json!("refresh")),
        ("outcome", json!("refreshed")),
        ("issuers", json!(0)),
        ("changed", json!(0)),
        ("not_refreshed", json!(0)),
        ("span", json!({"name": "request", "request_id": "the-id", "operation": "refresh"})),
    ] {
        assert_eq!(line[name], value, "{name} of {line}");
    }
}

#[tokio::test]
async fn the_function_fetches_nothing_from_its_own_machine_even_for_an_issuer_that_is_there() {
    let urls = [
        "http://localhost:1/keys",
        "https://127.0.0.1/keys",
        "https://[::1]/keys",
        "https://169.254.169.254/keys",
        "http://login.example/keys",
        "not a URL",
    ];
    let installation = installation(&urls).await;
    let before = installation.items().await;
    let (ran, lines) = run(&installation).await;
    assert_eq!(ran, Ok(()), "a URL that fails fails no refresh");
    let (line, warnings) = lines.split_last().expect("lines");
    assert_eq!((&line["issuers"], &line["changed"], &line["not_refreshed"]), (&json!(6), &json!(0), &json!(6)));
    for (at, warning) in warnings.iter().enumerate() {
        assert_eq!((&warning["level"], &warning["app"]), (&json!("WARN"), &json!("demo")), "{warning}");
        assert_eq!(warning["issuer"], format!("http://localhost:1/{at}"));
        assert!(
            warning["cause"].as_str().is_some_and(|cause| cause.contains("must not lead to this machine")),
            "{warning}"
        );
    }
    assert_eq!(warnings.len(), 6);
    assert_eq!(installation.items().await, before);
}

#[tokio::test]
async fn an_app_that_cannot_be_read_fails_the_refresh_and_keeps_no_other_app_from_its_turn() {
    let installation = installation(&["http://localhost:1/keys"]).await;
    let broken =
        json!({"app_id": {"S": "broken"}, "status": {"S": "odd"}, "writer": {"S": "w"}, "version": {"N": "1"}});
    installation.put_item("apps", &broken).await;
    let (ran, lines) = run(&installation).await;
    assert_eq!(ran, Err(Failed(Task::Refresh)));
    assert!(lines.iter().any(|line| line["level"] == "ERROR" && line["key"] == "broken"), "{lines:#?}");
    assert_eq!(lines.last().map(|line| (&line["outcome"], &line["issuers"])), Some((&json!("failed"), &json!(1))));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_cannot_read_the_apps_ends_in_an_error() {
    let installation = installation(&[]).await;
    installation.wire.always("Scan", || Act::error("ThrottlingException"));
    let (ran, lines) = run(&installation).await;
    assert_eq!(ran, Err(Failed(Task::Refresh)));
    assert_eq!(lines.last().map(|line| &line["outcome"]), Some(&json!("failed")));
}
