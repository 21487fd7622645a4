//! Ten thousand requests through one execution environment.

use std::collections::BTreeSet;

use super::memory::Measured;
use pail_testing::{Call, Gateway, callers, figure};

/// The mark of a request, by its number. Every part that a client can set contains it.
fn mark(number: usize) -> String {
    format!("mark{number:05}")
}

/// Every mark in a text.
fn marks(text: &str) -> BTreeSet<&str> {
    text.match_indices("mark").filter_map(|(at, _)| text.get(at..at + mark(0).len())).collect()
}

/// The maximum number of bytes that may stay allocated in an execution environment that serves one app.
const MOST: i64 = 64 * 1024;

/// The number of kinds of requests.
const KINDS: usize = 10;

/// Requests of all kinds in turn: creates, first objects, and requests that are refused at each step.
fn event(number: usize) -> String {
    let mark = mark(number);
    let user = callers::user(&mark);
    let call = Call::create("demo", &mark).bearer(&user).body(format!(r#"{{"text":"{mark}"}}"#));
    let call = match number % KINDS {
        0 | 1 => Call::create("demo", "notes").bearer(&user).body(format!(r#"{{"text":"{mark}"}}"#)),
        2 => call.key(&mark),
        3 => call.content_type(&format!("application/vnd.demo.{mark}+json")),
        4 => call.bearer(&format!("{mark}.{mark}.{mark}")),
        5 => call.basic("demo", &mark),
        6 => call.body(format!(r#"{{"text":{mark}}}"#)),
        7 => call.path(&format!("/api/apps/{mark}/buckets/{mark}/objects")),
        8 => call.path(&format!("/api/apps/demo/users/{mark}/buckets/{mark}/objects")),
        _ => call.header("Host", &format!("{mark}.example")),
    };
    call.through(Gateway::ALL[number % 3]).event().to_string()
}

#[test]
fn ten_thousand_requests_need_no_more_memory_than_the_first_and_share_no_data() {
    let number = figure(1_000, 10_000);
    let measured = Measured::start();
    let everybody = serde_json::json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]});
    measured.run(measured.installation.put_bucket("demo", "notes", everybody));
    let events: Vec<String> = (0..number).map(event).collect();
    let mut statuses = BTreeSet::new();
    let (mut held, mut most) = (0, Vec::new());
    for (round, events) in events.chunks(KINDS).enumerate() {
        let counted = allocation_counter::measure(|| {
            for (kind, event) in events.iter().enumerate() {
                let mark = mark(round * KINDS + kind);
                statuses.insert(answer(&measured, event, &mark));
            }
        });
        held += counted.bytes_current;
        most.push(held);
    }
    assert!(statuses.is_superset(&BTreeSet::from([201, 400, 401, 403, 404])), "{statuses:?}");
    // The first quarter includes everything that is allocated once, and full caches.
    let (first, later) = most.split_at(most.len() / 4);
    let (first, later) = (first.iter().max().expect("rounds"), later.iter().max().expect("rounds"));
    println!("allocated at most: {first} bytes in the first quarter of the rounds, {later} in the others");
    assert!(later <= first, "{later} bytes are allocated, and were {first}");
    assert!(*first <= MOST, "{first} bytes are allocated");
}

/// The status of an answer. Checks that neither the answer nor the calls to the storage contain data of another
/// request.
fn answer(measured: &Measured, event: &str, mark: &str) -> u16 {
    let (answer, _) = measured.answer(event);
    let sent = measured.installation.wire.take_sent();
    let said = format!("{answer:?}{sent:?}");
    let foreign: Vec<&str> = marks(&said).into_iter().filter(|other| *other != mark).collect();
    assert!(foreign.is_empty(), "{mark}: {foreign:?} in {said}");
    answer.status
}
