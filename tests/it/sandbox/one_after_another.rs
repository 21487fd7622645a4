//! Ten thousand requests through one sandbox.

use std::collections::BTreeSet;

use super::memory::Measured;
use crate::harness::{Call, Gateway, callers, figure};

/// What a request has of its own, by its number, in every place that a client can fill.
fn mark(number: usize) -> String {
    format!("mark{number:05}")
}

/// Every mark in a text.
fn marks(text: &str) -> BTreeSet<&str> {
    text.match_indices("mark").filter_map(|(at, _)| text.get(at..at + mark(0).len())).collect()
}

/// So many kinds of requests there are.
const KINDS: usize = 10;

/// Requests of many kinds in turn: creates, first objects, and refusals of each step.
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
fn ten_thousand_requests_leave_no_memory_and_nothing_of_them_behind() {
    let number = figure(1_000, 10_000);
    let measured = Measured::start();
    let everybody = serde_json::json!({"CREATE_OBJECTS_IN_BUCKET": ["UserID:ANY_AUTHENTICATED_USER"]});
    measured.run(measured.installation.put_bucket("demo", "notes", everybody));
    let events: Vec<String> = (0..number).map(event).collect();
    let mut statuses = BTreeSet::new();
    let mut left = Vec::new();
    for (round, events) in events.chunks(KINDS).enumerate() {
        let counted = allocation_counter::measure(|| {
            for (kind, event) in events.iter().enumerate() {
                let mark = mark(round * KINDS + kind);
                statuses.insert(answer(&measured, event, &mark));
            }
        });
        left.push(counted.bytes_current);
    }
    assert!(statuses.is_superset(&BTreeSet::from([201, 400, 401, 403, 404])), "{statuses:?}");
    // What is made once and kept is there after the first of each kind.
    let grown: Vec<&i64> = left.iter().skip(1).filter(|bytes| **bytes != 0).collect();
    assert!(grown.is_empty(), "rounds left so many bytes behind: {grown:?}");
}

/// The status of an answer, in which, as in the calls to the storage, there is nothing of another request.
fn answer(measured: &Measured, event: &str, mark: &str) -> u16 {
    let (answer, _) = measured.answer(event);
    let sent = measured.installation.wire.take_sent();
    let said = format!("{answer:?}{sent:?}");
    let foreign: Vec<&str> = marks(&said).into_iter().filter(|other| *other != mark).collect();
    assert!(foreign.is_empty(), "{mark}: {foreign:?} in {said}");
    answer.status
}
