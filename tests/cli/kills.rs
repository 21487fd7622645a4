//! `pail serve --data`, killed again and again at any moment under load: what was answered is there, and the file opens.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::dynamodb;
use crate::program::{NOTES, Server, collection, eventually};
use crate::wire::{self, Connection};
use pail_testing::Random;
use pail_testing::figure;

/// How many clients create objects at the same time.
const CLIENTS: usize = 4;
/// The most answers that are waited for before a kill.
const MOST_ANSWERS: usize = 120;
/// The most microseconds that pass after them.
const LONGEST_WAIT: usize = 8_000;

/// An object that was answered for.
struct Heard {
    id: String,
    body: String,
}

#[test]
fn fifty_kills_at_any_moment_under_load_lose_nothing_and_leave_a_file_that_opens() {
    let kills = figure(3, 50);
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("pail.db");
    let server = serve(&file);
    let bearer = server.bearer("demo", &["--user", "alice"]);
    server.stop();
    let (mut random, numbers, mut heard) = (Random::seeded(), AtomicUsize::new(0), Vec::new());
    for kill in 0..kills {
        let server = serve(&file);
        check(&server, &heard, kill);
        let before = heard.len();
        heard.extend(create_until_killed(&server, &bearer, &numbers, &mut random));
        println!("kill {kill}: {} answers", heard.len() - before);
        let ended = server.ended();
        assert_eq!(ended.status.code(), None, "it was killed: {ended:?}");
    }
    let server = serve(&file);
    check(&server, &heard, kills);
    server.assert_alive();
    assert!(heard.len() > kills, "there was hardly any load: {} answers", heard.len());
}

fn serve(file: &Path) -> Server {
    Server::start(&["--data", file.to_str().expect("paths of tests are UTF-8")])
}

/// Creates objects, some of them the first of their buckets, with several clients at once until the server is gone, which
/// it is some time after some answers.
fn create_until_killed(server: &Server, bearer: &str, numbers: &AtomicUsize, random: &mut Random) -> Vec<Heard> {
    let answers = random.below(MOST_ANSWERS);
    let wait = Duration::from_micros(random.below(LONGEST_WAIT).try_into().expect("a short time"));
    let heard = Mutex::new(Vec::new());
    let connections = [(); CLIENTS].map(|()| Connection::open(&server.api));
    let create_until_the_end = |mut connection: Connection| {
        let headers = [("Authorization", bearer), ("Content-Type", "application/json")];
        loop {
            let number = numbers.fetch_add(1, Ordering::Relaxed);
            let fresh = collection("demo", "users/me", &format!("fresh-{}", number / 8));
            let path = if number.is_multiple_of(2) { NOTES } else { &fresh };
            let body = format!(r#"{{"number":{number},"text":"{}"}}"#, "x".repeat(number % 300));
            connection.try_send(&wire::whole("POST", path, &headers, body.as_bytes()));
            let Some(answer) = connection.receive() else {
                return;
            };
            heard.lock().unwrap().push(Heard { id: answer.assert_created(), body });
        }
    };
    std::thread::scope(|scope| {
        for connection in connections {
            scope.spawn(|| create_until_the_end(connection));
        }
        eventually("some answers", || (heard.lock().unwrap().len() >= answers).then_some(()));
        std::thread::sleep(wait);
        server.signal("KILL");
    });
    heard.into_inner().unwrap()
}

/// Holds the file to have what was heard, once and whole, and of the rest no more than was under way at the kills.
fn check(server: &Server, heard: &[Heard], kills: usize) {
    let items = dynamodb::scan(server, "pail-objects");
    let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
    let mut buckets = HashMap::new();
    let (mut stored, mut numbers) = (HashMap::new(), HashSet::new());
    for item in &items {
        if item.get("generation").is_some() {
            let name = text(item, "sk").replace("bucket/", "");
            buckets.insert(format!("{}/{name}:{}", text(item, "pk"), text(item, "generation")), 0);
        } else {
            let content: Value = serde_json::from_str(&text(item, "content")).expect("what is stored is whole");
            assert!(numbers.insert(content["number"].as_u64()), "stored twice: {item}");
            stored.insert(text(item, "sk"), item);
        }
    }
    for object in stored.values() {
        let partition = text(object, "pk");
        *buckets.get_mut(&partition).unwrap_or_else(|| panic!("an object without its bucket: {object}")) += 1;
        assert_eq!(object["version"]["N"], "1", "{object}");
    }
    for (bucket, objects) in buckets {
        assert_ne!(objects, 0, "{bucket} was made without its first object");
    }
    for Heard { id, body } in heard {
        let object = stored.get(id).unwrap_or_else(|| panic!("{body} was answered for as {id} and is not there"));
        assert_eq!(text(object, "content"), *body, "{object}");
    }
    let most = heard.len() + kills * CLIENTS;
    assert!((heard.len()..=most).contains(&stored.len()), "{} stored, {} heard", stored.len(), heard.len());
}
