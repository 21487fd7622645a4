//! `pail sweep`, and the sweeps of `pail serve`.

use serde_json::{Value, json};

use crate::dynamodb;
use crate::program::{NOTES, Server, eventually};

const GENERATION: &str = "0123456789abcdef0123456789abcdef";

/// Puts an item into the objects table.
fn put(server: &Server, item: &Value) {
    dynamodb::call(server, "PutItem", &json!({"TableName": "pail-objects", "Item": item}));
}

/// Puts the marker of a bucket that was dropped at this time, in milliseconds since 1970, and three objects of it.
fn put_dropped(server: &Server, bucket: &str, generation: &str, time: u64) {
    put(
        server,
        &json!({
            "pk": {"S": "/garbage"}, "sk": {"S": generation}, "scope": {"S": "demo"}, "bucket": {"S": bucket},
            "rules": {"N": "0"}, "dropped": {"N": time.to_string()},
        }),
    );
    for number in 1..=3 {
        let partition = format!("demo/{bucket}:{generation}");
        put(server, &json!({"pk": {"S": partition}, "sk": {"S": format!("object-{number}")}, "content": {"S": "{}"}}));
    }
}

fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    u64::try_from(now.as_millis()).expect("not too late")
}

/// A server whose own sweep, which it makes at start, is over.
fn server() -> Server {
    let server = Server::start(&[]);
    server.wait_for_log("outcome=\"swept\"");
    server
}

/// The keys of the objects table, in one text each.
fn keys(server: &Server) -> Vec<String> {
    let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
    let items = dynamodb::scan(server, "pail-objects");
    let mut keys: Vec<String> = items.iter().map(|item| format!("{} {}", text(item, "pk"), text(item, "sk"))).collect();
    keys.sort();
    keys
}

#[test]
fn what_a_dropped_bucket_held_is_removed_an_hour_after_the_drop() {
    let server = server();
    server.create(NOTES, &server.bearer("demo", &["--user", "alice"]), "{}").assert_created();
    let before = keys(&server);
    assert_eq!(server.pail(&["sweep"]).text(), "removed 0 objects of 0 dropped buckets");
    put_dropped(&server, "old", GENERATION, now() - 60 * 60 * 1000);
    assert_eq!(server.pail(&["sweep"]).text(), "removed 3 objects of 1 dropped bucket");
    assert_eq!(keys(&server), before);

    put_dropped(&server, "new", GENERATION, now());
    let with_new = keys(&server);
    assert_eq!(
        server.pail(&["sweep"]).text(),
        "removed 0 objects of 0 dropped buckets\n1 bucket was dropped less than an hour ago: run it again later"
    );
    assert_eq!(keys(&server), with_new);
}

#[test]
fn scripts_learn_what_was_removed_and_operators_which_marker_cannot_be_read() {
    let server = server();
    put_dropped(&server, "old", GENERATION, 0);
    put_dropped(&server, "new", &"1".repeat(32), now());
    put_dropped(&server, "..", &"2".repeat(32), 0);
    let ran = server.pail(&["sweep", "--output", "json"]);
    assert_eq!(ran.json(), json!({"buckets": 1, "objects": 3, "waitingBuckets": 1, "unreadableMarkers": 1}));
    assert!(
        ran.stderr.starts_with("note: what a dropped bucket held stays, as its marker or its app cannot be read: "),
        "{ran:?}"
    );
    let place = format!("(table pail-objects, key /garbage {})", "2".repeat(32));
    assert!(
        ran.stderr.contains("attribute bucket is missing or cannot be read") && ran.stderr.contains(&place),
        "{ran:?}"
    );
    assert_eq!(keys(&server).len(), 8, "the marker and the objects of two buckets");
}

#[test]
fn a_sweep_without_tables_is_a_failure() {
    let server = Server::start(&[]);
    let ran = server.pail(&["sweep", "--objects-table", "nowhere"]);
    assert!(
        ran.failure().starts_with("the tables pail-apps, nowhere and pail-index are not all there at http://"),
        "{ran:?}"
    );
}

#[test]
fn a_server_sweeps_when_it_starts_and_logs_it() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("pail.db");
    let data = ["--data", file.to_str().expect("paths of tests are UTF-8")];
    let server = Server::start(&data);
    server.create(NOTES, &server.bearer("demo", &["--user", "alice"]), r#"{"n":1}"#).assert_created();
    let before = keys(&server);
    put_dropped(&server, "old", GENERATION, 0);
    assert_eq!(keys(&server).len(), before.len() + 4);
    assert!(server.stop().status.success());

    let server = Server::start(&data);
    eventually("the end of a sweep", || (keys(&server) == before).then_some(()));
    server.assert_alive();
    let ended = server.stop();
    let line = ended.stderr.lines().find(|line| line.contains(" sweep ") && line.contains("objects=3"));
    assert!(line.is_some_and(|line| line.contains("buckets=1")), "{ended:?}");
}
