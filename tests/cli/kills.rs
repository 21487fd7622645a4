//! Kills `pail serve --data` again and again under load. The file must open afterwards and contain every acknowledged
//! write.

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
/// The maximum number of answers before a kill.
const MOST_ANSWERS: usize = 120;
/// The maximum time between the last of these answers and the kill, in microseconds.
const LONGEST_WAIT: usize = 8_000;

/// An acknowledged object.
struct Heard {
    id: String,
    body: String,
}

/// What a client knows of the object that it puts, changes and perhaps deletes.
struct Own {
    number: usize,
    /// How many of its writes were answered.
    answered: usize,
}

impl Own {
    fn id(&self) -> String {
        format!("own-{}", self.number)
    }

    /// The writes of the object: method, body and status.
    fn writes(&self) -> Vec<(&'static str, String, u16)> {
        let put = ("PUT", format!(r#"{{"number":{}}}"#, self.number), 201);
        let patch = ("PATCH", r#"{"patched":true}"#.to_owned(), 200);
        let delete = self.number.is_multiple_of(3).then(|| ("DELETE", String::new(), 204));
        [put, patch].into_iter().chain(delete).collect()
    }

    /// The content after this many writes.
    fn content(&self, writes: usize) -> Option<String> {
        match writes {
            1 => Some(format!(r#"{{"number":{}}}"#, self.number)),
            2 => Some(format!(r#"{{"number":{},"patched":true}}"#, self.number)),
            _ => None,
        }
    }
}

#[test]
fn fifty_kills_at_any_moment_under_load_lose_nothing_and_leave_a_file_that_opens() {
    let kills = figure(3, 50);
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("pail.db");
    let server = serve(&file);
    let bearer = server.bearer("demo", &["--user", "alice"]);
    server.stop();
    let (mut random, numbers, mut heard, mut own) = (Random::seeded(), AtomicUsize::new(0), Vec::new(), Vec::new());
    for kill in 0..kills {
        let server = serve(&file);
        check(&server, &heard, &own, kill);
        let (new_heard, new_own) = write_until_killed(&server, &bearer, &numbers, &mut random);
        println!("kill {kill}: {} creates and {} other objects were answered", new_heard.len(), new_own.len());
        heard.extend(new_heard);
        own.extend(new_own);
        let ended = server.ended();
        assert_eq!(ended.status.code(), None, "it was killed: {ended:?}");
    }
    let server = serve(&file);
    check(&server, &heard, &own, kills);
    server.assert_alive();
    assert!(own.iter().map(|own| own.answered).sum::<usize>() > kills, "there was hardly any load");
    assert!(heard.len() > kills, "there was hardly any load: {} answers", heard.len());
}

fn serve(file: &Path) -> Server {
    Server::start(&["--data", file.to_str().expect("paths of tests are UTF-8")])
}

/// Creates, puts, changes, reads and deletes objects with several clients at once, until the server is killed, which
/// happens some time after a random number of answers. Some of the objects are the first of their buckets.
fn write_until_killed(
    server: &Server,
    bearer: &str,
    numbers: &AtomicUsize,
    random: &mut Random,
) -> (Vec<Heard>, Vec<Own>) {
    let answers = random.below(MOST_ANSWERS);
    let wait = Duration::from_micros(random.below(LONGEST_WAIT).try_into().expect("a short time"));
    let (heard, own) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let connections = [(); CLIENTS].map(|()| Connection::open(&server.api));
    let create_until_the_end = |mut connection: Connection| {
        let headers = [("Authorization", bearer), ("Content-Type", "application/json")];
        loop {
            let number = numbers.fetch_add(1, Ordering::Relaxed);
            if number % 4 == 3 {
                let mut object = Own { number, answered: 0 };
                let goes_on = write_own(&mut connection, &headers, &mut object);
                own.lock().unwrap().push(object);
                if goes_on {
                    continue;
                }
                return;
            }
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
    (heard.into_inner().unwrap(), own.into_inner().unwrap())
}

/// Makes all writes of an object, and reads it after each. Returns whether the server is still there.
fn write_own(connection: &mut Connection, headers: &[(&str, &str)], own: &mut Own) -> bool {
    let path = format!("{}/{}", collection("demo", "users/me", "own"), own.id());
    for (method, body, status) in own.writes() {
        connection.try_send(&wire::whole(method, &path, headers, body.as_bytes()));
        let Some(answer) = connection.receive() else { return false };
        assert_eq!(answer.status, status, "{method}: {answer:?}");
        own.answered += 1;
        connection.try_send(&wire::whole("GET", &path, headers, b""));
        let Some(answer) = connection.receive() else { return false };
        let tag = format!("\"{}\"", own.answered);
        match own.content(own.answered) {
            Some(_) => assert_eq!((answer.status, answer.header("etag")), (200, Some(&*tag)), "{answer:?}"),
            None => assert_eq!(answer.status, 404, "{answer:?}"),
        }
    }
    true
}

/// Checks that the file contains every acknowledged object once and whole, and at most as many others as requests were
/// under way at the kills.
fn check(server: &Server, heard: &[Heard], own: &[Own], kills: usize) {
    let items = dynamodb::scan(server, "pail-objects");
    let text = |item: &Value, name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
    let mut buckets = HashMap::new();
    let (mut stored, mut stored_own, mut numbers) = (HashMap::new(), HashMap::new(), HashSet::new());
    for item in &items {
        if item.get("generation").is_some() {
            let name = text(item, "sk").replace("bucket/", "");
            buckets.insert(format!("{}/{name}:{}", text(item, "pk"), text(item, "generation")), 0);
        } else if text(item, "sk").starts_with("own-") {
            stored_own.insert(text(item, "sk"), item);
        } else {
            let content: Value = serde_json::from_str(&text(item, "content")).expect("what is stored is whole");
            assert!(numbers.insert(content["number"].as_u64()), "stored twice: {item}");
            stored.insert(text(item, "sk"), item);
        }
    }
    for object in stored.values().chain(stored_own.values()) {
        let partition = text(object, "pk");
        *buckets.get_mut(&partition).unwrap_or_else(|| panic!("an object without its bucket: {object}")) += 1;
    }
    assert!(stored.values().all(|object| object["version"]["N"] == "1"), "{stored:?}");
    for own in own {
        check_own(own, stored_own.get(&own.id()).copied());
    }
    for (bucket, objects) in buckets {
        assert_ne!(objects, 0, "{bucket} was made without its first object");
    }
    for Heard { id, body } in heard {
        let object = stored.get(id).unwrap_or_else(|| panic!("{body} was acknowledged as {id} and is missing"));
        assert_eq!(text(object, "content"), *body, "{object}");
    }
    let most = heard.len() + kills * CLIENTS;
    assert!((heard.len()..=most).contains(&stored.len()), "{} stored, {} heard", stored.len(), heard.len());
}

/// Checks that an object has all acknowledged writes, and at most the next one.
fn check_own(own: &Own, stored: Option<&Value>) {
    let made =
        stored.map_or(0, |item| item["version"]["N"].as_str().and_then(|text| text.parse().ok()).expect("a version"));
    let may_be_made = own.answered..=(own.answered + 1).min(own.writes().len());
    assert!(may_be_made.contains(&made), "{} of {} answered, and {made} made: {stored:?}", own.answered, own.id());
    let content = stored.and_then(|item| item["content"]["S"].as_str());
    assert_eq!(content, own.content(made).as_deref(), "{stored:?}");
}
